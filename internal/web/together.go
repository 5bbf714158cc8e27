package web

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"sync"
)

// want is a question of a page, with its parameters.
type want struct {
	name  string
	given map[string]string
}

// Link is where the answer is shown.
func (w want) Link() string {
	v := values{}
	for _, k := range slices.Sorted(maps.Keys(w.given)) {
		v.add(k, w.given[k])
	}
	return "/questions/" + url.PathEscape(w.name) + "?" + v.String()
}

// Name is the question's name.
func (w want) Name() string { return w.name }

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
