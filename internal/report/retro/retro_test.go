package retro

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

var update = flag.Bool("update", false, "write the golden files anew")

// answers gives the questions' rows from a file of JSON lines each, by the question's name.
func answers(t *testing.T, dir string) Ask {
	return func(_ context.Context, q *queries.Question, _ map[string]string, do func(report.Rows) error) error {
		b, err := os.ReadFile(filepath.Join(dir, q.Name+".jsonl"))
		if errors.Is(err, os.ErrNotExist) {
			return nil
		} else if err != nil {
			t.Fatal(err)
		}
		return do(&lines{d: json.NewDecoder(bytes.NewReader(b)), columns: q.Columns})
	}
}

// lines are rows whose columns are all of them, told as they are.
type lines struct {
	d       *json.Decoder
	columns []queries.Column
}

func (l *lines) Columns() []report.Column {
	var out []report.Column
	for _, c := range l.columns {
		out = append(out, report.Column{Name: c.Name, Type: "Any"})
	}
	return out
}

func (l *lines) Next() ([]any, error) {
	if !l.d.More() {
		return nil, io.EOF
	}
	row := map[string]any{}
	if err := l.d.Decode(&row); err != nil {
		return nil, err
	}
	var out []any
	for _, c := range l.columns {
		v := row[c.Name]
		if v == nil && (c.Name == "items" || c.Name == "unseen" || c.Name == "dead_letters") {
			v = 0
		}
		out = append(out, v)
	}
	return out, nil
}

func options(team string) Options {
	at := time.Date(2026, 10, 3, 12, 0, 0, 0, time.UTC)
	return Options{
		Quarter:  Quarter{Name: "2026-Q3", From: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)},
		Previous: "2026-Q2", Team: team, WeekStarts: time.Monday,
		Said: []Said{
			{ID: "a1", Quarter: "2026-Q2", Team: "api", Text: "Write <the> runbook | now", Action: true, Owner: "ana", Due: "2026-Q3", At: at.AddDate(0, -3, 0)},
			{ID: "a2", Quarter: "2026-Q1", Team: "api", Text: "Long done", Action: true, Owner: "ana", Due: "2026-Q2", Done: true, At: at.AddDate(0, -6, 0), DoneAt: at.AddDate(0, -5, 0)},
			{ID: "n1", Quarter: "2026-Q3", Team: "api", Text: "The outage took all of us", At: at},
			{ID: "n2", Quarter: "2026-Q3", Team: "ops", Text: "Not of api", At: at},
		},
	}
}

// TestGolden gathers from rows that a person can add up, and compares all three forms.
func TestGolden(t *testing.T) {
	for name, team := range map[string]string{"team": "api", "organisation": ""} {
		n, err := Gather(t.Context(), answers(t, "testdata/rows"), options(team))
		if err != nil {
			t.Fatal(err)
		}
		page, err := n.HTML()
		if err != nil {
			t.Fatal(err)
		}
		numbers, err := n.JSON()
		if err != nil {
			t.Fatal(err)
		}
		for ending, got := range map[string][]byte{"json": numbers, "md": n.Markdown(), "html": page} {
			file := filepath.Join("testdata", name+"."+ending)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(got)); d != "" {
				t.Errorf("%s (go test ./internal/report/retro -update):\n%s", file, d)
			}
		}
		well(t, page)
		again, err := ReadNumbers(numbers)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Markdown(), n.Markdown()) {
			t.Errorf("%s: what is rendered is not in the numbers", name)
		}
	}
}

// well checks that a page names every drawing, loads nothing and is well formed where it has drawings.
func well(t *testing.T, page []byte) {
	t.Helper()
	text := string(page)
	for _, bad := range []string{"<script", "http-equiv=\"refresh\"", "src=", "@import", "url(", "<the>"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	rest := text
	for n := 0; ; n++ {
		_, after, ok := strings.Cut(rest, "<svg ")
		if !ok {
			if n < 4 {
				t.Errorf("only %d drawings", n)
			}
			return
		}
		drawing, after, _ := strings.Cut(after, "</svg>")
		rest = after
		drawing = "<svg " + drawing + "</svg>"
		for d := xml.NewDecoder(strings.NewReader(drawing)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v in %s", err, drawing)
			}
		}
		if !strings.Contains(drawing, "<title ") || !strings.Contains(drawing, "<desc ") || !strings.Contains(drawing, "role=\"img\"") || strings.Contains(drawing, "NaN") {
			t.Errorf("a drawing without a name, or with NaN: %.300s", drawing)
		}
	}
}

func TestSentence(t *testing.T) {
	base := func() *Numbers {
		return &Numbers{Quarter: "2026-Q3", Team: "api", TeamName: "API", Complete: true, Headline: Headline{
			Verdict: "gap", Category: "user_asks", Gap: pointer(0.12), Low: pointer(0.05), High: pointer(0.2), Planned: pointer(0.3), Observed: pointer(0.42), Limit: 0.3, Holds: "both",
		}}
	}
	for _, c := range []struct {
		change func(*Numbers)
		want   string
	}{
		{func(*Numbers) {}, "API spent 12 points more on user asks than planned in 2026-Q3 (42% of the placed time against 30%; the difference lies between +5 and +20 points)."},
		{func(n *Numbers) { n.Headline.Holds = "broad" }, "API spent 12 points more on user asks than planned in 2026-Q3 (42% of the placed time against 30%; the difference lies between +5 and +20 points), which holds only if ordinary defects count as forced work."},
		{func(n *Numbers) { n.Headline.First, n.Headline.Unplaced = true, 0.41 }, "41% of the time cannot be placed, so what follows is about the rest: API spent 12 points more"},
		{func(n *Numbers) { n.Headline.Verdict, n.Headline.Low = "no_reliable_difference", pointer(-0.03) }, "No reliable difference between plan and actual for API in 2026-Q3 (the largest is user asks, +12 points, which may be anything from −3 to +20)."},
		{func(n *Numbers) { n.Headline.Verdict, n.Headline.Holds = "no_reliable_difference", "strict" }, ", but there is one if ordinary defects do not count as forced work."},
		{func(n *Numbers) {
			n.Headline = Headline{Verdict: "no_plan"}
			n.Allocation = []Allocation{{Category: "user_asks", Observed: pointer(1)}}
		}, "API had no plan in 2026-Q3, so there is no gap to tell; its placed time went to 100% user asks."},
		{func(n *Numbers) { n.Complete, n.Through = false, "2026-08-15" }, "in 2026-Q3 so far (through 2026-08-15)"},
		{func(n *Numbers) { n.Team = "" }, "The organisation spent 12 points more"},
		{func(n *Numbers) { n.Headline = Headline{Verdict: "no_effort"} }, "API: nobody's work in 2026-Q3 is known, so nothing can be said."},
	} {
		n := base()
		c.change(n)
		if got := n.Sentence(); !strings.Contains(got, c.want) || strings.Count(got, ". ") > 0 {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// TestEveryRuleHasWords: no question is printed as its rule's name.
func TestEveryRuleHasWords(t *testing.T) {
	source, err := os.ReadFile("questions.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, part := range strings.Split(string(source), `Rule: "`)[1:] {
		rule, _, _ := strings.Cut(part, `"`)
		n++
		if got := (Question{Rule: rule, Subject: "x", Value: pointer(0.5), Count: 2}).text(); !strings.Contains(got, "?") || strings.Contains(got, "%!") {
			t.Errorf("%s is asked as %q", rule, got)
		}
	}
	if n < 15 {
		t.Errorf("only %d rules", n)
	}
}

// TestTrace makes up numbers that each change at a known time, and asks why.
func TestTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var steps []Step
		at := int64(1000)
		for range rapid.IntRange(0, 8).Draw(t, "steps") {
			at += int64(rapid.IntRange(2, 50).Draw(t, "gap"))
			steps = append(steps, Step{at, rapid.SampledFrom([]string{"override", "plan revision", "ruleset"}).Draw(t, "cause")})
		}
		end := at + int64(rapid.IntRange(1, 50).Draw(t, "rest"))
		type change struct {
			at    int64
			cause string
		}
		truth := map[string]change{}
		for i := range rapid.IntRange(0, 5).Draw(t, "numbers") {
			c := change{int64(rapid.IntRange(1001, int(end)).Draw(t, "at")), LateData}
			for _, s := range steps {
				if s.At == c.at {
					c.cause = s.Cause
				}
			}
			truth[fmt.Sprintf("n%d", i)] = c
		}
		asked := 0
		got, err := Trace(1000, end, steps, func(known int64) ([]Value, error) {
			asked++
			var out []Value
			for name, c := range truth {
				v := Value{name, "before"}
				if known >= c.at {
					v.Text = "after"
				}
				out = append(out, v)
			}
			return out, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range truth {
			if len(got[name]) != 1 || got[name][0] != c.cause {
				t.Fatalf("%s changed at %d by %s, got %v", name, c.at, c.cause, got[name])
			}
		}
		if len(got) != len(truth) || len(truth) == 0 && asked > 2 {
			t.Fatalf("got %v after %d questions, want %v", got, asked, truth)
		}
	})
}

func TestFlatten(t *testing.T) {
	got, err := Flatten([]byte(`{"known_at": "x", "a": {"b": 1.5, "c": null}, "list": [{"id": "p", "v": true}, {"id": "p", "v": false}, 7], "empty": []}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Value{{"a.b", "1.5"}, {"a.c", "null"}, {"list[7]", "7"}, {"list[p#2].id", "p"}, {"list[p#2].v", "false"}, {"list[p].id", "p"}, {"list[p].v", "true"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestKnown(t *testing.T) {
	at := func(d int) time.Time { return time.Date(2026, 7, d, 0, 0, 0, 0, time.UTC) }
	all := []Said{
		{ID: "a", Text: "do", Action: true, At: at(1)},
		{ID: "a", Text: "do", Action: true, Done: true, DoneAt: at(5)},
		{ID: "a", Text: "do", Action: true, At: at(7)}, // said again it stays done
		{ID: "n", Text: "later", At: at(6)},
	}
	if got := Known(all, at(4)); len(got) != 1 || got[0].Done {
		t.Errorf("on the 4th: %+v", got)
	}
	if got := Known(all, time.Time{}); len(got) != 2 || !got[0].Done || !got[0].At.Equal(at(1)) || !got[0].DoneAt.Equal(at(5)) {
		t.Errorf("in the end: %+v", got)
	}
}
