package web

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
)

// ledger takes texts of decisions that speak of team compute.
type ledger struct{ took []string }

func (l *ledger) apply(_ context.Context, text, why string, dry bool, by *User) (*Applied, error) {
	if !strings.Contains(text, "compute") {
		return nil, &BadQuestion{errors.New(`decisions:1:2: plan of team "x", which is not defined under teams`)}
	}
	if !by.Edits("compute") {
		return nil, &NotAllowed{errors.New("not yours")}
	}
	if !dry {
		l.took = append(l.took, fmt.Sprintf("%s because %s: %s", by.Name, why, strings.Join(strings.Fields(text), "")))
	}
	return &Applied{Changes: []AppliedChange{{Verb: "add", Kind: "plan", ID: "compute/2026-Q4", Fields: []string{`shares: {"a":<1>}`}}}, Warnings: []string{"plan compute/2026-Q4 is late"}}, nil
}

// TestMembershipForm: administrators see the form, and what they fill in becomes a text of decisions.
func TestMembershipForm(t *testing.T) {
	a := &told{answers: map[string][]string{"teams": {"id|name", "compute|Compute"}, "quarters": {"quarter|name", "2026-10-01|2026-Q4"}}, asked: map[string]map[string]string{}}
	var l ledger
	for role, want := range map[Role]string{Admin: `value="membership"`, Editor: `!value="membership"`, Analyst: `!value="membership"`} {
		h, err := New(Options{Listen: "127.0.0.1:8080", Run: a.run, Apply: l.apply, Local: User{Name: "ana", Role: role}})
		if err != nil {
			t.Fatal(err)
		}
		page(t, h, "/plan", 200, want)
	}
	h, err := New(Options{Listen: "127.0.0.1:8080", Run: a.run, Apply: l.apply, Local: User{Name: "ana", Role: Admin}})
	if err != nil {
		t.Fatal(err)
	}
	for form, want := range map[string]string{
		"person=bo&team=compute&share=60&from=2026-10-01":                `{"memberships":[{"from":"2026-10-01","person":"bo","share":0.6,"team":"compute"}]}`,
		"person=bo&team=compute&share=&from=2026-10-01&to=2026-12-01":    `{"memberships":[{"from":"2026-10-01","person":"bo","team":"compute","to":"2026-12-01"}]}`,
		"person=bo&team=compute&share=half&from=2026-10-01":              `!share "half" is not a number`,
		"person=bo&team=compute&share=0&from=2026-10-01":                 `!a share is above 0 %`,
		"person=bo%3C/textarea%3E%3Cscript%3E&team=compute&from=&share=": `{"memberships":[{"from":"","person":"bo</textarea><script>","team":"compute"}]}`,
	} {
		w := send(t, h, "POST", "/plan", "form=membership&"+form, "Content-Type", "application/x-www-form-urlencoded")
		body := html.UnescapeString(w.Body.String())
		wrong, refused := strings.CutPrefix(want, "!")
		switch {
		case refused && (w.Code != 400 || !strings.Contains(body, wrong)), !refused && (w.Code != 200 || !strings.Contains(strings.Join(strings.Fields(body), ""), want)):
			t.Errorf("%s: %d, not %s: %.3000s", form, w.Code, want, body)
		case strings.Contains(w.Body.String(), "<script>"):
			t.Errorf("%s is markup", form)
		}
	}
	if len(l.took) > 0 {
		t.Errorf("a form published by itself: %q", l.took)
	}
}

func TestPlanPage(t *testing.T) {
	var l ledger
	a := &told{answers: map[string][]string{
		"teams": {"id|name", "compute|Compute", "lab|Lab"}, "quarters": {"quarter|name", "2026-10-01|2026-Q4"},
		"plans_published": {"team|quarter|reason", "compute|2026-10-01|<b>so</b>"},
		"decided":         {"at|kind|id|version:UInt64|what|author", "2026-10-02|plan|compute/2026-Q4|2|{}|p12"},
	}, asked: map[string]map[string]string{}}
	h, err := New(Options{Listen: "127.0.0.1:8080", Run: a.run, Apply: l.apply, Local: User{Name: "ana", Role: Editor, Teams: []string{"compute"}}})
	if err != nil {
		t.Fatal(err)
	}
	page(t, h, "/plan?team=compute", 200, "&lt;b&gt;so", "<td>compute/2026-Q4</td>", "What became of its plan", `name="key_initiatives"`, "!is late")
	if a.asked["decided"]["team"] != "compute" {
		t.Errorf("asked %v", a.asked)
	}
	page(t, h, "/plan?nonsense=1", 400, "takes team")
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	post := func(h2 map[string]string) (int, string, string) {
		v := url.Values{}
		for k, x := range h2 {
			v.Set(k, x)
		}
		w := send(t, h, "POST", "/plan", v.Encode(), form...)
		return w.Code, w.Body.String(), w.Header().Get("Location")
	}
	// A form becomes a text and shows what it would change; nothing is published.
	code, body, _ := post(map[string]string{"form": "plan", "team": "compute", "quarter": "2026-Q4", "user_asks": "40", "platform_quality": "30", "key_initiatives": "30", "capacity_days": "120,5"})
	for _, want := range []string{"<strong>add</strong> plan compute/2026-Q4", "&lt;1&gt;", "is late", "&#34;user_asks&#34;: 0.4", "&#34;capacity_days&#34;: 120.5"} {
		if code != 200 || !strings.Contains(body, want) {
			t.Errorf("a plan's form: %d, %s is not in %s", code, want, body)
		}
	}
	code, body, _ = post(map[string]string{"form": "initiative", "id": "mesh", "name": "Mesh </textarea><script>", "owner": "compute", "from": "2026-10-01", "target": "2026-12-01", "epics": "OPS-1, OPS-2"})
	if code != 200 || strings.Contains(body, "<script>") || !strings.Contains(body, "&#34;OPS-2&#34;") {
		t.Errorf("an initiative's form: %d %s", code, body)
	}
	code, body, _ = post(map[string]string{"form": "ask", "id": "faster", "team": "compute", "quarter": "2026-Q4", "rank": "first", "title": "Faster"})
	if code != 400 || !strings.Contains(body, "rank &#34;first&#34; is not a number") || !strings.Contains(body, "Faster") {
		t.Errorf("a wrong rank: %d %s", code, body)
	}
	if code, body, _ = post(map[string]string{"text": "plans: []", "publish": "1", "reason": "x"}); code != 400 || !strings.Contains(body, "decisions:1:2:") || !strings.Contains(body, "plans: []") {
		t.Errorf("a wrong text: %d %s", code, body)
	}
	if code, body, _ = post(map[string]string{"text": "compute", "publish": "1"}); code != 400 || !strings.Contains(body, "say why") {
		t.Errorf("without a reason: %d %s", code, body)
	}
	if len(l.took) > 0 {
		t.Fatalf("published too early: %q", l.took)
	}
	if code, _, to := post(map[string]string{"text": "of: compute", "publish": "1", "reason": "agreed"}); code != 303 || to != "/plan?published=1" {
		t.Errorf("publication: %d to %s", code, to)
	}
	page(t, h, "/plan?published=1", 200, "1 decisions are published")
	if want := "ana because agreed: of:compute"; len(l.took) != 1 || l.took[0] != want {
		t.Errorf("took %q, want %q", l.took, want)
	}
	for _, u := range []User{{Name: "bob", Role: Editor, Teams: []string{"lab"}}, {Name: "vi", Role: Analyst}} {
		other, err := New(Options{Listen: "127.0.0.1:8080", Run: a.run, Apply: l.apply, Local: u})
		if err != nil {
			t.Fatal(err)
		}
		if w := send(t, other, "POST", "/plan", "text=compute&reason=x&publish=1", form...); w.Code != 403 {
			t.Errorf("%s publishes: %d", u.Name, w.Code)
		}
		if w := send(t, other, "POST", "/api/v1/decisions", `{"text": "compute", "reason": "x"}`, "Content-Type", "application/json"); w.Code != 403 {
			t.Errorf("%s publishes by the API: %d", u.Name, w.Code)
		}
	}
}
