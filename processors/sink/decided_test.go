package sink

import (
	"testing"

	"github.com/workmix/workmix/internal/event"
)

// TestDecidedNamesNobody: who is to do something is a pseudonym in the tables, and a published page stays in the log.
func TestDecidedNamesNobody(t *testing.T) {
	for _, c := range []struct{ kind, body, want string }{
		{"team", `{"owner": "ana"}`, `{"owner": "ana"}`}, // as the files say: pseudonyms already
		{event.KindAction, `{"owner":"ana","text":"x"}`, `{"owner":"` + event.Pseudonym("person", "ana") + `","text":"x"}`},
		{event.KindAction, `{"text":"x"}`, `{"text":"x"}`},
		{event.KindAction, `{"owner":7}`, `{"owner":""}`},
		{event.KindAction, `not JSON`, ``},
		{event.KindRetrospective, `{"html":"aGE=","json":"aGE=","markdown":"aGE=","quarter":"2026-Q3"}`, `{"quarter":"2026-Q3"}`},
		{event.KindRetrospective, ``, ``},
	} {
		if got := decided(&event.Decision{Kind: c.kind, Body: []byte(c.body)}); got != c.want {
			t.Errorf("%s %s is stored as %s, want %s", c.kind, c.body, got, c.want)
		}
	}
}
