package classify

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestHugeItems: what an item holds beyond what the rules read costs neither time nor memory.
func TestHugeItems(t *testing.T) {
	c, err := load(t, "rules:\n  - {name: slow, when: 'body matches \"(a+)+$\" || title matches \"(x*)*y\"', forced: 1}\n")
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]string, 50_000)
	for i := range labels {
		labels[i] = strings.Repeat("kind/", i%100) + "bug :emoji:"
	}
	for name, it := range map[string]*Item{
		"long body":           {Title: "Crash", Body: strings.Repeat("the body crashes and crashes ", 10<<20/29)},
		"one long word":       {Title: "Crash", Body: strings.Repeat("a", 10<<20)},
		"long title":          {Title: strings.Repeat("[x] fix: ", 1<<20), Body: "x"},
		"open brackets":       {Title: strings.Repeat("[", 1<<20), Body: strings.Repeat("[ ]", 1<<20)},
		"control characters":  {Title: "Crash\x00\x01\u2028", Body: strings.Repeat("\x00\x1b[31m\r", 1<<20)},
		"right to left":       {Title: "\u202eתקלה בשרת", Body: strings.Repeat("انهار التطبيق \u200f", 1<<18)},
		"no UTF-8":            {Title: "\xff\xfeCrash", Body: strings.Repeat("\xf0\x9f", 1<<20)},
		"thousands of labels": {Title: "Crash", Labels: labels},
		"a long label":        {Title: "Crash", Labels: []string{strings.Repeat("a:", 1<<20)}, Type: strings.Repeat("-", 1<<20)},
	} {
		it.DueInDays = noDue
		judge(t, c, it) // the pool's first item pays for its buffers
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		v := judge(t, c, it)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		// Generous, for a busy machine: read whole, these would take many times as long.
		if b := after.TotalAlloc - before.TotalAlloc; b > 4<<20 || took > 5*time.Second {
			t.Errorf("%s: %v and %d bytes", name, took, b)
		}
		out, err := json.Marshal(v)
		if err != nil || len(out) > 32<<10 || !utf8.Valid(out) {
			t.Errorf("%s: a verdict of %d bytes, %v", name, len(out), err)
		}
	}
}

// FuzzJudge: whatever an item says, it is judged, the same each time, and its verdict is JSON.
func FuzzJudge(f *testing.F) {
	c, err := New("")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("Crash when saving", "- [ ] a\n- [x] b", "kind/bug", "Bug", "P1")
	f.Add("", "", "", "", "")
	f.Add("[a] (b) c: d", "\x00\xff", "::/", ":x:", "- -")
	f.Add("feat(ui)!: İstanbul ẞ ﬃ", "can't don’t @a a@b.c http://x/y", "00 - Bug 🐛", "缺陷", "1 - high")
	f.Fuzz(func(t *testing.T, title, body, label, typ, priority string) {
		o := Offline{Title: title, Body: body, Labels: []string{label, strings.ToUpper(label)}, Type: typ, Priority: priority}
		v, err := c.Judge(o.Item())
		if err != nil {
			t.Fatal(err)
		}
		one, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		again, err := c.Judge(o.Item())
		if err != nil {
			t.Fatal(err)
		}
		two, err := json.Marshal(again)
		if err != nil || string(one) != string(two) {
			t.Errorf("%s\n%s\n%v", one, two, err)
		}
	})
}

// FuzzRules: whatever a file of rules says, it is refused in one line that names the file, or judges an item, or
// says why it cannot.
func FuzzRules(f *testing.F) {
	f.Add("rules:\n  - {name: a, when: 'titled(\"x*\") && labelled(\"a/b\")', forced: 1}\n")
	f.Add("only: 'project == \"x\"'\nband: 0.2\ntext: {forced: 1, long: 1, yield: 1}\nrules: []\n")
	f.Add("examples:\n  - {item: {title: x, labels: [a]}, expect: {drive: forced}}\n")
	f.Add("rules:\n  - {name: a, when: 'title matches \"(a+)+$\" || body matches \"(x|xy?)*z{2,9}\"', forced: 1.5, long: -.5}\n")
	f.Add("prior: {forced: .nan, long: 1e999}\nrules:\n  - {name: a, when: 'points / lines > 3 && any(labels, # startsWith \"x\")', forced: 1}\n")
	f.Add("rules: [")
	f.Add("&a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := compile([]layer{{"r.yaml", text}})
		if err == nil {
			v, err := c.Judge((&Offline{Title: strings.Repeat("a", 200) + "!", Body: strings.Repeat("xy", 5000), Labels: []string{"x"}}).Item())
			if err != nil {
				return // as a slice out of bounds; the item becomes a dead letter
			}
			if _, err := json.Marshal(v); err != nil {
				t.Error(err)
			}
		}
		if err != nil && (!strings.HasPrefix(err.Error(), "r.yaml:") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%q", err)
		}
	})
}
