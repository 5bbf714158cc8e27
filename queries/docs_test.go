package queries_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/queries"
)

// TestViewsAreAsDescribed asks the engine for each view's columns, types and comments, and runs its example.
func TestViewsAreAsDescribed(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute long: it looks at every view")
	}
	db := database(t, queries.Settings{})
	all, err := queries.Describe()
	if err != nil {
		t.Fatal(err)
	}
	areAsDescribed(t, db, all)
	named, err := queries.DescribePeople()
	if err != nil {
		t.Fatal(err)
	}
	areAsDescribed(t, peopleOf(t, db), named)
}

func areAsDescribed(t *testing.T, db *warehouse.DB, all []queries.View) {
	t.Helper()
	for _, v := range all {
		var want []string
		for _, c := range v.Columns {
			want = append(want, c.Name+" | "+c.Type)
		}
		from := v.Name
		if len(v.Parameters) > 0 {
			from += "(" + strings.Join(v.Parameters, " = '2026-01-01 00:00:00', ") + " = '2026-01-01 00:00:00')"
		}
		// What a select gives, not what the view's header claims: the engine does not convert between all types.
		var got []string
		for _, r := range rows(t, db, "DESCRIBE (SELECT * FROM "+from+")", nil)[1:] {
			f := strings.SplitN(r, " | ", 3)
			got = append(got, f[0]+" | "+strings.ReplaceAll(strings.Join(strings.Fields(f[1]), " "), "Tuple( ", "Tuple("))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("view %s (-header +engine):\n%s", v.Name, d)
		}
		if _, err := result(t.Context(), db, v.Example, nil); err != nil {
			t.Errorf("the example of view %s: %v", v.Name, err)
		}
	}
	bare := rows(t, db, `
		SELECT table, name FROM system.columns WHERE database = currentDatabase() AND comment = ''
		UNION ALL
		SELECT 'table', name FROM system.tables WHERE database = currentDatabase() AND comment = ''`, nil)[1:]
	if len(bare) > 0 {
		t.Errorf("without a comment: %q", bare)
	}
}

// TestReleasedColumns compares the views with testdata/released_columns.txt: what others rely on stays, with its
// type. -update adds new columns; taking one away is a migration, and an edit by hand.
func TestReleasedColumns(t *testing.T) {
	const file = "testdata/released_columns.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := queries.Describe()
	if err != nil {
		t.Fatal(err)
	}
	var now []string
	for _, v := range all {
		for _, c := range v.Columns {
			now = append(now, v.Name+"."+c.Name+" "+c.Type)
		}
	}
	released := strings.Split(strings.TrimSpace(string(text)), "\n")
	for _, r := range released {
		if r != "" && !slices.Contains(now, r) {
			t.Errorf("%s was released and is gone or of another type", r)
		}
	}
	for _, n := range now {
		if !slices.Contains(released, n) {
			if !*update {
				t.Errorf("%s is new: add it to %s (go test ./queries -update)", n, file)
			}
			released = append(released, n)
		}
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(file, []byte(strings.TrimSpace(strings.Join(released, "\n"))+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDocs(t *testing.T) {
	golden(t, "tables.md", tablesDoc(t))
	golden(t, "queries.md", queriesDoc(t))
}

func golden(t *testing.T, name, want string) {
	t.Helper()
	file := filepath.Join("..", "docs", name)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("docs/%s is stale (go test ./queries -update):\n%s", name, d)
	}
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func tablesDoc(t *testing.T) string {
	all, err := queries.Describe()
	if err != nil {
		t.Fatal(err)
	}
	people, err := queries.DescribePeople()
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, people...)
	var b strings.Builder
	b.WriteString(`# Tables

What analysts read: views, which are right at any moment. The base tables behind them (` + "`queries/schema`" + `) have other
names and may change. Times are UTC; ` + "`week` and `quarter`" + ` are the first day, cut by the calendar of the configuration.
No view holds total rows. Intervals are half-open, ` + "`[valid_from, valid_to)`" + `. This page is generated from the headers in
` + "`queries/views`" + ` and ` + "`queries/people/views`" + `, which are the columns' comments in the database too.

The last ones, [accounts](#accounts) and [directory](#directory), are in database ` + "`workmix_people`" + `, for those who may read names
([people.md](people.md)).

| view | a row is | stability |
|---|---|---|
`)
	for _, v := range all {
		stability, _, _ := strings.Cut(v.Stability, ";")
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", v.Name, v.Name, cell(v.Row), stability)
	}
	for _, v := range all {
		fmt.Fprintf(&b, "\n## %s\n\nA row is %s.\n\n", v.Name, strings.TrimSuffix(v.Row, "."))
		for _, l := range [][2]string{
			{"Key", v.Key},
			{"Joins", v.Joins},
			{"Adds up", v.AddsUp},
			{"NULL", v.Null},
			{"Freshness", v.Freshness},
			{"Stability", v.Stability},
		} {
			fmt.Fprintf(&b, "- %s: %s\n", l[0], l[1])
		}
		if len(v.Parameters) > 0 {
			fmt.Fprintf(&b, "- Parameters: %s; each is a DateTime64(3, 'UTC') and must be given\n", strings.Join(v.Parameters, ", "))
		}
		fmt.Fprintf(&b, "\n```sql\n%s\n```\n\n", v.Example)
		if v.Like != "" {
			fmt.Fprintf(&b, "Its columns are those of [%s](#%s).\n", v.Like, v.Like)
			continue
		}
		b.WriteString("| column | type | what it is |\n|---|---|---|\n")
		for _, c := range v.Columns {
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", c.Name, c.Type, cell(c.Comment))
		}
	}
	return b.String()
}

func queriesDoc(t *testing.T) string {
	all, err := queries.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# Queries\n\nThe catalogue: `workmix query run NAME --param name=value`. This page is generated from the headers in `queries/catalog`.\n")
	area := ""
	for _, q := range all {
		if q.Area != area {
			area = q.Area
			fmt.Fprintf(&b, "\n## %s\n", area)
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s: %s Unit: %s.\n", q.Name, q.Title, q.Question, q.Unit)
		if len(q.Params) > 0 {
			b.WriteString("\n| parameter | type | default | what it is |\n|---|---|---|---|\n")
		}
		for _, p := range q.Params {
			def := "`" + p.Default + "`"
			if p.Default == "" {
				def = "empty"
			}
			if p.Required {
				def = "must be given"
			}
			fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", p.Name, p.Type, def, cell(p.Text))
		}
		b.WriteString("\n| column | what it is |\n|---|---|\n")
		for _, c := range q.Columns {
			fmt.Fprintf(&b, "| %s | %s |\n", c.Name, cell(c.Comment))
		}
	}
	return b.String()
}
