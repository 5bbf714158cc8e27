package web

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"
)

// soon is how long a page that is opened waits for its answers before it is sent without those that are still being worked out.
const soon = time.Second / 6

// hurry is a page's wish to be there soon: what is not answered by then is left out, and the page fetches itself again.
type hurry struct {
	until time.Time
	late  atomic.Bool // something was left out
}

type hurryKey struct{}

// hurried lets a page that a browser opens come soon, whatever its answers take: they go on being worked out, and the scripts of the page
// ask for it once more, then with all of it. Browsers say what they will do with an answer (Fetch Metadata); for whoever does not say that it is to be shown as a page, such as
// those scripts, a program, or a browser that is not trusted to say, it waits.
func hurried(do http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Sec-Fetch-Dest")
		if r.Header.Get("Sec-Fetch-Dest") == "document" {
			r = r.WithContext(context.WithValue(r.Context(), hurryKey{}, &hurry{until: time.Now().Add(soon)}))
		}
		do(w, r)
	}
}

func hurryOf(ctx context.Context) *hurry {
	h, _ := ctx.Value(hurryKey{}).(*hurry)
	return h
}

// late says whether something was left out of the page.
func (h *hurry) isLate() bool { return h != nil && h.late.Load() }

// orLater is [server.tryAsk] for what a page can be shown without: where the page is in a hurry and the answer not there in time, the panel
// says that it is being worked out.
func (s *server) orLater(ctx context.Context, name string, given map[string]string) (*panel, int) {
	h := hurryOf(ctx)
	if h == nil {
		return s.tryAsk(ctx, name, given)
	}
	within, cancel := context.WithDeadline(ctx, h.until)
	defer cancel()
	p, status := s.tryAsk(within, name, given)
	if errors.Is(within.Err(), context.DeadlineExceeded) && status == http.StatusGatewayTimeout {
		p.Error, p.Later, status = "", true, http.StatusOK
		h.late.Store(true)
	}
	return p, status
}

// later is a panel for a question that cannot be asked before another is answered.
func (s *server) later(name string) *panel {
	p := &panel{ID: name, Later: true}
	if q := s.question(name); q != nil {
		p.Title, p.Lead, p.Unit = q.Title, q.Question, q.Unit
	}
	return p
}
