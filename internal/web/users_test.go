package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/report"
)

func TestRoles(t *testing.T) {
	const statement, sql = `{"query": "SELECT 1"}`, "/api/v1/sql"
	ran := 0
	h, err := New(Options{
		Listen: "127.0.0.1:8080",
		Users:  []User{{Name: "vi", Role: Viewer, Token: "token-of-the-viewer"}, {Name: "an", Role: Analyst, Token: "token-of-the-analyst"}, {Name: "by mail", Role: Admin}},
		Run:    (&told{asked: map[string]map[string]string{}}).run,
		SQL: func(_ context.Context, _ string, _ map[string]string, do func(report.Rows) error) error {
			ran++
			return do(&answer{columns: []report.Column{{Name: "1", Type: "UInt8"}}})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path, token string
		want                int
	}{
		{"GET", "/questions/coverage", "token-of-the-viewer", 200},
		{"GET", "/sql", "token-of-the-viewer", 403},
		{"GET", "/sql/export?query=SELECT+1&format=csv", "token-of-the-viewer", 403},
		{"POST", sql, "token-of-the-viewer", 403},
		{"POST", sql, "token-of-the-analyst", 200},
		{"POST", sql, "", 401}, // that of the one without a token
	} {
		w := send(t, h, c.method, c.path, statement, "Authorization", "Bearer "+c.token, "Content-Type", "application/json")
		if w.Code != c.want {
			t.Errorf("%s %s with %q: %d, not %d: %s", c.method, c.path, c.token, w.Code, c.want, w.Body)
		}
		if w.Code == 403 && !strings.Contains(w.Body.String(), "needs the role analyst, and vi has the role viewer") {
			t.Errorf("%s %s: %s", c.method, c.path, w.Body)
		}
	}
	if ran != 1 {
		t.Errorf("%d statements ran, not that of the analyst alone", ran)
	}
}

func TestEditorsOfTeams(t *testing.T) {
	lead, all, admin, analyst := User{Role: Editor, Teams: []string{"compute"}}, User{Role: Editor}, User{Role: Admin, Teams: []string{"lab"}}, User{Role: Analyst}
	for _, c := range []struct {
		who  *User
		team string
		want bool
	}{
		{&lead, "compute", true},
		{&lead, "lab", false},
		{&lead, "", false},
		{&all, "lab", true},
		{&all, "", true},
		{&admin, "compute", true},
		{&analyst, "compute", false},
		{nil, "compute", false},
	} {
		if got := c.who.Edits(c.team); got != c.want {
			t.Errorf("%+v edits %q: %v", c.who, c.team, got)
		}
	}
}

func TestRoleNames(t *testing.T) {
	for r := Viewer; r <= Admin; r++ {
		if got, err := ParseRole(r.String()); err != nil || got != r {
			t.Errorf("%v is read as %v, %v", r, got, err)
		}
	}
	if _, err := ParseRole("nobody"); err == nil {
		t.Error("nobody is a role")
	}
}

func TestLocalUser(t *testing.T) {
	h, err := New(Options{Listen: "127.0.0.1:8080", Local: User{Name: "vi", Role: Viewer}})
	if err != nil {
		t.Fatal(err)
	}
	if w := send(t, h, http.MethodGet, "/sql", ""); w.Code != 403 {
		t.Errorf("a local viewer gets %d for SQL", w.Code)
	}
}
