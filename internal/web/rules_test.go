package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/event"
)

// playground is rules of which the tests know what they say.
type playground struct {
	promoted []string // who, what, why
}

func (p *playground) port() *Rules {
	return &Rules{
		Active: func(context.Context) (*Ruleset, error) {
			return &Ruleset{
				ID: "r1", Layers: []RuleLayer{{Name: "builtin.yaml", Rules: 1}, {Name: "model.tsv", Words: 7}},
				Rules: []Rule{{Name: "crash", Because: "something <b>crashes</b>", Forced: 2, Text: "  - name: crash\n"}},
			}, nil
		},
		Try: func(_ context.Context, rules, item string) (*Trial, error) {
			if strings.Contains(rules, "wrong") {
				return nil, &BadQuestion{errors.New("change.yaml:1:1: wrong")}
			}
			before := Judged{Quadrant: "forced_short", Forced: 0.9, Evidence: []event.Evidence{{Rule: "same", Because: "b", Forced: 1}, {Rule: "gone", Because: item, Forced: 2}}}
			after := Judged{Quadrant: "discretionary_short", Forced: 0.2, Evidence: []event.Evidence{{Rule: "same", Because: "b", Forced: 1}}}
			return &Trial{before, after}, nil
		},
		Promote: func(_ context.Context, by, ruleset, reason string) error {
			if ruleset != "r2" {
				return &BadQuestion{errors.New("there is no ruleset " + ruleset)}
			}
			p.promoted = append(p.promoted, by, ruleset, reason)
			return nil
		},
	}
}

func TestRulesPage(t *testing.T) {
	a := &told{asked: map[string]map[string]string{}}
	p := &playground{}
	h, err := New(Options{Listen: "127.0.0.1:8080", Run: a.run, Rules: p.port(), Users: []User{
		{Name: "vi", Role: Viewer, Token: "token-of-the-viewer"},
		{Name: "an", Role: Analyst, Token: "token-of-the-analyst"},
		{Name: "ad", Role: Admin, Token: "token-of-the-admin"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		method, path, body, who string
		want                    int
		says                    string
	}{
		{"GET", "/rules", "", "viewer", 200, "something &lt;b&gt;crashes&lt;/b&gt;"},
		{"GET", "/rules?rule=crash", "", "viewer", 200, "rules:\n  - name: crash\n</textarea>"},
		{"GET", "/rules?rule=none", "", "viewer", 404, "have no rule"},
		{"GET", "/rules?nonsense=1", "", "viewer", 400, "not nonsense"},
		{"POST", "/rules/try", "rules=x&item=y", "viewer", 403, "needs the role analyst"},
		{"POST", "/rules/try", "rules=x&item=%3Cscript%3E", "analyst", 200, "<strong>silent</strong>"},
		{"POST", "/rules/try", "rules=x&item=%3Cscript%3E", "analyst", 200, "&lt;script&gt;"},
		{"POST", "/rules/try", "rules=wrong&item=y", "analyst", 400, "change.yaml:1:1: wrong"},
		{"POST", "/rules/promote", "ruleset=r2&reason=better", "analyst", 403, "needs the role admin"},
		{"POST", "/rules/promote", "ruleset=r2&reason=+", "admin", 400, "say why"},
		{"POST", "/rules/promote", "ruleset=r3&reason=better", "admin", 400, "there is no ruleset r3"},
		{"POST", "/rules/promote", "ruleset=r2&reason=better", "admin", 303, ""},
	} {
		w := send(t, h, c.method, c.path, c.body, "Authorization", "Bearer token-of-the-"+c.who, "Content-Type", form)
		if w.Code != c.want || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %s %s by the %s: %d, not %d with %q: %.2000s", c.method, c.path, c.body, c.who, w.Code, c.want, c.says, w.Body)
		}
	}
	if got := strings.Join(p.promoted, ","); got != "ad,r2,better" {
		t.Errorf("promoted: %s", got)
	}
	if w := send(t, h, "POST", "/rules/promote", "ruleset=r2&reason=better", "Authorization", "Bearer token-of-the-admin", "Content-Type", form, "Sec-Fetch-Site", "cross-site"); w.Code != 403 {
		t.Errorf("promotion by another site: %d", w.Code)
	}
	without, err := New(Options{Listen: "127.0.0.1:8080", Run: a.run, Local: User{Name: "x", Role: Admin}})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/rules/try", "/rules/promote"} {
		if w := send(t, without, http.MethodPost, path, "", "Content-Type", form); w.Code != 501 {
			t.Errorf("%s of a process without rules: %d", path, w.Code)
		}
	}
}
