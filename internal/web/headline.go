package web

import (
	"context"
	"net/http"
)

// headlinePart is what the newest quarter comes to so far, a part of the overview that comes when it is worked out: a
// retrospective asks much more than the rest of the page.
type headlinePart struct {
	Of       RetroOf
	Sentence string
	Empty    string
	Error    string
}

func (s *server) headline(w http.ResponseWriter, r *http.Request) {
	v, status := s.newestHeadline(r.Context(), r.URL.Query().Get("team"))
	s.renderPart(w, r, status, "headline", v)
}

func (s *server) newestHeadline(ctx context.Context, team string) (*headlinePart, int) {
	v := &headlinePart{Of: RetroOf{Team: team}}
	if s.o.Retros == nil {
		v.Error = errNoLog.Error()
		return v, http.StatusNotImplemented
	}
	quarters, status := s.tryAsk(ctx, "quarters", nil)
	if quarters.Error != "" {
		v.Error = quarters.Error
		return v, status
	}
	if len(quarters.Rows) == 0 {
		v.Empty = "Nothing is known of any quarter yet."
		return v, http.StatusOK
	}
	v.Of.Quarter = quarters.cell(0, "name")
	k := s.memory.keep(ctx, "headline "+v.Of.address(), func(ctx context.Context, p *panel) error {
		sentence, err := s.o.Retros.Headline(ctx, v.Of)
		p.Rows = [][]string{{sentence}}
		return err
	})
	if k.err != nil {
		v.Error = k.err.Error()
		return v, statusOf(k.err)
	}
	v.Sentence = k.panel.Rows[0][0]
	return v, http.StatusOK
}
