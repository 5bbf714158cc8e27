package classify

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/event"
)

// TestEngineVersion: the same rules judge as they always did under this version of the engine. A program whose engine judges
// otherwise would change live verdicts under the ruleset's old id: it has to take another version, and then the rules arrive
// as a candidate.
func TestEngineVersion(t *testing.T) {
	const golden = "testdata/engine.golden"
	got := engineVersion + " " + engineDigest(t) + "\n"
	b, err := os.ReadFile(golden)
	if err != nil && !*update {
		t.Fatal(err)
	}
	want := string(b)
	switch {
	case got == want:
	case strings.HasPrefix(want, engineVersion+" "):
		t.Errorf("the engine judges otherwise than version %s did: raise engineVersion, then go test -run EngineVersion -update", engineVersion)
	case *update:
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("engineVersion is another: go test -run EngineVersion -update")
	}
}

// engineDigest stands for what the engine makes of many made-up items.
func engineDigest(t *testing.T) string {
	var layers []layer
	for _, name := range []string{"engine.yaml", "engine.tsv"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		layers = append(layers, layer{name, string(b)})
	}
	c, err := compile(layers)
	if err != nil {
		t.Fatal(err)
	}
	applied, counted := map[string]bool{}, 0
	sum := sha256.New()
	add := func(it *Item) {
		v := judge(t, c, it)
		for _, e := range v.Evidence {
			applied[e.Rule] = true
		}
		counted++
		v.Ruleset = ""
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(out)
	}
	titles := []string{
		"Crash when saving", "Add caching", "[ui] Android: implement queries (again)", "fix(api)!: can't read", "feat: slow migration of 2027-03-01",
		"ICE in readAll::next() of a_b --flag iOS mTLS", "Nice icecream", "崩溃 не работает", "服务崩溃了", "слово: Слова", "Crashes, crashed and crashing queries: client-side caching", "", "x",
	}
	bodies := []string{"", "- [ ] a\n- [x] b\n- [X] c", "corrupted C++ data losses; DEADLINE @ana a/b.c crashing", strings.Repeat("slow query ", 400) + "data loss", "data loss\x00\u200fне работает"}
	labels := [][]string{nil, {"kind/bug", "area/x"}, {"Severity::1", "size: S"}, {"tech-debt :bug:"}, {"asked-by: payments", "Customer/ACME corp"}, {"C-bug", "00 - Bug", ">bug", "debug"}}
	for i, title := range titles {
		for j, body := range bodies {
			for k, l := range labels {
				o := Offline{Title: title, Body: body, Labels: l, Type: []string{"", "Bug", "Sub-task"}[(i+j)%3], Priority: []string{"", "P0", "1 - High", "1"}[(j+k)%4], Components: [][]string{nil, {"db", "x"}, {"db"}}[(i+k)%3]}
				it := o.Item()
				if (i+j+k)%4 == 0 {
					it = itemOf(&event.Revision{Source: "code", Project: "acme/api", Item: event.Item{
						Kind: event.KindPullRequest, Title: title, Body: &body, Labels: l, State: event.StateDone, Status: "Merged", Resolution: "Fixed", Milestone: "1.2",
						Draft: k%2 == 0, Size: &event.Size{Additions: 60 * k, Deletions: 30 * j, Files: k, Commits: j},
					}, Counts: &event.Counts{Subtasks: j, Links: k, Comments: 5 * i}})
				}
				if (i+k)%5 == 0 {
					it.DueInDays, it.AgeDays = float64(j), float64(40*k)
				}
				add(it)
			}
		}
	}
	for _, r := range c.rules {
		if !applied[r.Name] {
			t.Errorf("rule %s applies to none of the items", r.Name)
		}
	}
	if counted != len(titles)*len(bodies)*len(labels) {
		t.Errorf("%d items", counted)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
