package classify

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/workmix/workmix/internal/event"
)

func load(t *testing.T, rules string) (*Classifier, error) {
	t.Helper()
	f := filepath.Join(t.TempDir(), "r.yaml")
	if err := os.WriteFile(f, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	return New(f)
}

func judge(t *testing.T, c *Classifier, it *Item) *Verdict {
	t.Helper()
	v, err := c.Judge(it)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestErrorsOfRulesSayWhere(t *testing.T) {
	for _, c := range []struct{ rules, want string }{
		{"rules:\n  - {name: a, when: 'titel == \"x\"', forced: 1}\n", `r.yaml:2:22: rule "a": unknown name titel`},
		{"rules:\n  - {name: a, when: 'titel == \"x\"', forced: 1}\n", "did you mean title?"},
		{"rules:\n  - {name: a, when: 'points', forced: 1}\n", "r.yaml:2:"},
		{"rules:\n  - {name: a, when: 'says(1)', forced: 1}\n", `rule "a": says takes texts in quotes`},
		{"rules:\n  - {name: a, when: 'says(\"*\")', forced: 1}\n", "none of them empty"},
		{"rules:\n  - {name: a, whenn: 'true', forced: 1}\n", "r.yaml:2:15: unknown field"},
		{"rules:\n  - {when: 'true', forced: 1}\n", "r.yaml:2:12: rule 1 has no name"},
		{"rules:\n  - {name: a, when: 'true'}\n  - {name: a, when: 'true'}\n", `r.yaml:3:21: rule "a" stands twice`},
		{"rules:\n  - {name: nosuch, off: true}\n", `rule "nosuch" is switched off, but no earlier file has it`},
		{"rules:\n  - {name: a, when: 'true', forced_reason: whim}\n", `forced_reason "whim" is not one of`},
		{"rules:\n  - {name: a, when: 'true', category: user_ask}\n", `r.yaml:2:21: rule "a": category "user_ask": did you mean user_asks?`},
		{"rules:\n  - {name: a, when: 'true', property: securty}\n", `property "securty": did you mean security?`},
		{"rules:\n  - {name: a, when: 'now() > now()'}\n", "rule \"a\""},
		{"band: 0.7\n", "r.yaml:1:7: band 0.7"},
		{"rules: []\nprior: {forced: .nan, long: 0}\n", "r.yaml:2:8: prior holds log-odds"},
		{"rules:\n  - {name: a, when: 'true', forced: .inf}\n", `r.yaml:2:21: rule "a": its weights are log-odds, numbers from -1000 to 1000`},
		{"rules:\n  - {name: a, when: 'true', forced: much}\n", "r.yaml:2:37: a number is wanted here, not string"},
		{"rules:\n  - {name: a, when: 'true', off: 3}\n", "true or false is wanted here, not "},
		{"rules:\n  - {name: a, when: 'payer == \"x\"', forced: 1}\n", `unknown name payer: a condition knows source, project, kind, type, title, `},
		{"rules: [\n", "r.yaml:"},
		{"rules:\n  - {name: a, whenn: 'true'}\n", "did you mean when?"},
		{"rulez:\n  - {name: a, when: 'true'}\n", "did you mean rules?"},
		{"rules:\n  - {name: qestion, off: true}\n", "did you mean question?"},
		{"rules:\n  - {name: question, off: true, when: 'true'}\n", "leave out one of them"},
		{"rules:\n  - {name: a, when: 'labelled(\"[a\")', forced: 1}\n", "is not a pattern"},
		{"rules:\n  - {name: a, when: 'labelled(\"-\")', forced: 1}\n", "with a letter or a digit"},
		{"only: 'projct == \"x\"'\nrules: []\n", `r.yaml:1:8: rule "only": unknown name projct`},
		{"text: {forced: -1, long: 0, yield: 1}\n", "r.yaml:1:7: text needs forced"},
		{"examples:\n  - {item: {title: x}, expect: {drive: forcd}}\n", `example 1: drive "forcd" is not one of`},
		{"examples:\n  - {item: {title: x}}\n", "it expects nothing"},
		{"examples:\n  - {item: {titel: x}, expect: {drive: forced}}\n", "did you mean title?"},
		{"rules:\n  - {name: a, when: 'titled()'}\n", "r.yaml:2:22: rule \"a\": titled takes one text in quotes or more"},
		{"rules:\n  - {name: a, when: 'true || says(\"x\", \"*crash\")'}\n", `r.yaml:2:40: rule "a": says: "*crash" would never be found`},
		{"rules:\n  - {name: a, when: 'begins(\"a*b\")'}\n", `"a*b" would never be found`},
		{"rules:\n  - {name: a, when: 'prefixed(\"build(deps)\")'}\n", `"build(deps)" is not a type alone`},
		{"rules:\n  - {name: a, when: 'says(\" \")'}\n", "none of them empty"},
		{"only: 'true'\nrules: []\nband: 0.2\n", "r.yaml:3:7: band holds for every item"},
		{"only: 'true'\nprior: {forced: 1, long: 1}\n", "prior holds for every item"},
		{"only: 'true'\ntext: {forced: 1, long: 1, yield: 1}\n", "text holds for every item"},
		{"examples:\n  - {item: {title: x}, expect: {not: [crahs]}}\n", `r.yaml:2:12: example: it names a rule "crahs" that no file has: did you mean crash?`},
		{"rules:\n  - {name: a, when: 'labels[3] == \"x\"'}\n", `r.yaml:2:28: rule "a": index out of range: 3 (array length is 0): it has to hold or not hold for an item that has nothing but a title, too`},
		{"only: 'components[0] == \"x\"'\nrules:\n  - {name: a, when: 'true'}\n", `r.yaml:1:18: rule "only": index out of range`},
		{"rules: []\n---\nrules: []\n", "r.yaml:2:1: a file of rules is one document"},
		{"rules:\n  - {name: a, when: 'type == \"Bug\"'}\n", `r.yaml:2:30: rule "a": type is in lower case, and never "Bug": write "bug"`},
		{"rules:\n  - {name: a, when: 'lines > 3 && \"UI\" in labels'}\n", `labels is in lower case, and never "UI"`},
		{"rules:\n  - {name: a, when: 'priority in [\"p1\", \"P2\"]'}\n", `priority is in lower case, and never "P2"`},
		{"rules:\n  - {name: a, when: 'status startsWith \"In\"'}\n", `status is in lower case`},
		{"rules:\n  - {name: a, when: 'kind == \"pull_requests\"'}\n", `kind is never "pull_requests", but issue, incident, pull_request: did you mean pull_request?`},
		{"rules:\n  - {name: a, when: 'state in [\"closed\"]'}\n", `state is never "closed", but open, in_progress, done, dropped`},
	} {
		_, err := load(t, c.rules)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q\n got %v\nwant one line with %s", c.rules, err, c.want)
		}
	}
	if _, err := New(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestLayersReplaceAndSilence(t *testing.T) {
	plain, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	it := &Item{Kind: "issue", Title: "Crash when saving", DueInDays: noDue}
	before := judge(t, plain, it)
	if before.Drive != "forced" || before.Quadrant != "forced_short" || before.ForcedReason != "defect" {
		t.Errorf("a crash: %+v", before)
	}
	quiet, err := load(t, "rules:\n  - {name: crash, off: true}\n")
	if err != nil {
		t.Fatal(err)
	}
	if after := judge(t, quiet, it); after.Forced >= before.Forced || after.Ruleset == before.Ruleset {
		t.Errorf("a silenced rule still speaks: %+v", after)
	}
	own, err := load(t, "rules:\n  - {name: crash, when: 'titled(\"crash*\")', forced: -9, category: user_asks, because: we like crashes}\n")
	if err != nil {
		t.Fatal(err)
	}
	v := judge(t, own, it)
	if v.Drive != "discretionary" || v.Category != "user_asks" || v.CategorySource != "rule" || !slices.ContainsFunc(v.Evidence, func(e event.Evidence) bool { return e.Rule == "crash" && e.Matched == "crash" }) {
		t.Errorf("a replaced rule: %+v", v)
	}
}

// TestCasesThatCanHold: texts in capitals may be compared with what holds capitals, and kinds in part.
func TestCasesThatCanHold(t *testing.T) {
	for _, when := range []string{`title contains "Bug"`, `"PAY" == project`, `kind contains "pull"`, `type == "bug"`, `len(labels) > 0 && labels[0] == "x"`} {
		if _, err := load(t, "\ufeffrules:\n  - {name: a, when: '"+when+"'}\n"); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
}

// TestConditionsThatFail: a condition that an item cannot answer is said in one line, with the rule's place and, in an example,
// the example's.
func TestConditionsThatFail(t *testing.T) {
	c, err := load(t, "rules:\n  - {name: a, when: 'len(labels) > 0 && labels[1] == \"x\"'}\nexamples:\n  - {item: {title: x, labels: [y]}, expect: {not: [a]}}\n")
	if err != nil {
		t.Fatal(err)
	}
	const want = `r.yaml:2:47: rule "a": index out of range: 1 (array length is 1)`
	if _, err := c.Judge(&Item{Title: "x", Labels: []string{"y"}}); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v", err)
	}
	if _, _, err := c.Test(); err == nil || !strings.Contains(err.Error(), want+", in the example at ") || !strings.HasSuffix(err.Error(), "r.yaml:4:12") {
		t.Errorf("%v", err)
	}
}

// TestReadOffline: what is wrong with a line of input is said in plain words.
func TestReadOffline(t *testing.T) {
	for line, want := range map[string]string{
		`{"uid": 3, "title": "x"}`:                              "uid takes a text, not the number that stands there",
		`{"uid": "a", "title": "x", "labels": "bug"}`:           "labels takes a list, not the string that stands there",
		`{"uid": "a", "title": "x", "points": "3"}`:             "points takes a number, not the string that stands there",
		`{"uid": "a", "title": "x", "size": {"files": "3"}}`:    "size.files takes a number, not the string that stands there",
		`{"uid": "a", "title": "x", "subtasks": "3"}`:           "want a number or a list",
		`[{"uid": "a", "title": "x"}]`:                          "an object is wanted on each line, not array",
		`{"uid": "a"}`:                                          "uid and title are needed",
		"\ufeff" + `{"uid": "a", "title": "x", "labels": null}`: "",
	} {
		_, err := ReadOffline([]byte(line))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestTeamLayer: what a team's own file replaces or silences holds for its items alone.
func TestTeamLayer(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"10-company.yaml": "rules:\n  - {name: toil, when: 'titled(\"toil\")', forced: 3}\n  - {name: chore, when: 'titled(\"toil\")', long: -1}\n",
		"20-team.yaml":    "only: 'project == \"OPS\"'\nrules:\n  - {name: toil, when: 'titled(\"toil\")', forced: -3}\n  - {name: chore, off: true}\n  - {name: own, when: 'true', category: ours}\n",
		"30-team.yaml":    "only: 'project == \"WEB\"'\nrules:\n  - {name: toil, off: true}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	for project, want := range map[string]string{"PAY": "toil+3 chore+0 ", "OPS": "toil-3 own+0 ", "WEB": "chore+0 "} {
		got := ""
		for _, e := range judge(t, c, &Item{Title: "Toil", Project: project, DueInDays: noDue}).Evidence {
			if e.Rule == "toil" || e.Rule == "chore" || e.Rule == "own" {
				got += fmt.Sprintf("%s%+g ", e.Rule, e.Forced)
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", project, got, want)
		}
	}
	if l := c.Layers(); l[3].Replaced != 1 || l[3].Silenced != 1 || l[3].Rules != 2 || l[4].Silenced != 1 {
		t.Errorf("%+v", l)
	}
}

// TestExamplesAreHeld: an example that the rules judge otherwise is told with its place and what is wrong.
func TestExamplesAreHeld(t *testing.T) {
	c, err := load(t, "rules:\n  - {name: toil, when: 'titled(\"toil\")', forced: 9}\nexamples:\n"+
		"  - {item: {title: Toil}, expect: {drive: forced, rules: [toil], not: [crash]}}\n"+
		"  - {item: {title: Toil, labels: [x]}, expect: {drive: discretionary, not: [toil]}}\n")
	if err != nil {
		t.Fatal(err)
	}
	n, failed, err := c.Test()
	if err != nil || n != 2 || len(failed) != 1 {
		t.Fatalf("%d examples, %+v, %v", n, failed, err)
	}
	if f := failed[0]; !strings.Contains(f.Where, "r.yaml:5:") || len(f.Wrong) != 2 || f.Wrong[0] != `drive is "forced", not "discretionary"` {
		t.Errorf("%+v", f)
	}
}

// TestBuiltinExamples: the built-in rules hold what their own examples expect.
func TestBuiltinExamples(t *testing.T) {
	c, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	n, failed, err := c.Test()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range failed {
		t.Errorf("%s: %s: %s\n%v", f.Where, f.Title, strings.Join(f.Wrong, "; "), names(f.Verdict))
	}
	if n < 20 {
		t.Errorf("%d examples", n)
	}
}

func TestPublishedRulesetJudgesTheSame(t *testing.T) {
	c, err := load(t, "rules:\n  - {name: own, when: 'labelled(\"x\")', long: 5}\n")
	if err != nil {
		t.Fatal(err)
	}
	id, body, err := c.Ruleset()
	if err != nil {
		t.Fatal(err)
	}
	again, err := FromBody(body)
	if err != nil {
		t.Fatal(err)
	}
	if id2, _, _ := again.Ruleset(); id2 != id {
		t.Errorf("id %s became %s", id, id2)
	}
	if strings.Contains(string(body), t.TempDir()[:8]) {
		t.Error("a path of this machine was published")
	}
	it := &Item{Title: "Anything", Labels: []string{"x"}, DueInDays: noDue}
	if a, b := judge(t, c, it), judge(t, again, it); !reflect.DeepEqual(a, b) {
		t.Errorf("%+v\n%+v", a, b)
	}
}

func TestWordsMatchWholeWords(t *testing.T) {
	w := newWords([]string{"ice", "crash*", "crash", "не работает", "c++", "崩溃", "クラッシュ", "遅い", "慢", "ダウン"})
	for _, c := range []struct {
		text, term string
		want       bool
	}{
		{"an ICE here", "ice", true},
		{"nice", "ice", false},
		{"ice_cream", "ice", false},
		{"It crashes", "crash*", true},
		{"It crashes", "crash", false},
		{"a crash", "crash", true},
		{"uncrashed", "crash*", false},
		{"Кнопка НЕ РАБОТАЕТ!", "не работает", true},
		{"use C++.", "c++", true},
		{"服务崩溃，用户无法登录", "崩溃", true},
		{"アプリがクラッシュする", "クラッシュ", true},
		{"検索が遅いです", "遅い", true},
		{"API慢了", "慢", true},
		{"崩れた", "崩溃", false},
		{"サーバーがダウンした", "ダウン", true},
		{"ダウンロード", "ダウン", false},
		{"", "ice", false},
	} {
		s := &seen{text: "another", found: make([]bool, len(w.terms))}
		w.mark(s, c.text, nil)
		if got := s.found[w.terms[c.term]]; got != c.want {
			t.Errorf("%q in %q: %v", c.term, c.text, got)
		}
	}
}

func TestLabelFamilies(t *testing.T) {
	for _, c := range []struct {
		label, pattern string
		want           bool
	}{
		{"bug", "bug", true},
		{"kind/bug", "bug", true},
		{"type: bug", "bug", true},
		{"type::bug", "bug", true},
		{"C-bug", "bug", true},
		{">bug", "bug", true},
		{"00 - Bug", "bug", true},
		{"bug :beetle:", "bug", true},
		{"bug 🐛", "bug", true},
		{"debug", "bug", false},
		{"bugfix", "bug", false},
		{"not a bug", "bug", false},
		{"regression-22.x", "regression*", true},
		{"priority/critical-urgent", "critical-urgent", true},
		{"Good First Issue", "good-first-issue", true},
		{"severity::1", "severity 1", true},
		{"Priority: High", "priority-high", true},
		{"area/high-availability", "high", false},
		{"缺陷", "缺陷", true},
		{"", "bug", false},
		{"::", "bug", false},
	} {
		h := &helper{name: "labelled", args: []string{fold(c.pattern)}}
		l := tagOf(c.label)
		if got := h.holds(&env{folded: []*tag{&l}}); got != c.want {
			t.Errorf("%q fits %q: %v", c.label, c.pattern, got)
		}
	}
}

func TestTitlesBegin(t *testing.T) {
	for _, c := range []struct {
		title, term string
		want        bool
	}{
		{"Add a button", "add", true},
		{"Address the button", "add", false},
		{"Address the button", "add*", true},
		{"[ui] Android: Add a button", "add", true},
		{"feat(ui): add a button", "add", true},
		{"(WIP) [ui]: fix it", "fix", true},
		{"The button: add it", "add", true},
		{"The very long name of it: add", "add", false},
		{"Please add a button", "add", false},
		{"添加导出功能", "添加", true},
		{"界面：添加按钮", "添加", false},
		{"[", "add", false},
		{":", "add", false},
		{"", "add", false},
	} {
		h := &helper{name: "begins", args: []string{c.term}}
		if got := h.holds(&env{begin: beginning(c.title)}); got != c.want {
			t.Errorf("%q begins with %q: %v", c.title, c.term, got)
		}
	}
}

// TestVerdictIsSound: whatever an item says, the verdict is valid, explained by its evidence, and the same again.
func TestVerdictIsSound(t *testing.T) {
	c, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	_, published, err := c.Ruleset()
	if err != nil {
		t.Fatal(err)
	}
	replayed, err := FromBody(published)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(1, 2e9).Draw(t, "at"), 0).UTC()
		words := rapid.SliceOf(rapid.SampledFrom([]string{"crash", "migrate", "docs", "add", "GDPR", "epic", "日本", "\x00", "outage", "?", "typo"}))
		body := strings.Join(words.Draw(t, "body"), " ")
		r := &event.Revision{
			ItemID: "s/issue/1", Source: "s", Project: "p", Key: "p-1", Change: "created", Observation: "raw-1", ValidFrom: at, RecordedAt: at,
			Item: event.Item{
				Kind: rapid.SampledFrom([]event.Kind{event.KindIssue, event.KindIncident, event.KindPullRequest}).Draw(t, "kind"),
				Type: rapid.SampledFrom([]string{"", "Bug", "Epic", "Story"}).Draw(t, "type"), Title: strings.Join(words.Draw(t, "title"), " "),
				Body: &body, Labels: rapid.SliceOf(rapid.String()).Draw(t, "labels"), State: event.StateOpen, CreatedAt: at,
			},
		}
		m, err := event.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.Handle(&m)
		if err != nil || len(out) != 1 {
			t.Fatalf("%v %v", out, err)
		}
		v := out[0].(*event.Classification)
		if err := v.Validate(); err != nil {
			t.Fatal(err)
		}
		forced, long := c.prior.Forced, c.prior.Long
		for _, e := range v.Evidence {
			forced, long = forced+e.Forced, long+e.Long
		}
		if logistic(forced) != v.Forced || logistic(long) != v.Long {
			t.Fatalf("the evidence does not add up to the scores: %+v", v)
		}
		if (v.Quadrant == "undetermined") != (v.Drive == "undetermined" || v.Horizon == "undetermined") {
			t.Fatalf("quadrant %s of %s, %s", v.Quadrant, v.Drive, v.Horizon)
		}
		// A replay by the published text says the same, byte for byte, under the same id.
		if again, err := replayed.Handle(&m); err != nil || !reflect.DeepEqual(again, out) {
			t.Fatalf("replayed: %+v, %v", again, err)
		}
		if again, _ := c.Handle(&m); !reflect.DeepEqual(again, out) {
			t.Fatal("another verdict on the same revision")
		}
	})
}

func TestHandlePassesOverTheRest(t *testing.T) {
	c, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	m := event.Message{Headers: []event.Header{{Key: "ce_specversion", Value: []byte("1.0")}, {Key: "ce_type", Value: []byte(event.TypeActivity)}}}
	if out, err := c.Handle(&m); err != nil || out != nil {
		t.Errorf("%v %v", out, err)
	}
	m.Headers[1].Value = []byte("workmix.nonsense.v1")
	if _, err := c.Handle(&m); err == nil {
		t.Error("an unknown type passed")
	}
}

func BenchmarkJudge(b *testing.B) {
	c, err := New("")
	if err != nil {
		b.Fatal(err)
	}
	it := &Item{Kind: "issue", Type: "bug", Title: "Payments crash after the upgrade", Body: strings.Repeat("a text of some length about nothing in particular ", 60), DueInDays: noDue}
	b.ReportAllocs()
	body := it.Body
	for i := 0; b.Loop(); i++ {
		it.Body = body[i%2:] // never the text before
		if _, err := c.Judge(it); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHandle is the whole stage but for the log: decode, judge, encode.
func BenchmarkHandle(b *testing.B) {
	c, err := New("")
	if err != nil {
		b.Fatal(err)
	}
	at := time.Unix(1e9, 0).UTC()
	body := strings.Repeat("a text of some length about nothing in particular ", 60)
	m, err := event.Encode(&event.Revision{
		ItemID: "s/issue/1", Source: "s", Project: "p", Key: "p-1", Change: "created", Observation: "raw-1", ValidFrom: at, RecordedAt: at,
		Item: event.Item{Kind: event.KindIssue, Type: "Bug", Title: "Payments crash after the upgrade", Body: &body, Labels: []string{"p1"}, State: event.StateOpen, CreatedAt: at},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		out, err := c.Handle(&m)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := event.Encode(out[0]); err != nil {
			b.Fatal(err)
		}
	}
}

// TestCountersReachTheRules: a rule over subtasks sees what the revision's observation counted, and nothing else of the
// verdict's identity depends on it.
func TestCountersReachTheRules(t *testing.T) {
	r := &event.Revision{Item: event.Item{Title: "T"}, Counts: &event.Counts{Subtasks: 5, Links: 2, Comments: 9}}
	if it := itemOf(r); it.Subtasks != 5 || it.Links != 2 || it.Comments != 9 {
		t.Errorf("the rules see %+v", it)
	}
	c, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	many, err := c.Judge(itemOf(r))
	if err != nil {
		t.Fatal(err)
	}
	r.Counts = nil
	none, err := c.Judge(itemOf(r))
	if err != nil {
		t.Fatal(err)
	}
	if many.Long <= none.Long {
		t.Errorf("long is %v with five subtasks and %v without", many.Long, none.Long)
	}
}
