package queries_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/queries"
)

// TestOldNamesAreReplaced fills the tables of the first schema, in which logins and tracker text stood, and brings
// them up to date: what is there then is what the sink writes of the same decisions.
func TestOldNamesAreReplaced(t *testing.T) {
	url, user, password := clickhousetest.URL(t)
	db, err := warehouse.Open(t.Context(), warehouse.Options{URL: url, User: user, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	schema, err := queries.Schema()
	if err != nil {
		t.Fatal(err)
	}
	first, err := fs.ReadFile(schema, "00001_base_tables.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrate(t.Context(), fstest.MapFS{"00001_base_tables.sql": {Data: first}}); err != nil {
		t.Fatal(err)
	}
	authors := []string{"ana", "Ω o'neil", event.ByConfiguration, event.ByDemo}
	for _, a := range authors {
		err := db.Exec(t.Context(), "INSERT INTO decisions (kind, id, author, valid_from, recorded_at) VALUES ('team', {a:String}, {a:String}, now64(3), now64(3))", map[string]string{"a": a})
		if err != nil {
			t.Fatal(err)
		}
	}
	exec(t, db, "INSERT INTO dead_letters (topic, stage, key, head) VALUES ('workmix.raw', 'normalize', 'x', 'by Ana')")
	for range 2 { // the second changes nothing
		if _, err := db.Migrate(t.Context(), schema); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range authors {
		got := rows(t, db, "SELECT author FROM decisions WHERE id = {a:String}", map[string]string{"a": a})
		if len(got) != 2 || got[1] != event.AuthorAlias(a) {
			t.Errorf("author %q is %q in the tables, want %q", a, got[1:], event.AuthorAlias(a))
		}
	}
	if got := rows(t, db, "SELECT key FROM dead_letters", nil); len(got) != 2 || got[1] != "x" {
		t.Errorf("the dead letters: %q", got)
	}
	if got := rows(t, db, "SELECT count() FROM system.columns WHERE database = currentDatabase() AND name = 'head'", nil); got[1] != "0" {
		t.Errorf("a column head is still there")
	}
}

// TestNoNamesInTheTables stores a decision and a dead letter in which names stand, and looks for them everywhere.
func TestNoNamesInTheTables(t *testing.T) {
	db := database(t, queries.Settings{})
	now := time.Now().UTC()
	store(t, db, []event.Payload{
		&event.Decision{Kind: "team", ID: "compute", Body: []byte(`{"id": "compute", "name": "Compute"}`), Author: "zacharias", ValidFrom: now, RecordedAt: now},
		&event.DeadLetter{Topic: event.TopicRaw, Key: "k", Stage: "normalize", Reason: "not JSON", SHA256: "00", Head: []byte(`{"login": "zacharias"`), RecordedAt: now},
	})
	var all []string
	for _, table := range append(baseTables(t, db), "teams", "failed_records") {
		all = append(all, "SELECT '"+table+"' AS t, count() AS n FROM (SELECT toString(tuple(*)) AS r FROM "+table+") WHERE r ILIKE '%zacharias%'")
	}
	for _, r := range rows(t, db, "SELECT t FROM ("+strings.Join(all, " UNION ALL ")+") WHERE n > 0", nil)[1:] {
		t.Errorf("%s holds a person's name", r)
	}
	if got := rows(t, db, "SELECT author FROM teams", nil); got[1] != event.AuthorAlias("zacharias") {
		t.Errorf("the author is %q, want the pseudonym %q", got[1], event.AuthorAlias("zacharias"))
	}
	if got := rows(t, db, "SELECT count() FROM failed_records", nil); got[1] != "1" {
		t.Errorf("%s failed records, want 1", got[1])
	}
}

// TestBeforeAnythingWasKnown: every view that takes known_at refuses a time before the first ingestion with the first
// that can be asked about.
func TestBeforeAnythingWasKnown(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute long: it looks at every view")
	}
	db := database(t, queries.Settings{})
	all, err := queries.Describe()
	if err != nil {
		t.Fatal(err)
	}
	var views []string
	for _, v := range all {
		if slices.Contains(v.Parameters, "known_at") {
			views = append(views, "SELECT count() FROM "+v.Name+"("+strings.Join(v.Parameters, " = {k:String}, ")+" = {k:String})")
		}
	}
	if len(views) < 2 {
		t.Fatalf("only %d views take known_at", len(views))
	}
	ask := func(sql, known string) ([]string, error) {
		return result(t.Context(), db, sql, map[string]string{"k": known})
	}
	for _, sql := range views {
		if got, err := ask(sql, "2001-01-01 00:00:00"); err != nil || got[1] != "0" {
			t.Errorf("%s on empty tables: %v, %v", sql, got, err)
		}
	}
	exec(t, db, "INSERT INTO raw_records (raw_id, item_id, recorded_at) VALUES ('r', 'i', '2026-03-02 10:00:00.250')")
	for _, sql := range views {
		_, err := ask(sql, "2026-03-02 10:00:00")
		if err == nil || !strings.Contains(err.Error(), queries.NothingKnown) || !strings.Contains(err.Error(), "2026-03-02 10:00:00.250") {
			t.Errorf("%s before the first record: %v", sql, err)
		}
		if got, err := ask(sql, "2026-03-02 10:00:01"); err != nil || got[1] != "0" {
			t.Errorf("%s after it: %v, %v", sql, got, err)
		}
	}
}
