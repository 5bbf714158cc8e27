package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
)

func TestMain(m *testing.M) { clickhousetest.Main(m) }

// engine opens a fresh database: of the embedded engine, or of the server that WORKMIX_TEST_CLICKHOUSE names.
func engine(t testing.TB, compress bool) *DB {
	t.Helper()
	address, user, password := clickhousetest.URL(t)
	db, err := Open(t.Context(), Options{URL: address, User: user, Password: password, Compress: compress})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func exec(t testing.TB, db *DB, sql string) {
	t.Helper()
	if err := db.Exec(t.Context(), sql, nil); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// all returns a statement's rows.
func all(t testing.TB, db *DB, sql string, params map[string]string) [][]any {
	t.Helper()
	rows, err := db.Query(t.Context(), sql, params, nil)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer rows.Close()
	var out [][]any
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		out = append(out, row)
	}
}

func TestTypesThereAndBack(t *testing.T) {
	for _, compress := range []bool{false, true} {
		t.Run(fmt.Sprintf("compress=%v", compress), func(t *testing.T) {
			db := engine(t, compress)
			exec(t, db, `CREATE TABLE t (n UInt32, s String, ns Nullable(String), lc LowCardinality(String), b Bool, f Float64, nf Nullable(Float64),
				nu Nullable(UInt32), i Int64, d DateTime64(3, 'UTC'), nd Nullable(DateTime64(3, 'UTC')), a Array(LowCardinality(String))) ENGINE = MergeTree ORDER BY n`)
			t0 := time.Date(2026, 3, 4, 5, 6, 7, 890e6, time.UTC)
			t1 := time.Date(2261, 12, 31, 23, 59, 59, 999e6, time.UTC)
			s, f, u := "ünïcode\x00\t\n\\'\"", 2.5, uint32(1<<32-1)
			columns := []string{"n", "s", "ns", "lc", "b", "f", "nf", "nu", "i", "d", "nd", "a"}
			data := []any{
				[]uint32{1, 2},
				[]string{s, ""},
				[]*string{&s, nil},
				[]string{"x", "x"},
				[]bool{true, false},
				[]float64{-0.25, 1e300},
				[]*float64{&f, nil},
				[]*uint32{&u, nil},
				[]int64{-1 << 63, 1<<63 - 1},
				[]time.Time{t0, time.Unix(0, 0)},
				[]*time.Time{&t1, nil},
				[][]string{{"b", "a"}, nil},
			}
			if err := db.Insert(t.Context(), "t", columns, "", data); err != nil {
				t.Fatal(err)
			}
			want := [][]any{
				{uint32(1), s, s, "x", true, -0.25, 2.5, u, int64(-1 << 63), t0, t1, []string{"b", "a"}},
				{uint32(2), "", nil, "x", false, 1e300, nil, nil, int64(1<<63 - 1), time.Unix(0, 0).UTC(), nil, []string{}},
			}
			if d := cmp.Diff(want, all(t, db, "SELECT * FROM t ORDER BY n", nil)); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

func TestColumnsAndValues(t *testing.T) {
	db := engine(t, false)
	rows, err := db.Query(t.Context(), "SELECT toUInt8(1) AS a, [NULL, 'x'] AS b, map('k', 2) AS c, toDate('2026-01-02') AS d, NULL AS e, toInt128(7) AS f", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	want := []Column{{"a", "UInt8"}, {"b", "Array(Nullable(String))"}, {"c", "Map(String, UInt8)"}, {"d", "Date"}, {"e", "Nullable(Nothing)"}, {"f", "Int128"}}
	if d := cmp.Diff(want, rows.Columns()); d != "" {
		t.Error(d)
	}
	row, err := rows.Next()
	if err != nil {
		t.Fatal(err)
	}
	wantRow := []any{uint8(1), []any{nil, "x"}, map[string]uint8{"k": 2}, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), nil, big.NewInt(7)}
	if d := cmp.Diff(wantRow, row, cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	for range 2 {
		if _, err := rows.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("after the last row: %v", err)
		}
	}
}

// TestColumnsOfNoRows: a result says what its columns are although it has no rows.
func TestColumnsOfNoRows(t *testing.T) {
	db := engine(t, false)
	exec(t, db, "CREATE TABLE t (n UInt8, s LowCardinality(String)) ENGINE = MergeTree ORDER BY n")
	for sql, want := range map[string][]Column{
		"SELECT n AS a, s, [{x:Nullable(Int32)}] AS c FROM t":     {{"a", "UInt8"}, {"s", "LowCardinality(String)"}, {"c", "Array(Nullable(Int32))"}},
		"WITH 1 AS x\nSELECT x FROM t; \n":                        {{"x", "UInt8"}},
		"SELECT n FROM t -- and no more":                          {{"n", "UInt8"}},
		"SELECT toDate('2026-01-02') AS d WHERE d > '2026-01-02'": {{"d", "Date"}},
		"TRUNCATE TABLE t":                                        nil,
	} {
		rows, err := db.Query(t.Context(), sql, map[string]string{"x": "3"}, map[string]any{"max_threads": 1})
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if d := cmp.Diff(want, rows.Columns()); d != "" {
			t.Errorf("%s: -want +got\n%s", sql, d)
		}
		if _, err := rows.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: after no row: %v", sql, err)
		}
		rows.Close()
	}
}

// TestParametersArriveAsTheyAre: whatever text a user gives as a parameter is that text, never SQL.
func TestParametersArriveAsTheyAre(t *testing.T) {
	db := engine(t, false)
	check := func(s string) error {
		row := all(t, db, "SELECT {s:String} AS s, {n:Nullable(String)} AS n, {l:LowCardinality(String)} AS l", map[string]string{"s": s, "n": s, "l": s})[0]
		if row[0] != s || row[1] != s || row[2] != s {
			return fmt.Errorf("%q came as %q", s, row)
		}
		return nil
	}
	for _, s := range []string{"", "a'b", `a\b`, `\n`, "tab\tline\nreturn\rnull\x00", "'; DROP TABLE t; --", "{x:String}", "ünï", "%", "+&=", "NULL"} {
		if err := check(s); err != nil {
			t.Error(err)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.String().Draw(r, "s")
		if s == `\N` {
			return
		}
		if err := check(s); err != nil {
			r.Fatal(err)
		}
	})
	row := all(t, db, "SELECT {a:Array(String)}, {d:Date}, {t:DateTime64(3, 'UTC')}, {n:Nullable(Int32)}, {f:Float64}",
		map[string]string{"a": `['it\'s', 'b\\c']`, "d": "2026-03-04", "t": "2026-03-04 05:06:07.890", "n": `\N`, "f": "0.5"})[0]
	want := []any{[]string{"it's", `b\c`}, time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 4, 5, 6, 7, 890e6, time.UTC), nil, 0.5}
	if d := cmp.Diff(want, row); d != "" {
		t.Error(d)
	}
	exec(t, db, "CREATE TABLE p (s String) ENGINE = MergeTree ORDER BY s")
	if err := db.Exec(t.Context(), "ALTER TABLE p MODIFY COMMENT 'x'", nil); err != nil {
		t.Error(err)
	}
	if err := db.Exec(t.Context(), "INSERT INTO p SELECT {s:String}", map[string]string{"s": "a'b"}); err != nil {
		t.Error(err)
	}
	if got := all(t, db, "SELECT s FROM p", nil); len(got) != 1 || got[0][0] != "a'b" {
		t.Error(got)
	}
}

func TestRowsStream(t *testing.T) {
	db := engine(t, false)
	before := db.conn.Stats()
	rows, err := db.Query(t.Context(), "SELECT number, repeat('x', 1000) FROM numbers(100000000)", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		row, err := rows.Next()
		if err != nil || row[0] != uint64(i) {
			t.Fatal(row, err)
		}
	}
	start := time.Now()
	rows.Close()
	rows.Close()
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("closing in the middle took %v: the rest was read", d)
	}
	if _, err := rows.Next(); err == nil {
		t.Error("a row after Close")
	}
	for range 100 {
		if db.conn.Stats().Open == before.Open {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("connections in use: %d before, %d after", before.Open, db.conn.Stats().Open)
}

// TestErrorInTheMiddle: rows are not an answer when the statement failed after them.
func TestErrorInTheMiddle(t *testing.T) {
	db := engine(t, false)
	rows, err := db.Query(t.Context(), "SELECT throwIf(number = 3000000, 'too far'), repeat('x', 100) FROM numbers(4000000)", nil, map[string]any{"max_block_size": 10000})
	if err == nil {
		defer rows.Close()
		for err == nil {
			_, err = rows.Next()
		}
	}
	var e *Error
	if !errors.As(err, &e) || e.Code != 395 || !strings.Contains(e.Message, "too far") {
		t.Errorf("got %v, want ClickHouse's code 395", err)
	}
	if got := all(t, db, "SELECT 1", nil); len(got) != 1 || got[0][0] != uint8(1) {
		t.Errorf("the next statement gives %v", got)
	}
}

func TestErrorsSayWhatAndHow(t *testing.T) {
	db := engine(t, false)
	exec(t, db, "CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n")
	one := func(err error, code int, part string) {
		t.Helper()
		var e *Error
		if !errors.As(err, &e) || code != 0 && e.Code != code {
			t.Errorf("got %v (%T), want code %d", err, err, code)
			return
		}
		if s := err.Error(); strings.ContainsAny(s, "\n") || strings.Contains(s, "(version") || strings.Contains(s, "Stack") || !strings.Contains(s, part) {
			t.Errorf("not one clear sentence with %q: %s", part, s)
		}
	}
	one(db.Exec(t.Context(), "SELEC 1", nil), 62, "Syntax error")
	_, err := db.Query(t.Context(), "SELECT * FROM nowhere", nil, nil)
	one(err, 60, "nowhere")
	_, err = db.Query(t.Context(), "SELECT {n:Int32}", map[string]string{"n": "twelve"}, nil)
	one(err, 0, "twelve")
	_, err = db.Query(t.Context(), "SELECT {n:Int32}", nil, nil)
	one(err, 0, "n")
	one(db.Insert(t.Context(), "nowhere", []string{"n"}, "", []any{[]uint8{1}}), 60, "migrate up")
	one(db.Insert(t.Context(), "t", []string{"n", "m"}, "", []any{[]uint8{1}, []uint8{1}}), 16, "migrate up")
	for _, data := range [][]any{{}, {[]uint8{1}, []uint8{1, 2}}, {[]uint8{1}, 7}, {[]uint8{1}, []struct{}{{}}}} {
		if err := db.Insert(t.Context(), "t", []string{"n", "n"}, "", data); err == nil {
			t.Errorf("%v went in", data)
		}
	}
	if err := db.Insert(t.Context(), "t", []string{"n"}, "", []any{[]uint8{}}); err != nil {
		t.Errorf("no rows: %v", err)
	}

	address, user, password := clickhousetest.URL(t)
	_, err = Open(t.Context(), Options{URL: address, User: user, Password: password + "x"})
	one(err, 0, "check the user and the password")
	if err != nil && password != "" && strings.Contains(err.Error(), password) {
		t.Error("the error tells the password")
	}
	none, err := Open(t.Context(), Options{URL: address + "_none", User: user, Password: password})
	if err != nil {
		t.Fatalf("a database that is not there yet: %v", err)
	}
	defer none.Close()
	_, err = none.Query(t.Context(), "SELECT 1", nil, nil)
	one(err, 81, "migrate up")
}

func TestUnreachable(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + ln.Addr().String() + "/workmix"
	ln.Close()
	_, err = Open(t.Context(), Options{URL: dead, User: "me", Password: "secret"})
	var u *Unreachable
	if !errors.As(err, &u) || !strings.Contains(err.Error(), ln.Addr().String()) || !strings.Contains(err.Error(), "clickhouse.url") {
		t.Errorf("got %v", err)
	}
	if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "SELECT")) {
		t.Errorf("the error tells too much: %v", err)
	}

	web := httptest.NewServer(nil) // 404 to everything: not a ClickHouse
	defer web.Close()
	if _, err := Open(t.Context(), Options{URL: web.URL}); !errors.As(err, &u) {
		t.Errorf("another server: got %v", err)
	}

	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err = Open(ctx, Options{URL: "http://" + silent.Addr().String() + "/workmix"}); !errors.As(err, &u) || time.Since(start) > 5*time.Second {
		t.Errorf("a silent server: got %v after %v", err, time.Since(start))
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = Open(gone, Options{URL: "http://" + silent.Addr().String() + "/workmix"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who gave up: got %v", err)
	}

	for _, bad := range []string{"", "host:8123", "tcp://host:9000/x", "http:///x", "http://me:secret@host/x", "http://host/x?a=b", "http://ho st"} {
		if _, err := New(Options{URL: bad}); err == nil || !strings.Contains(err.Error(), "clickhouse.url") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestDeduplicationToken(t *testing.T) {
	db := engine(t, false)
	exec(t, db, "CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 100")
	for range 3 {
		if err := db.Insert(t.Context(), "t", []string{"n"}, "one", []any{[]uint8{1, 2}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Insert(t.Context(), "t", []string{"n"}, "two", []any{[]uint8{1}}); err != nil {
		t.Fatal(err)
	}
	if got := all(t, db, "SELECT count() FROM t", nil)[0][0]; got != uint64(3) {
		t.Errorf("%v rows, want 3", got)
	}
}

// TestColumnsNotNamed: what an insert does not name has its default.
func TestColumnsNotNamed(t *testing.T) {
	db := engine(t, false)
	exec(t, db, "CREATE TABLE t (n UInt8, d String DEFAULT concat('d', toString(n)), m UInt64 MATERIALIZED n + 1, e String) ENGINE = MergeTree ORDER BY n")
	if err := db.Insert(t.Context(), "t", []string{"n"}, "", []any{[]uint8{7}}); err != nil {
		t.Fatal(err)
	}
	want := [][]any{{uint8(7), "d7", uint64(8), ""}}
	if d := cmp.Diff(want, all(t, db, "SELECT n, d, m, e FROM t", nil)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// TestColumnsThatChange: an insert after a migration finds the new types.
func TestColumnsThatChange(t *testing.T) {
	db := engine(t, false)
	exec(t, db, "CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n")
	insert := func(data any) error { return db.Insert(t.Context(), "t", []string{"n"}, "", []any{data}) }
	if err := insert([]uint8{1}); err != nil {
		t.Fatal(err)
	}
	exec(t, db, "DROP TABLE t")
	exec(t, db, "CREATE TABLE t (n String) ENGINE = MergeTree ORDER BY n")
	var err error
	for range 2 { // the first may fail on what it remembers
		if err = insert([]string{"a"}); err == nil {
			break
		}
	}
	if err != nil {
		t.Error(err)
	}
}

func TestRefusedRows(t *testing.T) {
	db := engine(t, false)
	exec(t, db, "CREATE TABLE t (n UInt8, CONSTRAINT small CHECK n < 10) ENGINE = MergeTree ORDER BY n")
	err := db.Insert(t.Context(), "t", []string{"n"}, "", []any{[]uint8{1, 20}})
	var e *Error
	if !errors.As(err, &e) || !e.Refused() {
		t.Errorf("got %v", err)
	}
	if got := all(t, db, "SELECT count() FROM t", nil)[0][0]; got != uint64(0) {
		t.Errorf("%v rows of a refused insert are there", got)
	}
}

// TestReader: a read-only account, with which no setting may be changed, can ask under a deadline, and only ask.
func TestReader(t *testing.T) {
	user, password := clickhousetest.Reader(t)
	db := engine(t, false)
	exec(t, db, "CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n")
	reader, err := Open(t.Context(), Options{URL: db.Address() + "/" + db.Database(), User: user, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	rows, err := reader.Query(ctx, "SELECT count() + {n:UInt8} FROM t", map[string]string{"n": "3"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if row, err := rows.Next(); err != nil || row[0] != uint64(3) {
		t.Error(row, err)
	}
	var e *Error
	if err := reader.Exec(ctx, "DROP TABLE t", nil); !errors.As(err, &e) {
		t.Errorf("a reader dropped a table: %v", err)
	}
	if err := reader.Insert(ctx, "t", []string{"n"}, "", []any{[]uint8{1}}); !errors.As(err, &e) {
		t.Errorf("a reader inserted: %v", err)
	}
}

func TestDeadline(t *testing.T) {
	db := engine(t, false)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	start := time.Now()
	rows, err := db.Query(ctx, "SELECT sum(sipHash64(number)) FROM numbers(100000000000)", nil, nil)
	if err == nil {
		defer rows.Close()
		_, err = rows.Next()
	}
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "in time") || time.Since(start) > 10*time.Second {
		t.Errorf("got %v after %v", err, time.Since(start))
	}
}
