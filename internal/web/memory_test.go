package web

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// TestMemory: what took long is given for two minutes and asked again meanwhile; what did not is asked again after ten seconds;
// what was forgotten does not come back.
func TestMemory(t *testing.T) {
	for _, c := range []struct {
		name  string
		takes time.Duration
		after []time.Duration // pauses before each further asking
		want  string          // which answer each gets
		waits string          // and whether it waits for it
	}{
		{"quick", 10 * time.Millisecond, []time.Duration{9 * time.Second, 9 * time.Second, time.Second}, "1122", "wnwn"},
		{"slow", time.Second, []time.Duration{8 * time.Second, 9 * time.Second, 5 * time.Second, 100 * time.Second, 500 * time.Second}, "111224", "wnnnnw"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var m memory
				asked := 0
				fill := func(_ context.Context, p *panel) error {
					asked++
					p.Rows = [][]string{{strconv.Itoa(asked)}}
					time.Sleep(c.takes)
					return nil
				}
				got, waited := "", ""
				for i := range len(c.after) + 1 {
					if i > 0 {
						time.Sleep(c.after[i-1])
					}
					start := time.Now()
					got += m.keep(t.Context(), "k", fill).panel.Rows[0][0]
					if time.Since(start) > 0 {
						waited += "w"
					} else {
						waited += "n"
					}
				}
				synctest.Wait()
				if got != c.want || waited != c.waits {
					t.Errorf("got %s and %s, want %s and %s", got, waited, c.want, c.waits)
				}
			})
		})
	}
}

// TestMemoryForgets: an answer that was asked before something was published does not take the place of those asked after.
func TestMemoryForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		say := func(text string, err error) func(context.Context, *panel) error {
			return func(_ context.Context, p *panel) error {
				p.Rows = [][]string{{text}}
				time.Sleep(time.Second)
				return err
			}
		}
		m.keep(t.Context(), "k", say("old", nil))
		time.Sleep(20 * time.Second)
		m.keep(t.Context(), "k", say("renewed", nil))
		m.clear()
		if got := m.keep(t.Context(), "k", say("new", nil)).panel.Rows[0][0]; got != "new" {
			t.Errorf("after all was forgotten it is %s", got)
		}
		time.Sleep(2 * time.Second)
		if got := m.keep(t.Context(), "k", say("never", nil)).panel.Rows[0][0]; got != "new" {
			t.Errorf("then it is %s", got)
		}
		time.Sleep(20 * time.Second)
		failed := errors.New("the engine is down")
		if k := m.keep(t.Context(), "k", say("", failed)); k.err != nil || k.panel.Rows[0][0] != "new" {
			t.Errorf("while it is asked again it is %v, %v", k.panel.Rows, k.err)
		}
		time.Sleep(2 * time.Second)
		if k := m.keep(t.Context(), "k", say("", failed)); !errors.Is(k.err, failed) {
			t.Errorf("after that failed it is %v, %v", k.panel.Rows, k.err)
		}
	})
}
