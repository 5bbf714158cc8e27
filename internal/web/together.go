package web

import (
	"context"
	"sync"
)

// want is a question of a page, with its parameters.
type want struct {
	name  string
	given map[string]string
}

// askAll answers several questions at once, in their order.
func (s *server) askAll(ctx context.Context, all ...want) []*panel {
	out := make([]*panel, len(all))
	var wg sync.WaitGroup
	for i, w := range all {
		wg.Go(func() { out[i] = s.ask(ctx, w.name, w.given) })
	}
	wg.Wait()
	return out
}
