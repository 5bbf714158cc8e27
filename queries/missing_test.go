package queries_test

import (
	"strings"
	"testing"

	"github.com/workmix/workmix/queries"
)

// TestMissing: a view is made again where it is missing or was made of another statement, and only then.
func TestMissing(t *testing.T) {
	db := database(t, queries.Settings{})
	all, err := queries.Views(queries.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	missing := func(all []string) (names []string) {
		t.Helper()
		there, err := db.Texts(t.Context(), queries.Comments, nil)
		if err != nil {
			t.Fatal(err)
		}
		var comments []string
		for _, r := range there {
			comments = append(comments, r[0])
		}
		for _, sql := range queries.Missing(all, comments) {
			names = append(names, strings.Fields(sql)[4])
		}
		return names
	}
	if got := missing(all); len(got) > 0 {
		t.Errorf("right after all were made there are missing: %q", got)
	}
	exec(t, db, "DROP VIEW quarters")
	if got := missing(all); len(got) != 1 || got[0] != "quarters" {
		t.Errorf("with quarters dropped there are missing: %q", got)
	}
	other, err := queries.Views(queries.Settings{WeekStarts: "sunday"})
	if err != nil {
		t.Fatal(err)
	}
	if got := missing(other); len(got) < 2 || len(got) == len(all) {
		t.Errorf("with weeks that begin on Sunday there are missing: %q", got)
	}
}
