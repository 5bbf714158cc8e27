package web

import (
	"net/http"
	"strings"
	"testing"
)

// TestEveryWriteNeedsItsRole: each request that publishes or runs something is refused to everybody below the role that it needs, with nothing done, and
// is taken from that role on. What an editor decides depends on the team, too, which TestEditorsOfTeams and the tests of each form hold.
func TestEveryWriteNeedsItsRole(t *testing.T) {
	var p published
	o := p.options()
	o.Users = nil
	for _, r := range []Role{Viewer, Analyst, Editor, Admin} {
		o.Users = append(o.Users, User{Name: r.String(), Role: r, Token: "token-of-the-" + r.String()})
	}
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	needs := map[string]Role{
		"/api/v1/sql": Analyst, "/api/v1/rules/try": Analyst, "/rules/try": Analyst,
		"/api/v1/overrides": Editor, "/overrides": Editor, "/api/v1/decisions": Editor, "/plan": Editor,
		"/api/v1/retrospective/notes": Editor, "/retrospective/note": Editor, "/api/v1/retrospective/publish": Editor, "/retrospective/publish": Editor,
		"/api/v1/dead-letters/retry": Admin, "/pipeline/retry": Admin, "/api/v1/rules/promote": Admin, "/rules/promote": Admin,
	}
	for _, w := range writes {
		if w.path == importPath || w.path == "/login" || w.path == "/logout" { // a program's token, and whoever knocks
			continue
		}
		need, known := needs[w.path]
		if !known {
			t.Errorf("%s: which role it needs is said nowhere", w.path)
			continue
		}
		for _, u := range o.Users {
			p.n = 0
			got := send(t, h, http.MethodPost, w.path, w.body, "Content-Type", w.mime, "Authorization", "Bearer "+u.Token)
			if u.Role < need {
				if got.Code != http.StatusForbidden || p.n != 0 || !strings.Contains(got.Body.String(), "needs the role "+need.String()) {
					t.Errorf("%s by the %s: %d, %d things done: %.300s", w.path, u.Name, got.Code, p.n, got.Body)
				}
				continue
			}
			if got.Code != http.StatusOK && got.Code != http.StatusSeeOther || p.n != 1 {
				t.Errorf("%s by the %s: %d, %d things done: %.300s", w.path, u.Name, got.Code, p.n, got.Body)
			}
		}
		p.n = 0
		if got := send(t, h, http.MethodPost, w.path, w.body, "Content-Type", w.mime); got.Code == http.StatusOK || p.n != 0 {
			t.Errorf("%s by nobody: %d, %d things done", w.path, got.Code, p.n)
		}
	}
}
