package web

import (
	"net/http"
	"strings"

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

// override takes a person's word by the form of an item's page.
func (s *server) override(w http.ResponseWriter, r *http.Request) {
	u := asker(r)
	o := decisions.Override{
		Item: r.PostFormValue("item"), Drive: r.PostFormValue("drive"), Horizon: r.PostFormValue("horizon"), Category: strings.TrimSpace(r.PostFormValue("category")),
		Reason: r.PostFormValue("reason"), Clear: r.PostFormValue("clear") != "", Author: u.Name,
	}
	if s.o.Override == nil {
		s.fail(w, r, http.StatusNotImplemented, errNoLog)
		return
	}
	done, err := s.o.Override(r.Context(), o, u.Edits)
	if err != nil {
		s.fail(w, r, statusOf(err), err)
		return
	}
	s.memory.clear()
	http.Redirect(w, r, "/items/"+done.ItemID+"?said=1", http.StatusSeeOther)
}
