package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/internal/simulate"
)

// organisation SIZE [noteams] starts the trackers of a generated organisation until the script ends, and writes a
// workmix.yaml that reads them all with a token. With noteams GitHub refuses to tell of teams and members.
func organisation(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.ParseFloat(args[0], 64)
	ts.Check(err)
	d := simulate.GenerateSized(demoSeed, time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), size)
	s, err := simulate.Start(context.Background(), d, simulate.Options{Token: "t0ken", NoTeams: len(args) > 1})
	ts.Check(err)
	ts.Defer(func() { s.Close() })
	ts.Setenv("TRACKER_TOKEN", "t0ken")
	ts.Check(os.WriteFile(ts.MkAbs("workmix.yaml"), []byte(addresses(ts.Getenv)+fmt.Sprintf(`sources:
  - {name: code, kind: github, base_url: %q, token_env: TRACKER_TOKEN, repositories: [%s]}
  - {name: tracker, kind: jira, base_url: %q, deployment: cloud, token_env: TRACKER_TOKEN, projects: [%s]}
`, s.GitHubURL(), strings.Join(d.Repositories(), ", "), s.JiraURL(), strings.Join(d.Projects(), ", "))), 0o600))
}

// nameless WORD… fails if one of the words stands anywhere in database workmix, or in none of workmix_people.
func nameless(ts *testscript.TestScript, _ bool, args []string) {
	a := &app{configFile: ts.MkAbs("workmix.yaml"), dataDir: ts.MkAbs("workmix-data")}
	ts.Check(os.Setenv("TRACKER_TOKEN", "t0ken"))
	cmd := &cobra.Command{}
	cmd.SetErr(io.Discard)
	ctx := context.Background()
	s, err := a.open(ctx, cmd, how{tables: true})
	ts.Check(err)
	defer s.close()
	for _, word := range args {
		in, err := s.texts(ctx, "SELECT name FROM system.tables WHERE database = 'workmix_people' AND engine LIKE '%MergeTree'")
		ts.Check(err)
		found := 0
		for _, table := range in {
			found += rowsWith(ts, s, "workmix_people."+table, word)
		}
		if found == 0 {
			ts.Fatalf("%s is not in workmix_people, so this proves nothing", word)
		}
		// Tables and views, but those that want parameters.
		all, err := s.texts(ctx, "SELECT name FROM system.tables WHERE database = 'workmix' AND engine != '' AND position(create_table_query, '{') = 0")
		ts.Check(err)
		if len(all) < 20 {
			ts.Fatalf("only %d tables are there", len(all))
		}
		for _, table := range all {
			if n := rowsWith(ts, s, "workmix."+table, word); n > 0 {
				ts.Fatalf("%s stands in %d rows of %s", word, n, table)
			}
		}
	}
}

// rowsWith counts the rows of a table in which a word stands. What breaks a connection is told and tried once more: whether names
// stand somewhere is what is asked here.
func rowsWith(ts *testscript.TestScript, s *session, table, word string) int {
	n, err := countWith(s, table, word)
	if err != nil {
		ts.Logf("%s: %v; once more", table, err)
		n, err = countWith(s, table, word)
	}
	if err != nil {
		ts.Fatalf("%s: %v", table, err)
	}
	return n
}

func countWith(s *session, table, word string) (n int, err error) {
	r, err := s.db.Query(context.Background(), "SELECT formatRow('JSONEachRow', *) FROM "+table, nil, nil)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return n, report.Each(rows{r}, func(row []any) error {
		if strings.Contains(strings.ToLower(fmt.Sprint(row[0])), strings.ToLower(word)) {
			n++
		}
		return nil
	})
}
