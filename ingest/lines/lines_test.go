package lines_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/lines"
	"github.com/workmix/workmix/internal/event"
)

func given(t testing.TB, text, form string) []ingest.Given {
	t.Helper()
	im, err := lines.Check(strings.NewReader(text), form, "pager", now)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var out []ingest.Given
	for g, err := range im.Items() {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	return out
}

func at(text string) *time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return &t
}

// TestFormsSayTheSame: an item is the same whichever form tells it.
func TestFormsSayTheSame(t *testing.T) {
	points := 2.5
	want := []ingest.Given{{ID: "pager/pull_request/77", Kind: event.KindPullRequest, Rows: []event.Row{{
		ID: "77", Key: "MR-1", Project: "web", URL: "https://example.org/1", Kind: event.KindPullRequest, Type: "MR", Title: `"Faster", they said`, Body: "one\ntwo",
		State: event.StateDropped, Status: "closed", Resolution: "won't do", Priority: "P1", Labels: []string{"a", "b c"}, Components: []string{"x"}, Milestone: "1.0", Sprint: "S1",
		Points: &points, DueAt: at("2026-04-01T00:00:00Z"), Author: "ana", AuthorBot: true, Assignees: []string{"bo"}, ParentKey: "OPS-1", Draft: true,
		CreatedAt: *at("2026-03-01T00:00:00Z"), StartedAt: at("2026-03-01T09:30:00Z"), ClosedAt: at("2026-03-02T10:00:00Z"), UpdatedAt: at("2026-03-02T08:00:00.5Z"),
	}}}}
	object := `{"id": 77, "key": "MR-1", "project": "web", "url": "https://example.org/1", "kind": "pull_request", "type": "MR", "title": "\"Faster\", they said",
		"body": "one\ntwo", "state": "dropped", "status": "closed", "resolution": "won't do", "priority": "P1", "labels": ["b c", "a", " a "], "components": ["x", ""],
		"milestone": "1.0", "sprint": "S1", "points": 2.5, "due_at": "2026-04-01", "author": "ana", "author_is_bot": true, "assignees": ["bo"], "parent_key": "OPS-1", "draft": true,
		"created_at": "2026-03-01", "started_at": "2026-03-01 09:30", "closed_at": "2026-03-02T11:00:00+01:00", "updated_at": "2026-03-02T08:00:00.500Z", "merged_at": null}`
	for form, text := range map[string]string{
		lines.Lines: strings.ReplaceAll(object, "\n", " "),
		lines.List:  "[" + object + "]",
		lines.CSV: "\ufeffid,key,project,url,kind,type,title,body,state,status,resolution,priority,labels,components,milestone,sprint,points,due_at,author,author_is_bot,assignees,parent_key,draft,created_at,started_at,closed_at,updated_at,merged_at\r\n" +
			`77,MR-1,web,https://example.org/1,pull_request,MR,"""Faster"", they said","one` + "\n" + `two",dropped,closed,won't do,P1,b c; a;a,x;,1.0,S1,2.5,2026-04-01,ana,yes,bo,OPS-1,1,2026-03-01,2026-03-01 09:30,2026-03-02T11:00:00+01:00,2026-03-02T08:00:00.500Z,` + "\r\n",
	} {
		if d := cmp.Diff(want, given(t, text, form)); d != "" {
			t.Errorf("%s (-want +got):\n%s", form, d)
		}
	}
}

// TestBadLines: each is named with its number, its field and what to do about it.
func TestBadLines(t *testing.T) {
	const dated = `"key": "A-1", "title": "x", "created_at": "2026-03-01"`
	long := strings.Repeat("x", 1001)
	for _, c := range []struct{ form, text, want string }{
		{lines.Lines, `{}`, "line 1: field key: it is missing"},
		{lines.Lines, `{"key": "A-1", "created_at": "2026-03-01"}`, "line 1: field title: it is missing"},
		{lines.Lines, "\n\n" + `{"key": "A-1", "title": "x"}`, "line 3: field created_at: it is missing: write 2026"},
		{lines.Lines, `{"key": " ", "title": "x", "created_at": "2026-03-01"}`, "line 1: field key: it is missing"},
		{lines.Lines, `{` + dated + `, "team": "x"}`, `line 1: there is no field "team": docs/import.md lists those there are`},
		{lines.Lines, `{` + dated + `, "Due-At": "2026-03-01"}`, `line 1: there is no field "Due-At": it is written due_at`},
		{lines.Lines, `{` + dated + `, "title": "y"}`, "line 1: field title: it is there twice"},
		{lines.Lines, `{` + dated + `, "labels": "one"}`, `line 1: field labels: it is one value: give a list, such as ["one", "two"]`},
		{lines.Lines, `{` + dated + `, "labels": [1]}`, "line 1: field labels: its values must be texts"},
		{lines.Lines, `{` + dated + `, "labels": ["a` + `\u0000` + `"]}`, "line 1: field labels: it holds the control character U+0000: take it out"},
		{lines.Lines, `{` + dated + `, "status": ["a"]}`, "line 1: field status: it is a list: give one value"},
		{lines.Lines, `{` + dated + `, "status": {"name": "a"}}`, "line 1: field status: it is an object: give one value"},
		{lines.Lines, `{` + dated + `, "body": "a` + `\u001b[31m` + `"}`, "line 1: field body: it holds the control character U+001B"},
		{lines.Lines, `{` + dated + `, "status": "a\nb"}`, "line 1: field status: it holds the control character U+000A"},
		{lines.Lines, `{` + dated + `, "status": "` + long + `"}`, "line 1: field status: it has 1001 characters: 1000 are the most"},
		{lines.Lines, `{` + dated + `, "state": "closed"}`, `line 1: field state: "closed" is none of open, in_progress, done, dropped`},
		{lines.Lines, `{` + dated + `, "kind": "bug"}`, `line 1: field kind: "bug" is none of issue, incident, pull_request`},
		{lines.Lines, `{` + dated + `, "points": "NaN"}`, `line 1: field points: "NaN" is not a number from 0 on`},
		{lines.Lines, `{` + dated + `, "points": -1}`, "line 1: field points: "},
		{lines.Lines, `{` + dated + `, "draft": "perhaps"}`, `line 1: field draft: "perhaps" is neither true nor false`},
		{lines.Lines, `{` + dated + `, "url": "javascript:alert(1)"}`, "line 1: field url: "},
		{lines.Lines, `{` + dated + `, "parent_key": "A 1"}`, `line 1: field parent_key: "A 1" holds a space`},
		{lines.Lines, `{` + dated + `, "closed_at": "yesterday"}`, `line 1: field closed_at: "yesterday" is not a time: write 2026`},
		{lines.Lines, `{` + dated + `, "closed_at": "1965-01-01"}`, "line 1: field closed_at: the year 1965 cannot be"},
		{lines.Lines, `{` + dated + `, "closed_at": "2026-02-28"}`, "line 1: field closed_at: 2026-02-28T00:00:00Z lies before created_at (2026-03-01T00:00:00Z)"},
		{lines.Lines, `{` + dated + `, "closed_at": "2026-03-12"}`, "line 1: field closed_at: 2026-03-12T00:00:00Z lies in the future"},
		{lines.Lines, `{` + dated + `, "state": "done"}`, "line 1: field closed_at: the item is done, but the line does not say since when"},
		{lines.Lines, `{` + dated + `, "state": "open", "closed_at": "2026-03-02"}`, "line 1: field state: it is open, but there is a closed_at"},
		{lines.Lines, `{` + dated + `, "state": "open", "started_at": "2026-03-02"}`, "line 1: field state: it is open, but there is a started_at"},
		{lines.Lines, `{` + dated + `, "started_at": "2026-03-03", "closed_at": "2026-03-02"}`, "line 1: field started_at: 2026-03-03T00:00:00Z lies after closed_at"},
		{lines.Lines, `{` + dated + `, "merged_at": "2026-03-02"}`, "line 1: field merged_at: only a pull request is merged"},
		{lines.Lines, `{` + dated + "}\n{" + strings.Replace(dated, `"x"`, `"y"`, 1) + "}", "line 2: field updated_at: line 1 says something else of A-1 as of the same time (2026-03-01T00:00:00Z)"},
		{lines.Lines, `{` + dated + `} {}`, "line 1: something follows the object: write one object a line"},
		{lines.Lines, `{` + dated, "line 1: it is not JSON: "},
		{lines.Lines, `[1]`, "line 1: it is not a JSON object such as "},
		{lines.Lines, "{\"key\": \"\xff\"}", "line 1: it is not UTF-8: save the file as UTF-8"},
		{lines.Lines, `{` + dated + `, "body": "` + strings.Repeat("x", 1<<20) + `"}`, "line 1: it is longer than 1048576 bytes"},
		{lines.Lines, `{` + dated + `, "body": "` + strings.Repeat("x", 200_001) + `"}`, "line 1: field body: it has 200001 characters: 200000 are the most"},
		{lines.Lines, `{` + dated + `, "labels": [` + strings.TrimSuffix(strings.Repeat(`"a",`, 101), ",") + `]}`, "line 1: field labels: it holds 101 values: 100 are the most"},
		{lines.List, `{` + dated + `}`, "it is not a list of objects: [{...}, {...}]; an object a line is jsonl"},
		{lines.List, `[{` + dated + `}, {]`, "line 2: it is not JSON, and what follows was not read: "},
		{lines.List, `[{` + dated + `}`, "the list is not ended"},
		{lines.List, `[{` + dated + `}] 1`, "something follows the list"},
		{lines.List, `[{` + dated + `}, {}]`, "line 2: field key: it is missing"},
		{lines.CSV, "key;title;created_at\nA;x;2026-03-01\n", "line 1: its names are not separated by commas: save the file as comma-separated values"},
		{lines.CSV, "key,name\nA,x\n", `line 1: there is no field "name": docs/import.md`},
		{lines.CSV, "key,key\nA,x\n", "line 1: field key: two columns bear this name"},
		{lines.CSV, "key,title,created_at\nA,x\n", "line 2: it has 2 cells, the first line has 3 names"},
		{lines.CSV, "key,title,created_at\nA,\"x\ny\",2026-03-01\nB,z,soon\n", `line 2: field title: it holds the control character U+000A`},
		{lines.CSV, "key,title,created_at\nA,x,2026-03-01\nB,z,soon\n", `line 3: field created_at: "soon" is not a time`},
		{lines.CSV, "key,title,created_at\nA,\"x,2026-03-01\nB,z,2026-03-01\n", "line 2: it is not CSV, and what follows was not read: "},
		{lines.CSV, "key,title,created_at\nA,\xff,2026-03-01\n", "line 2: field title: it is not UTF-8"},
	} {
		_, err := lines.Check(strings.NewReader(c.text), c.form, "pager", now)
		if err == nil || !strings.Contains("\n"+err.Error(), "\n"+c.want) {
			t.Errorf("%s %.200s:\n%v\nwant\n%s", c.form, c.text, err, c.want)
		}
	}
}

// TestBombs: what is nested deeply, or is one endless line, is refused within bounds.
func TestBombs(t *testing.T) {
	deep := strings.Repeat("[", 200_000)
	for _, c := range []struct{ form, text string }{
		{lines.Lines, `{"key": ` + deep},
		{lines.Lines, deep},
		{lines.Lines, `{"labels": [` + deep + strings.Repeat("]", 200_001) + `}`},
		{lines.Lines, strings.Repeat(`{"labels":`, 50_000)},
		{lines.List, deep},
		{lines.List, `[{"key": ` + deep},
		{lines.Lines, strings.Repeat("x", 8<<20)},
	} {
		if _, err := lines.Check(strings.NewReader(c.text), c.form, "pager", now); err == nil {
			t.Errorf("%s %.40s was taken", c.form, c.text)
		}
	}
}

// TestManyProblems: the first hundred are told, all are counted.
func TestManyProblems(t *testing.T) {
	_, err := lines.Check(strings.NewReader(strings.Repeat("x\n", 250)), lines.Lines, "pager", now)
	var p *lines.Problems
	if !errors.As(err, &p) || p.Bad != 250 || p.Lines != 250 || len(p.First) != lines.MaxProblems {
		t.Fatalf("%+v", p)
	}
	if text := err.Error(); !strings.HasPrefix(text, "250 of 250 lines cannot be imported, so nothing was\nline 1: ") || !strings.HasSuffix(text, "\nand 150 more") {
		t.Errorf("%.200s ... %s", text, text[len(text)-40:])
	}
}

// changing is a file that is another one when it is read again.
type changing struct {
	io.ReadSeeker
	then io.ReadSeeker
	n    int
}

func (c *changing) Seek(off int64, whence int) (int64, error) {
	if c.n++; c.n > 1 {
		c.ReadSeeker = c.then
	}
	return c.ReadSeeker.Seek(off, whence)
}

// TestFileThatChanges: what was not checked is not handed on.
func TestFileThatChanges(t *testing.T) {
	const a, b = `{"key": "A", "title": "x", "created_at": "2026-03-01"}` + "\n", `{"key": "B", "title": "x", "created_at": "2026-03-01"}` + "\n"
	for _, then := range []string{"", b, a + b, "x\n", a + a} {
		im, err := lines.Check(&changing{ReadSeeker: strings.NewReader(a), then: strings.NewReader(then)}, lines.Lines, "pager", now)
		if err != nil {
			t.Fatal(err)
		}
		var got error
		for _, err := range im.Items() {
			got = err
		}
		if got == nil || !strings.Contains(got.Error(), "it changed while it was read") {
			t.Errorf("%q: %v", then, got)
		}
	}
}

// TestItemsAreComplete: whatever the order of the lines, each item comes once, with all of its lines.
func TestItemsAreComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "lines")
		want := map[string]int{}
		var text bytes.Buffer
		w := csv.NewWriter(&text)
		w.Write([]string{"title", "key", "created_at", "updated_at"})
		for i := range n {
			key := fmt.Sprintf("K-%d", rapid.IntRange(0, 5).Draw(t, "key"))
			title := rapid.StringMatching(`[a-z",;='\-+@ ]{0,8}x`).Draw(t, "title")
			w.Write([]string{title, key, "2026-03-01", time.Date(2026, 3, 1, 0, i+1, 0, 0, time.UTC).Format(time.RFC3339)})
			want["pager/issue/"+key]++
		}
		w.Flush()
		im, err := lines.Check(strings.NewReader(text.String()), lines.CSV, "pager", now)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for g, err := range im.Items() {
			if err != nil {
				t.Fatal(err)
			}
			if got[g.ID] > 0 {
				t.Fatalf("%s comes twice", g.ID)
			}
			got[g.ID] = len(g.Rows)
			if !slices.IsSortedFunc(g.Rows, func(a, b event.Row) int { return a.UpdatedAt.Compare(*b.UpdatedAt) }) {
				t.Fatalf("%s: its lines are not in their order", g.ID)
			}
		}
		if d := cmp.Diff(want, got); d != "" || im.Lines != n {
			t.Fatalf("%d lines of %d\n%s", im.Lines, n, d)
		}
	})
}

// FuzzLines: whatever is handed over, it is refused or becomes rows that the log takes.
func FuzzLines(f *testing.F) {
	f.Add(`{"key": "A", "title": "x", "created_at": "2026-03-01"}`, 0)
	f.Add("key,title,created_at\nA,x,2026-03-01\n", 1)
	f.Add(`[{"key": "A", "title": "x", "created_at": "2026-03-01", "labels": ["a"]}]`, 2)
	f.Fuzz(func(t *testing.T, text string, form int) {
		im, err := lines.Check(strings.NewReader(text), []string{lines.Lines, lines.CSV, lines.List}[uint(form)%3], "pager", now)
		if err != nil {
			return
		}
		for g, err := range im.Items() {
			if err != nil {
				t.Fatal(err)
			}
			content, err := json.Marshal(event.Rows{Rows: g.Rows})
			if err != nil {
				t.Fatal(err)
			}
			raw := &event.Raw{
				Source: "pager", Tracker: event.TrackerImport, Project: g.Rows[0].Project, ItemID: g.ID, Key: g.Rows[0].Key, Kind: g.Kind, RecordedAt: now, Digest: "d", Content: content,
			}
			if _, err := event.Encode(raw); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// BenchmarkTenThousand reads ten thousand lines and hands them on.
func BenchmarkTenThousand(b *testing.B) {
	var text strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&text, `{"key": "INC-%d", "title": "The database refuses connections", "body": "%s", "created_at": "2026-03-01", "labels": ["sev1", "db"], "assignees": ["ana", "bo"]}`+"\n", i, strings.Repeat("It is down. ", 40))
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if n := len(given(b, text.String(), lines.Lines)); n != 10_000 {
			b.Fatal(n)
		}
	}
}
