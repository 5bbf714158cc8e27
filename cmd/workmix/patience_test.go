package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/workmix/workmix/internal/warehouse"
)

func TestPatiently(t *testing.T) {
	gone := fmt.Errorf("CREATE VIEW v: %w", &warehouse.Error{Code: 210, Message: "the engine is being started again"})
	wrong := &warehouse.Error{Code: 62, Message: "syntax error"}
	for name, c := range map[string]struct {
		errs  []error // one a call; then nil
		want  error
		calls int
	}{
		"at once":          {nil, nil, 1},
		"back soon":        {[]error{gone, &warehouse.Unreachable{Address: "a", Err: errors.New("refused")}}, nil, 3},
		"will not pass":    {[]error{wrong}, wrong, 1},
		"then another one": {[]error{gone, wrong}, wrong, 2},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			err := patiently(t.Context(), "bring the tables up to date", func(context.Context) error {
				calls++
				if calls <= len(c.errs) {
					return c.errs[calls-1]
				}
				return nil
			})
			if !errors.Is(err, c.want) || calls != c.calls {
				t.Errorf("%v after %d calls, want %v after %d", err, calls, c.want, c.calls)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := patiently(ctx, "x", func(context.Context) error { cancel(); return gone }); err == nil {
		t.Error("no error although the context ended")
	}
}
