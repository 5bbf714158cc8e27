package web

import (
	"net/http"

	"github.com/workmix/workmix/internal/decisions"
)

// Overridden says what a person's word did.
type Overridden struct {
	ItemID string `json:"item_id"`
	Verb   string `json:"verb"` // "add", "change" or "retract", as workmix apply says it
}

func (s *server) apiOverride(w http.ResponseWriter, r *http.Request) {
	var o decisions.Override
	if !readJSON(w, r, &o, `{"item": "OPS-7", "drive": "forced", "reason": "the auditors want it"}`) {
		return
	}
	u := asker(r)
	o.Author = u.Name
	done, err := s.o.Override(r.Context(), o, u.Edits)
	if err != nil {
		writeError(w, statusOf(err), err)
		return
	}
	writeJSON(w, http.StatusOK, done)
}
