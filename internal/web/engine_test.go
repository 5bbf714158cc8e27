package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/decisions"
	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/queries"
)

// engine is the handler over a real engine with the schema and the views, and the two accounts.
type engine struct {
	http.Handler
	all, reader *warehouse.DB
}

func newEngine(t *testing.T) *engine {
	t.Helper()
	url, user, password := clickhousetest.URL(t)
	e := &engine{all: open(t, url, user, password)}
	user, password = clickhousetest.Reader(t)
	e.reader = open(t, url, user, password)
	files, err := queries.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.all.Migrate(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	views, err := queries.Views(queries.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		if err := e.all.Exec(t.Context(), v, nil); err != nil {
			t.Fatal(err)
		}
	}
	s, err := newServer(Options{
		Listen: "127.0.0.1:8080", Version: "test", Local: User{Name: "ana", Role: Admin},
		Run: func(ctx context.Context, q *queries.Question, bound map[string]string, do func(report.Rows) error) error {
			return rowsOf(ctx, e.all, q.SQL, bound, do)
		},
		Override: e.override,
		Import:   checking(nil),
		Retry:    again,
		Retros:   (&shelf{}).port(),
		Apply:    (&ledger{}).apply,
		Budgets: func() []Budget {
			at := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
			return []Budget{{Source: "acme", Requests: 120, Limit: 5000, Remaining: 4880, Reset: &at}, {Source: "jira", Requests: 3, HeldUntil: &at, HeldWhy: "Retry-After"}}
		},
		Lag:   func(context.Context) (map[string]int64, error) { return map[string]int64{"sink": 7}, nil },
		Rules: (&playground{}).port(),
		SQL: func(ctx context.Context, sql string, params map[string]string, do func(report.Rows) error) error {
			err := rowsOf(ctx, e.reader, sql, params, do)
			var refused *warehouse.Error
			if errors.As(err, &refused) {
				return &BadQuestion{err}
			}
			return err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.statements.most = 10_000 // attacks and questions of a test come at a pace of their own
	e.Handler = s.handler()
	return e
}

// override takes words on items of team compute.
func (e *engine) override(_ context.Context, o decisions.Override, may func(team string) bool) (*Overridden, error) {
	if err := o.Check(decisions.Categories); err != nil {
		return nil, &BadQuestion{err}
	}
	if !may("compute") {
		return nil, &NotAllowed{errors.New("not yours")}
	}
	return &Overridden{ItemID: o.Item, Verb: "add"}, nil
}

func open(t *testing.T, url, user, password string) *warehouse.DB {
	t.Helper()
	db, err := warehouse.Open(t.Context(), warehouse.Options{URL: url, User: user, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

type warehouseRows struct{ *warehouse.Rows }

func (r warehouseRows) Columns() []report.Column {
	var out []report.Column
	for _, c := range r.Rows.Columns() {
		out = append(out, report.Column(c))
	}
	return out
}

func rowsOf(ctx context.Context, db *warehouse.DB, sql string, params map[string]string, do func(report.Rows) error) error {
	r, err := db.Query(ctx, sql, params, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	return do(warehouseRows{r})
}

// send sends a request as one of our own pages does; header is name, value, …
func send(t *testing.T, h http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:8080"
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// again is a log in which one record of the stage sink failed.
func again(_ context.Context, f Failure, who, why string) (int, error) {
	if f != (Failure{"sink", "*", "*"}) || who == "" || why == "" {
		return 0, &BadQuestion{errors.New("no record failed so")}
	}
	return 1, nil
}
