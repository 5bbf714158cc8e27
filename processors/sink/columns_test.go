package sink

import (
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/queries"
)

func TestMain(m *testing.M) { clickhousetest.Main(m) }

// unstored lists the fields that have no column, by table, and why.
var unstored = map[string][]string{
	"raw_records": {"content"}, // stays in the log
	"deliveries":  {"body"},
	"revisions":   {"nearest"}, // helps the classifier; the views find it from the revisions themselves
	// the tracker's own text, names of people in it: for who may read the log alone
	"dead_letters": {"head"},
}

// derived lists the columns that are no field: they follow from the record.
var derived = map[string][]string{"raw_records": {"raw_id", "size_bytes", "position"}, "deliveries": {"size_bytes", "position"}}

// fields returns the JSON names of a struct's fields, with those of Item and Size in place of them.
func fields(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if inner := f.Type; name == "item" || name == "size" || name == "counts" {
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			out = append(out, fields(inner)...)
			continue
		}
		out = append(out, name)
	}
	return out
}

// payloads has one empty payload of every type that New knows.
func payloads() []event.Payload {
	var out []event.Payload
	for _, typ := range []string{
		event.TypeRaw, event.TypeDelivery, event.TypeRevision, event.TypeActivity, event.TypeLink, event.TypeTombstone,
		event.TypeClassification, event.TypeDecision, event.TypeDeadLetter, event.TypeProgress, event.TypeDirectory,
	} {
		out = append(out, event.New(typ))
	}
	return out
}

// TestEveryFieldHasAColumn: a field that is added to an event reaches the tables, or this test says that it does not.
func TestEveryFieldHasAColumn(t *testing.T) {
	seen := 0
	for _, p := range payloads() {
		for _, to := range append(tables(), peopleTables()...) {
			if !to.add(p, &event.Message{}, 0) {
				continue
			}
			seen++
			var want []string
			for _, f := range fields(reflect.TypeOf(p).Elem()) {
				if !slices.Contains(unstored[to.name()], f) {
					want = append(want, f)
				}
			}
			want = append(want, derived[to.name()]...)
			got := to.columns()
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("table %s has the columns\n%v, the fields of %T are\n%v", to.name(), got, p, want)
			}
		}
	}
	if seen != len(tables())+len(peopleTables()) || seen != len(payloads()) {
		t.Errorf("%d of %d tables belong to one of %d event types", seen, len(tables())+len(peopleTables()), len(payloads()))
	}
}

// migrated opens a fresh database with the project's schema.
func migrated(t testing.TB) *warehouse.DB {
	t.Helper()
	address, user, password := clickhousetest.URL(t)
	return open(t, warehouse.Options{URL: address, User: user, Password: password})
}

func open(t testing.TB, o warehouse.Options) *warehouse.DB {
	t.Helper()
	db, err := warehouse.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	files, err := queries.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrate(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	return db
}

// query returns a statement's rows by column.
func query(t testing.TB, db *warehouse.DB, sql string) []map[string]any {
	t.Helper()
	rows, err := db.Query(t.Context(), sql, nil, nil)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer rows.Close()
	var out []map[string]any
	for {
		values, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		row := map[string]any{}
		for i, c := range rows.Columns() {
			row[c.Name] = values[i]
		}
		out = append(out, row)
	}
}

// TestEveryColumnIsWritten compares the sink with the schema, as the server has it.
func TestEveryColumnIsWritten(t *testing.T) {
	db := migrated(t)
	have := map[string][]string{}
	for _, r := range query(t, db, "SELECT table, name FROM system.columns WHERE database = currentDatabase() AND default_kind NOT IN ('MATERIALIZED', 'ALIAS') ORDER BY name") {
		have[r["table"].(string)] = append(have[r["table"].(string)], r["name"].(string))
	}
	for _, to := range tables() {
		got := to.columns()
		slices.Sort(got)
		if !slices.Equal(have[to.name()], got) {
			t.Errorf("the table %s has the columns\n%v, the sink writes\n%v", to.name(), have[to.name()], got)
		}
	}
}
