package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Applied is what a text of decisions changes, or changed.
type Applied struct {
	Changes  []AppliedChange `json:"changes"`
	Warnings []string        `json:"warnings"`
}

// AppliedChange is one decision that is new or another one, as workmix apply says it.
type AppliedChange struct {
	Verb   string   `json:"verb"` // "add" or "change"
	Kind   string   `json:"kind"`
	ID     string   `json:"id"`
	Fields []string `json:"fields"` // what differs from the decision that held, one a line
}

// Apply publishes what a text of decisions, in the form of workmix apply's files, changes, why and by whom, if that user may
// decide it; with dry it only says what that is. Its error is a [*BadQuestion] or a [*NotAllowed]: nothing was published then.
type Apply func(ctx context.Context, text, why string, dry bool, by *User) (*Applied, error)

// planPage is what was decided, and the forms to decide.
type planPage struct {
	Team                           string
	Teams, Quarters                []string
	Plans, Initiatives, Asks, Said *panel
	May                            bool
	People                         bool   // who asks decides on memberships, too
	Text, Why                      string // of the text area
	Trial                          *Applied
	Error                          string
	Published                      string
}

// plan shows plans, initiatives, asks and who decided what; ?text= is a draft of a form.
func (s *server) plan(w http.ResponseWriter, r *http.Request) {
	in := given(r)
	for k := range in {
		if k != "team" && k != "published" {
			s.fail(w, r, http.StatusBadRequest, fmt.Errorf("the page of plans takes team, not %s", k))
			return
		}
	}
	v := s.planNow(r, in["team"])
	if n, err := strconv.Atoi(in["published"]); err == nil {
		v.Published = fmt.Sprintf("%d decisions are published; pages follow within seconds.", n)
	}
	s.render(w, r, http.StatusOK, "plan", "Plan", "/plan", v)
}

func (s *server) planNow(r *http.Request, team string) *planPage {
	one := map[string]string{"team": team}
	all := s.askAll(r.Context(), want{"teams", nil}, want{"quarters", nil}, want{"plans_published", one}, want{"initiative_slip", nil}, want{"user_asks", one}, want{"decided", one})
	v := &planPage{Team: team, Teams: all[0].column("id"), Quarters: all[1].column("name"), Plans: all[2], Initiatives: all[3], Asks: all[4], Said: all[5], May: s.o.Apply != nil && asker(r).May(Editor)}
	v.People = v.May && asker(r).May(Admin)
	v.Plans.Empty = "No plan is published: the form below publishes one, workmix apply -f DIR those of a folder."
	v.Initiatives.Empty = "There are no key initiatives."
	v.Asks.Empty = "Nobody ranked asks."
	v.Said.Empty = "Nothing was decided yet."
	return v
}

// decide takes the page's forms: the first ones make a text of decisions and show what it changes, the last publishes a text.
func (s *server) decide(w http.ResponseWriter, r *http.Request) {
	if s.o.Apply == nil {
		s.fail(w, r, http.StatusNotImplemented, errNoLog)
		return
	}
	text, why := r.PostFormValue("text"), strings.TrimSpace(r.PostFormValue("reason"))
	var err error
	if form := r.PostFormValue("form"); form != "" {
		text, err = textOf(form, r.PostFormValue)
	}
	u := asker(r)
	publish := r.PostFormValue("publish") != ""
	v := s.planNow(r, r.PostFormValue("of"))
	v.Text, v.Why = text, why
	if err == nil && publish && why == "" {
		err = &BadQuestion{errors.New("say why: the reason is kept with each decision")}
	}
	if err == nil {
		v.Trial, err = s.o.Apply(r.Context(), text, why, !publish, u)
	}
	if err != nil {
		v.Error = err.Error()
		s.render(w, r, statusOf(err), "plan", "Plan", "/plan", v)
		return
	}
	if !publish {
		s.render(w, r, http.StatusOK, "plan", "Plan", "/plan", v)
		return
	}
	s.memory.clear()
	http.Redirect(w, r, "/plan?published="+strconv.Itoa(len(v.Trial.Changes)), http.StatusSeeOther)
}

// textOf makes a text of decisions of a form's fields. It is JSON, which is YAML as well; what is wrong in it the reading says.
func textOf(form string, field func(string) string) (string, error) {
	get := func(name string) string { return strings.TrimSpace(field(name)) }
	var wrong error
	number := func(name, what string) any {
		text := get(name)
		if text == "" {
			return nil
		}
		n, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
		if err != nil && wrong == nil {
			wrong = &BadQuestion{fmt.Errorf("%s %.40q is not a number", what, text)}
		}
		return n
	}
	words := func(name string) []string {
		return slices.DeleteFunc(strings.FieldsFunc(get(name), func(c rune) bool { return c == ',' || c == '\n' || c == ' ' }), func(s string) bool { return s == "" })
	}
	out := object{}
	set := func(in object, name string, v any) {
		if v != nil && v != "" {
			in[name] = v
		}
	}
	switch form {
	case "plan":
		shares, p := object{}, object{"team": get("team"), "quarter": get("quarter")}
		for _, c := range []string{"user_asks", "platform_quality", "key_initiatives"} {
			if n, ok := number(c, strings.ReplaceAll(c, "_", " ")).(float64); ok {
				shares[c] = n / 100
			}
		}
		p["shares"] = shares
		set(p, "capacity_days", number("capacity_days", "capacity"))
		set(p, "frozen_at", get("frozen_at"))
		set(p, "reason", get("reason"))
		out["plans"] = []any{p}
	case "initiative":
		i := object{"id": get("id"), "name": get("name"), "from": get("from"), "target": get("target"), "items": object{"epics": words("epics"), "labels": words("labels"), "keys": words("keys")}}
		set(i, "owner", get("owner"))
		out["initiatives"] = []any{i}
	case "ask":
		a := object{"id": get("id"), "team": get("team"), "quarter": get("quarter"), "title": get("title"), "items": object{"epics": words("epics"), "labels": words("labels"), "keys": words("keys")}}
		set(a, "rank", number("rank", "rank"))
		set(a, "asker", get("asker"))
		set(a, "answered_at", get("answered_at"))
		out["asks"] = []any{a}
	case "membership":
		m := object{"person": get("person"), "team": get("team"), "from": get("from")}
		if n, ok := number("share", "share").(float64); ok {
			if m["share"] = n / 100; n <= 0 && wrong == nil { // without one it would be all of the time
				wrong = &BadQuestion{errors.New("a share is above 0 %: to end a membership fill in until when it is")}
			}
		}
		set(m, "to", get("to"))
		out["memberships"] = []any{m}
	default:
		return "", &BadQuestion{fmt.Errorf("there is no form %.40q: plan, initiative, ask and membership are those that there are", form)}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(out); err != nil {
		return "", err
	}
	return b.String(), wrong
}

var appliedSchema = schemaOf("changes warnings", object{
	"changes":  listOf(schemaOf("verb kind id fields", object{"verb": object{"enum": []any{"add", "change"}}, "kind": text, "id": text, "fields": listOf(text)})),
	"warnings": listOf(text),
})

var decisionsSchema = schemaOf("text reason", object{
	"text":    object{"type": "string", "description": "Decisions in the form of workmix apply's files, at most 16 KiB, without anchors and aliases"},
	"reason":  object{"type": "string", "description": "Why, kept with each decision"},
	"dry_run": object{"type": "boolean", "description": "true: only say what would change"},
})

func (s *server) apiDecisions(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Text   string `json:"text"`
		Reason string `json:"reason"`
		Dry    bool   `json:"dry_run"`
	}
	if !readJSON(w, r, &in, `{"text": "plans: [{team: compute, quarter: 2026-Q4, shares: {user_asks: 0.4, platform_quality: 0.3, key_initiatives: 0.3}}]", "reason": "agreed"}`) {
		return
	}
	if !in.Dry && strings.TrimSpace(in.Reason) == "" {
		writeError(w, http.StatusBadRequest, errors.New("say why: the reason is kept with each decision"))
		return
	}
	done, err := s.o.Apply(r.Context(), in.Text, in.Reason, in.Dry, asker(r))
	if err != nil {
		writeError(w, statusOf(err), err)
		return
	}
	if !in.Dry {
		s.memory.clear()
	}
	writeJSON(w, http.StatusOK, done)
}
