package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/workmix/workmix/internal/event"
)

// Rules judges items, and changes by which rules verdicts count.
type Rules struct {
	// Active returns the rules whose verdicts count.
	Active func(context.Context) (*Ruleset, error)
	// Try judges an item, as JSON in the form that workmix classify reads, by the rules whose verdicts count, and with a file
	// of further rules over them. Its error is a [*BadQuestion] where the item or the rules are at fault.
	Try func(ctx context.Context, rules, item string) (*Trial, error)
	// Promote makes the verdicts of another ruleset count. Its error is a [*BadQuestion] where that ruleset is not ready.
	Promote func(ctx context.Context, by, ruleset, reason string) error
}

// Ruleset is a set of rules, in the order in which they are laid over each other.
type Ruleset struct {
	ID     string      `json:"id"`
	Layers []RuleLayer `json:"layers"`
	Rules  []Rule      `json:"rules"`
}

// RuleLayer is a file of rules.
type RuleLayer struct {
	Name     string `json:"name"`
	Rules    int    `json:"rules"`
	Replaced int    `json:"replaced"`
	Silenced int    `json:"silenced"`
	Words    int    `json:"words"` // of a text model
}

// Rule is one of them; Text is how a file of rules writes it.
type Rule struct {
	Name    string  `json:"name"`
	Because string  `json:"because"`
	Forced  float64 `json:"forced"` // log-odds
	Long    float64 `json:"long"`
	Text    string  `json:"text"`
}

// Trial is what an item's verdict is, and what it would be.
type Trial struct {
	Before Judged `json:"before"`
	After  Judged `json:"after"`
}

// Judged is a verdict.
type Judged struct {
	Quadrant     string           `json:"quadrant"`
	Forced       float64          `json:"forced"`
	Long         float64          `json:"long"`
	Confidence   float64          `json:"confidence"`
	Category     string           `json:"category"`
	Property     string           `json:"property"`
	ForcedReason string           `json:"forced_reason"`
	Evidence     []event.Evidence `json:"evidence"`
}

// rulesPage is the page of the rules.
type rulesPage struct {
	Active            *Ruleset
	Error             string // why the active rules cannot be shown
	Versions          *panel
	A, B              string   // rulesets that are compared
	Diff              []*panel // empty: none are compared
	Candidates        []string // rulesets that may be promoted
	Admin             bool     // who asks may promote
	Promoted          string
	Key, Item, Rules  string // of the playground
	Trial             *Trial
	Reasons           []comparison
	TrialError, Known string
}

// comparison is a reason before and after.
type comparison struct{ Rule, Because, Matched, Before, After string }

const exampleRules = `rules:
  - name: payroll
    when: titled("payroll", "salary run")
    forced: 2
    because: people are paid by it
`

const exampleItem = `{"title": "Payroll export fails for part-time contracts", "body": "", "labels": ["bug"], "type": "Bug"}`

func (s *server) rules(w http.ResponseWriter, r *http.Request) {
	in := given(r)
	for k := range in {
		if !slices.Contains([]string{"item", "rule", "a", "b", "promoted"}, k) {
			s.fail(w, r, http.StatusBadRequest, fmt.Errorf("the page of rules takes item, rule, a and b, not %s", k))
			return
		}
	}
	v := s.rulesNow(r, in)
	if rule := in["rule"]; rule != "" && v.Active != nil {
		i := slices.IndexFunc(v.Active.Rules, func(x Rule) bool { return x.Name == rule })
		if i < 0 {
			s.fail(w, r, http.StatusNotFound, fmt.Errorf("the rules whose verdicts count have no rule %q", rule))
			return
		}
		v.Rules = "rules:\n" + v.Active.Rules[i].Text
	}
	if v.Key = in["item"]; v.Key != "" {
		var status int
		if v.Item, status = s.judgedItem(r.Context(), v.Key, v); status != http.StatusOK {
			s.fail(w, r, status, errors.New(v.TrialError))
			return
		}
	}
	s.render(w, r, http.StatusOK, "rules", "Rules", "/rules", v)
}

// rulesNow is the page without its playground.
func (s *server) rulesNow(r *http.Request, in map[string]string) *rulesPage {
	v := &rulesPage{A: in["a"], B: in["b"], Promoted: in["promoted"], Admin: asker(r).May(Admin) && s.o.Rules != nil, Rules: exampleRules, Item: exampleItem}
	v.Versions, _ = s.tryAsk(r.Context(), "ruleset_versions", nil) // it tells which rules are compared
	v.Versions.Empty = "No item was judged yet."
	for i := range v.Versions.Rows {
		if v.Versions.cell(i, "active") != "true" {
			v.Candidates = append(v.Candidates, v.Versions.cell(i, "ruleset"))
		} else if v.A == "" {
			v.A = v.Versions.cell(i, "ruleset")
		}
	}
	if v.B != "" {
		two := map[string]string{"a": v.A, "b": v.B}
		read := map[string]string{"a": v.A, "b": v.B, "limit": "100"}
		v.Diff = s.askAll(r.Context(), want{"ruleset_diff", two}, want{"ruleset_mix", two}, want{"ruleset_moves", read})
	}
	if s.o.Rules == nil {
		v.Error = "This process has no rules at hand: ask one that workmix up or serve runs."
		return v
	}
	active, err := s.o.Rules.Active(r.Context())
	if err != nil {
		v.Error = err.Error()
		return v
	}
	v.Active = active
	return v
}

// judgedItem is an item of the tables in the form that the playground takes.
func (s *server) judgedItem(ctx context.Context, key string, v *rulesPage) (string, int) {
	p, status := s.tryAsk(ctx, "item_as_judged", map[string]string{"item": key})
	if p.Error != "" {
		v.TrialError = p.Error
		return "", status
	}
	if len(p.Rows) == 0 {
		v.TrialError = fmt.Sprintf("there is no item %q: give a key such as acme/api#12 or OPS-7", key)
		return "", http.StatusNotFound
	}
	item, size := object{}, object{}
	for i, name := range p.Columns {
		cell := p.Rows[0][i]
		switch name {
		case "labels", "components":
			item[name] = list(cell)
		case "additions", "deletions", "files", "commits":
			if n, err := strconv.Atoi(cell); err == nil {
				size[name] = n
			}
		case "subtasks", "links":
			item[name] = p.number(0, name)
		default:
			item[name] = cell
		}
	}
	if len(size) > 0 {
		item["size"] = size
	}
	b, err := json.MarshalIndent(item, "", "  ")
	if err != nil {
		v.TrialError = err.Error()
		return "", http.StatusInternalServerError
	}
	return string(b), http.StatusOK
}

var (
	errNoRules = errors.New("this process has no rules at hand: ask one that workmix up or serve runs")
	errNoLog   = errors.New("this process publishes nothing: ask one that workmix up or serve runs")
)

// tryRules judges an item by edited rules.
func (s *server) tryRules(w http.ResponseWriter, r *http.Request) {
	v := s.rulesNow(r, nil)
	v.Rules, v.Item = r.PostFormValue("rules"), r.PostFormValue("item")
	status := http.StatusOK
	if s.o.Rules == nil {
		s.fail(w, r, http.StatusNotImplemented, errNoRules)
		return
	}
	t, err := s.o.Rules.Try(r.Context(), v.Rules, v.Item)
	if err != nil {
		v.TrialError, status = err.Error(), statusOf(err)
	} else {
		v.Trial, v.Reasons = t, compared(t)
	}
	s.render(w, r, status, "rules", "Rules", "/rules", v)
}

// compared lists the reasons of both verdicts, the heaviest first.
func compared(t *Trial) []comparison {
	var out []comparison
	index := map[string]int{}
	add := func(all []event.Evidence, set func(*comparison, string)) {
		for _, e := range all {
			key := e.Rule + "\x00" + e.Matched
			i, ok := index[key]
			if !ok {
				i = len(out)
				index[key] = i
				out = append(out, comparison{Rule: e.Rule, Because: e.Because, Matched: e.Matched})
			}
			set(&out[i], weights(e.Forced, e.Long))
		}
	}
	add(t.Before.Evidence, func(c *comparison, w string) { c.Before = w })
	add(t.After.Evidence, func(c *comparison, w string) { c.After = w })
	slices.SortStableFunc(out, func(a, b comparison) int { // what differs comes first
		switch {
		case (a.Before == a.After) == (b.Before == b.After):
			return 0
		case a.Before == a.After:
			return 1
		}
		return -1
	})
	return out
}

func weights(forced, long float64) string {
	var out []string
	if forced != 0 {
		out = append(out, weight(forced, "forced", "discretionary"))
	}
	if long != 0 {
		out = append(out, weight(long, "long", "short"))
	}
	return strings.Join(out, ", ")
}

// promote makes another ruleset's verdicts count, by a form.
func (s *server) promote(w http.ResponseWriter, r *http.Request) {
	if s.o.Rules == nil {
		s.fail(w, r, http.StatusNotImplemented, errNoRules)
		return
	}
	id := r.PostFormValue("ruleset")
	if err := s.promoted(r, id, r.PostFormValue("reason")); err != nil {
		s.fail(w, r, statusOf(err), err)
		return
	}
	http.Redirect(w, r, "/rules?promoted="+id, http.StatusSeeOther)
}

func (s *server) promoted(r *http.Request, id, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return &BadQuestion{errors.New("say why these verdicts shall count: the reason is kept beside the promotion")}
	}
	return s.o.Rules.Promote(r.Context(), asker(r).Name, id, reason)
}

func (s *server) apiRules(w http.ResponseWriter, r *http.Request) {
	active, err := s.o.Rules.Active(r.Context())
	if err != nil {
		writeError(w, http.StatusInternalServerError, err)
		return
	}
	writeJSON(w, http.StatusOK, active)
}

func (s *server) apiTry(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Rules string          `json:"rules"`
		Item  json.RawMessage `json:"item"`
	}
	if !readJSON(w, r, &in, `{"rules": "rules: [...]", "item": {"title": "..."}}`) {
		return
	}
	t, err := s.o.Rules.Try(r.Context(), in.Rules, string(in.Item))
	if err != nil {
		writeError(w, statusOf(err), err)
		return
	}
	writeJSON(w, http.StatusOK, t)
}

func (s *server) apiPromote(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Ruleset string `json:"ruleset"`
		Reason  string `json:"reason"`
	}
	if !readJSON(w, r, &in, `{"ruleset": "r0123456789ab", "reason": "..."}`) {
		return
	}
	if err := s.promoted(r, in.Ruleset, in.Reason); err != nil {
		writeError(w, statusOf(err), err)
		return
	}
	writeJSON(w, http.StatusOK, object{"ruleset": in.Ruleset})
}
