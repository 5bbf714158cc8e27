package queries

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	placeholder = regexp.MustCompile(`\{(\w+):([^}]+)\}`)
	clock       = regexp.MustCompile(`(?i)\b(now|now64|today|yesterday|nowInBlock|current_timestamp|current_date|utc_timestamp|rand\w*)\b`)
)

// TestSQLReadsNoClock: the same question gives the same answer tomorrow.
func TestSQLReadsNoClock(t *testing.T) {
	n := 0
	for _, pattern := range []string{"catalog/*/*.sql", "views/*.sql", "views/parts/*.sql", "schema/*.sql"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			n++
			for line := range strings.SplitSeq(string(text), "\n") {
				if bookkeeping.MatchString(line) {
					continue
				}
				if code, _, _ := strings.Cut(line, "--"); clock.MatchString(comment.ReplaceAllString(code, "")) {
					t.Errorf("%s: %s", f, line)
				}
			}
		}
	}
	if n < 25 {
		t.Errorf("only %d files", n)
	}
}

// bookkeeping is the one clock that is read: when a row was stored, and when a derivation began. The two say what
// has to be derived again, and appear in no answer, which TestNoAnswerTellsAClock holds.
var bookkeeping = regexp.MustCompile(`ADD COLUMN IF NOT EXISTS inserted_at |AS decided, toString\(now64\(3, 'UTC'\)\) AS started`)

// TestNoAnswerTellsAClock: no view and no question reads the columns that hold the database's clock.
func TestNoAnswerTellsAClock(t *testing.T) {
	for _, pattern := range []string{"catalog/*/*.sql", "views/*.sql", "views/parts/*.sql"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(filepath.Base(f), "derive") && regexp.MustCompile(`\binserted_at\b`).Match(text) {
				t.Errorf("%s reads the database's clock", f)
			}
		}
	}
}

// comment matches what is text in a statement rather than code.
var comment = regexp.MustCompile(`'[^']*'|\{\{-? /\*.*`)

// TestCatalogBindsWhatItDeclares: every question binds its parameters, all of them, by their types, and is tested.
func TestCatalogBindsWhatItDeclares(t *testing.T) {
	all, err := Catalog()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 8 {
		t.Errorf("%d questions", len(all))
	}
	tests := ""
	files, _ := filepath.Glob("testdata/*.test")
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		tests += string(text)
	}
	for _, q := range all {
		used := map[string]string{}
		for _, m := range placeholder.FindAllStringSubmatch(q.SQL, -1) {
			if typ, ok := used[m[1]]; ok && typ != m[2] {
				t.Errorf("%s: {%s} is bound as %s and as %s", q.Name, m[1], typ, m[2])
			}
			used[m[1]] = m[2]
		}
		for _, p := range q.Params {
			if used[p.Name] != p.Type {
				t.Errorf("%s: parameter %s is declared as %s and bound as %q", q.Name, p.Name, p.Type, used[p.Name])
			}
			delete(used, p.Name)
		}
		if len(used) > 0 {
			t.Errorf("%s binds %v, which it does not declare", q.Name, used)
		}
		if !strings.Contains(tests, "\nask "+q.Name) {
			t.Errorf("%s has no test in testdata", q.Name)
		}
	}
}

func TestBind(t *testing.T) {
	q, err := parseQuestion("catalog/area/some.sql", `-- title: T
-- question: Q?
-- unit: items
-- parameters:
--   at DateTime64(3, 'UTC'): a time
--   day Date = 2026-01-31: a day
--   n UInt8 = 7: a number
--   share Float64 = 0.5: a part
--   team String = '': a team
--   list Array(String) = a, b: names
--   measure String = items: what counts, one of items (of any kind), points
-- columns:
--   x: what it is
SELECT 1`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := q.Bind(map[string]string{"at": "2026-01-31T23:00:00-02:00"})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]string{
		"at": "2026-02-01 01:00:00.000", "day": "2026-01-31", "n": "7", "share": "0.5", "team": "", "list": "['a', 'b']", "measure": "items",
	} {
		if got[k] != want {
			t.Errorf("%s is bound as %q, want %q", k, got[k], want)
		}
	}
	for _, c := range []struct{ name, value, want string }{
		{"tea", "x", `question some has no parameter "tea"; it takes at (DateTime64(3, 'UTC')), day (Date, default "2026-01-31")`},
		{"at", "yesterday", `parameter at is "yesterday", want a time such as 2026-01-31T18:00:00Z`},
		{"at", "", `parameter at is ""`},
		{"day", "2026-02-30", `parameter day is "2026-02-30", want a day such as 2026-01-31`},
		{"day", "1969-12-31", `want a day such as`},
		{"n", "256", `parameter n is "256", want a whole number`},
		{"n", "-1", `parameter n is "-1", want a whole number`},
		{"measure", "hours", `parameter measure is "hours", want one of items, points`},
		{"share", "NaN", `parameter share is "NaN", want a number`},
		{"share", "1e999", `parameter share is "1e999", want a number`},
	} {
		given := map[string]string{"at": "2026-01-31"}
		given[c.name] = c.value
		_, err := q.Bind(given)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s=%s: got %v, want %s", c.name, c.value, err, c.want)
		}
	}
	if _, err := q.Bind(nil); err == nil || !strings.Contains(err.Error(), "question some needs parameter at (DateTime64(3, 'UTC')): a time; it takes") {
		t.Errorf("without at: %v", err)
	}
	if v, err := q.Bind(map[string]string{"at": "2026-01-31", "list": `it's, \x`}); err != nil || v["list"] != `['it\'s', '\\x']` {
		t.Errorf("a list with quotes: %v %v", v, err)
	}
}

func TestHeaderErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"-- titel: x\nSELECT 1", `queries/a/b.sql:1: "-- titel: x" is not a header line`},
		{"-- title: x\n-- title: y\nSELECT 1", "b.sql:2: header line title is given twice"},
		{"-- title: x\nSELECT 1", "header line question is missing"},
		{"-- title: x", "no statement follows"},
		{"-- title: x\n-- question: y\n-- unit: z\n-- columns:\n--   a b\nSELECT 1", `column "a b" is not written as name: what it is`},
		{"-- title: x\n-- question: y\n-- unit: z\n-- parameters:\n--   a: b\n-- columns:\n--   a: b\nSELECT 1", `parameter "a: b" is not written as`},
		{"-- title: x\n-- question: y\n-- unit: z\n-- parameters:\n--   n UInt8 = 300: b\n-- columns:\n--   a: b\nSELECT 1", `the default: parameter n is "300"`},
	} {
		if _, err := parseQuestion("a/b.sql", c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
}

func TestViewsRefuseWrongCalendars(t *testing.T) {
	for _, s := range []Settings{{Timezone: "Mars"}, {Timezone: "Local"}, {FiscalYearStarts: 13}, {WeekStarts: "friday"}} {
		if _, err := Views(s); err == nil || !strings.HasPrefix(err.Error(), "calendar: ") {
			t.Errorf("%+v: %v", s, err)
		}
	}
}
