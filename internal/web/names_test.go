package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/queries"
)

// TestNamesAreForPeople: whose the pseudonyms are reads nobody but a user who may see names and may run SQL, by whatever path.
func TestNamesAreForPeople(t *testing.T) {
	if testing.Short() {
		t.Skip("asks the whole catalogue")
	}
	const name, database = "Anastasia-the-Great", clickhousetest.Private
	e := newEngine(t)
	for _, sql := range []string{
		"CREATE DATABASE IF NOT EXISTS " + database, "CREATE TABLE " + database + ".accounts (name String, id UInt8) ENGINE = MergeTree ORDER BY id",
		"INSERT INTO " + database + ".accounts VALUES ('" + name + "', 1)",
	} {
		if err := e.all.Exec(t.Context(), sql, nil); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = e.all.Exec(context.Background(), "DROP DATABASE "+database+" SYNC", nil) }) // the engine goes with the binary
	at, _, _ := clickhousetest.URL(t)
	user, password := clickhousetest.People(t)
	people := open(t, at, user, password)
	type doing = func(report.Rows) error
	as := func(db *warehouse.DB) (func(context.Context, string, map[string]string, doing) error, func(context.Context, io.Writer, string, map[string]string) error) {
		theirs := func(err error) error {
			if errors.As(err, new(*warehouse.Error)) {
				return &BadQuestion{err}
			}
			return err
		}
		return func(ctx context.Context, sql string, params map[string]string, do doing) error {
				return theirs(rowsOf(ctx, db, sql, params, do))
			}, func(ctx context.Context, w io.Writer, sql string, params map[string]string) error {
				return theirs(db.Parquet(ctx, w, sql, params))
			}
	}
	tokens := map[string]string{}
	o := Options{Listen: "127.0.0.1:8080", Run: func(ctx context.Context, q *queries.Question, bound map[string]string, do func(report.Rows) error) error {
		return rowsOf(ctx, e.all, q.SQL, bound, do)
	}}
	for _, u := range []User{
		{Name: "viewer", Role: Viewer},
		{Name: "viewer of people", Role: Viewer, People: true},
		{Name: "analyst", Role: Analyst},
		{Name: "admin", Role: Admin},
		{Name: "analyst of people", Role: Analyst, People: true},
	} {
		tokens[u.Name] = "the-token-of-the-" + u.Name
		u.Token = tokens[u.Name]
		o.Users = append(o.Users, u)
	}
	o.SQL, o.Parquet = as(e.reader)
	server := func(o Options) *server {
		s, err := newServer(o)
		if err != nil {
			t.Fatal(err)
		}
		s.statements.most = 10_000
		return s
	}
	nobodys := server(o).handler() // no account of the database may read names
	o.PeopleSQL, o.PeopleParquet = as(people)
	h := server(o).handler()

	spelled := []string{
		"SELECT name FROM " + database + ".accounts", "SELECT * FROM `" + database + "`.`accounts`", "SELECT * FROM \"" + database + "\" . accounts",
		"SELECT name FROM " + database + "/**/./**/accounts", "WITH x AS (SELECT * FROM " + database + ".accounts) SELECT * FROM x",
		"SELECT 1 UNION ALL SELECT id FROM " + database + ".accounts WHERE name LIKE 'A%'", "SELECT (SELECT any(name) FROM " + database + ".accounts)",
		"SELECT * FROM view(SELECT name FROM " + database + ".accounts)", "SELECT 1 WHERE ('" + name[:4] + "', 1) IN " + database + ".accounts",
		"SELECT i.title, a.name FROM work_items AS i RIGHT JOIN " + database + ".accounts AS a ON 1 = 1", "SELECT * FROM merge('" + database + "', '.*')",
		"SELECT * FROM merge(REGEXP('.*'), 'accounts')", "SELECT * FROM loop(" + database + ".accounts)", "SELECT * FROM remote('127.0.0.1', " + database + ".accounts)",
		"SELECT * FROM {d:Identifier}.accounts", "SELECT joinGet('" + database + ".accounts', 'name', 1)", "DESCRIBE " + database + ".accounts",
		"SHOW CREATE TABLE " + database + ".accounts", "SELECT * FROM system.parts_columns WHERE database = '" + database + "'", "SELECT * FROM mergeTreeIndex('" + database + "', 'accounts')",
	}
	for _, who := range []string{"", "viewer", "viewer of people", "analyst", "admin"} {
		for _, sql := range spelled {
			for path, w := range answers(t, h, tokens[who], sql, database) {
				if w.Code < 400 && (who != "" || w.Code != 303) || strings.Contains(w.Body.String(), name) {
					t.Errorf("%q by %s: %s is answered with %d: %.300s", who, path, sql, w.Code, w.Body)
				}
			}
		}
	}
	const sql = "SELECT name FROM " + database + ".accounts"
	for path, w := range answers(t, h, tokens["analyst of people"], sql, database) {
		if w.Code != 200 || !strings.Contains(w.Body.String(), name) {
			t.Errorf("who may see names gets by %s: %d %.300s", path, w.Code, w.Body)
		}
	}
	for path, w := range answers(t, nobodys, tokens["analyst of people"], sql, database) {
		if w.Code != 400 || strings.Contains(w.Body.String(), name) {
			t.Errorf("where nobody may read names, %s: %d %.300s", path, w.Code, w.Body)
		}
	}
	if w := answers(t, h, tokens["analyst of people"], "INSERT INTO "+database+".accounts VALUES ('x', 2)", database)["POST /api/v1/sql"]; w.Code != 400 {
		t.Errorf("who may see names writes: %d", w.Code)
	}
	// The catalogue is asked as an account that may all: no parameter makes a question read more than it does.
	for _, q := range server(o).catalog {
		v := url.Values{}
		for _, p := range q.Params {
			if p.Type == "String" {
				v.Set(p.Name, "x' UNION ALL SELECT name FROM "+database+".accounts -- ")
			} else if p.Required {
				v.Set(p.Name, "2026-03-01")
			}
			if strings.Contains(p.Type, "Identifier") {
				t.Errorf("question %s takes a name of a table", q.Name)
			}
		}
		if strings.Contains(q.SQL, "_people") {
			t.Errorf("question %s reads names", q.Name)
		}
		if !strings.Contains(v.Encode(), "UNION") {
			continue
		}
		if w := send(t, h, "GET", "/api/v1/questions/"+q.Name+"?"+v.Encode(), "", "Authorization", "Bearer "+tokens["viewer"]); strings.Contains(w.Body.String(), name) {
			t.Errorf("question %s tells names: %.300s", q.Name, w.Body)
		}
	}
}

// answers sends a statement by each path that takes one.
func answers(t *testing.T, h http.Handler, token, sql, database string) map[string]*httptest.ResponseRecorder {
	t.Helper()
	head := []string{"Content-Type", "application/json"}
	if token != "" {
		head = append(head, "Authorization", "Bearer "+token)
	}
	body, err := json.Marshal(map[string]any{"query": sql, "params": map[string]string{"d": database}})
	if err != nil {
		t.Fatal(err)
	}
	v := url.Values{"query": {sql}, "param_d": {database}}.Encode()
	out := map[string]*httptest.ResponseRecorder{"POST /api/v1/sql": send(t, h, "POST", "/api/v1/sql", string(body), head...)}
	for _, path := range []string{"/sql?", "/sql?draw=bar&", "/sql/export?format=csv&", "/sql/export?format=json&", "/sql/export?format=jsonl&", "/sql/export?format=markdown&", "/sql/export?format=parquet&"} {
		out["GET "+path] = send(t, h, "GET", path+v, "", head...)
	}
	return out
}
