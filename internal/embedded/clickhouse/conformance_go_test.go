package clickhouse_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
)

func openGo(t *testing.T, compression ch.CompressionMethod) driver.Conn {
	t.Helper()
	address, user, password := clickhousetest.URL(t)
	o, err := ch.ParseDSN(address)
	if err != nil {
		t.Fatal(err)
	}
	o.Auth.Username, o.Auth.Password = user, password
	o.Compression = &ch.Compression{Method: compression, Level: 1}
	c, err := ch.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// everyType is a row of every type that the tables use, and some more.
type everyType struct {
	U   uint64            `ch:"u"`
	I   int8              `ch:"i"`
	F   float64           `ch:"f"`
	B   bool              `ch:"b"`
	S   string            `ch:"s"`
	FS  string            `ch:"fs"`
	LC  string            `ch:"lc"`
	N   *int64            `ch:"n"`
	NS  *string           `ch:"ns"`
	D   time.Time         `ch:"d"`
	DT  time.Time         `ch:"dt"`
	DT3 time.Time         `ch:"dt3"`
	ND  *time.Time        `ch:"nd"`
	A   []string          `ch:"a"`
	AN  []*uint8          `ch:"an"`
	AA  [][]int32         `ch:"aa"`
	M   map[string]uint64 `ch:"m"`
	T   []any             `ch:"t"`
	DE  decimal.Decimal   `ch:"de"`
	ID  uuid.UUID         `ch:"id"`
	E   string            `ch:"e"`
	LA  []string          `ch:"la"`
}

const everyTypeTable = `CREATE TABLE every (u UInt64, i Int8, f Float64, b Bool, s String, fs FixedString(3),
	lc LowCardinality(String), n Nullable(Int64), ns LowCardinality(Nullable(String)), d Date, dt DateTime('UTC'),
	dt3 DateTime64(3, 'UTC'), nd Nullable(DateTime64(3, 'UTC')), a Array(String), an Array(Nullable(UInt8)),
	aa Array(Array(Int32)), m Map(String, UInt64), t Tuple(Int64, String), de Decimal(18, 4), id UUID,
	e Enum8('no' = 0, 'yes' = 1), la Array(LowCardinality(String))) ENGINE = MergeTree ORDER BY u`

func everyTypeRow(u uint64) everyType {
	day := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	at := day.Add(5*time.Hour + 6*time.Minute + 7*time.Second)
	milli := at.Add(89 * time.Millisecond)
	n, ns, one := int64(-7), "ns", uint8(1)
	r := everyType{
		U: u, I: -8, F: 1.5, B: true, S: "tab\t quote' \x00 é", FS: "abc", LC: fmt.Sprint("lc", u%3), D: day, DT: at, DT3: milli,
		A: []string{"x", ""}, AN: []*uint8{&one, nil}, AA: [][]int32{{1, 2}, {}}, M: map[string]uint64{"k": u}, T: []any{int64(u), "t"},
		DE: decimal.RequireFromString("12.3456"), ID: uuid.MustParse("5d1c1c5e-5a52-4a0e-8a43-3d5f5d0d3d11"), E: "yes", LA: []string{"p", "p"},
	}
	if u%2 == 0 {
		r.N, r.NS, r.ND = &n, &ns, &milli
	}
	return r
}

func TestGoTypes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, compression := range []ch.CompressionMethod{ch.CompressionNone, ch.CompressionLZ4, ch.CompressionZSTD, ch.CompressionGZIP, ch.CompressionDeflate, ch.CompressionBrotli} {
		t.Run(compression.String(), func(t *testing.T) {
			c, ctx := openGo(t, compression), t.Context()
			if err := c.Exec(ctx, everyTypeTable); err != nil {
				t.Fatal(err)
			}
			b, err := c.PrepareBatch(ctx, "INSERT INTO every")
			if err != nil {
				t.Fatal(err)
			}
			const rows = 3000
			for u := range uint64(rows) {
				r := everyTypeRow(u)
				if err := b.AppendStruct(&r); err != nil {
					t.Fatal(err)
				}
			}
			if err := b.Send(); err != nil {
				t.Fatal(err)
			}
			got, err := c.Query(ctx, "SELECT * FROM every ORDER BY u")
			if err != nil {
				t.Fatal(err)
			}
			n := uint64(0)
			for ; got.Next(); n++ {
				var r everyType
				if err := got.ScanStruct(&r); err != nil {
					t.Fatal(err)
				}
				if want := everyTypeRow(n); !cmp.Equal(want, r) {
					t.Fatalf("row %d differs (-want +got):\n%s", n, cmp.Diff(want, r))
				}
			}
			if got.Err() != nil || n != rows {
				t.Errorf("read %d rows of %d: %v", n, rows, got.Err())
			}
		})
	}
}

func TestGoColumnNamesAndTypes(t *testing.T) {
	c := openGo(t, ch.CompressionNone)
	rows, err := c.Query(t.Context(), "SELECT 1 AS one, CAST('a' AS LowCardinality(String)) AS s, [1, NULL] AS a")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var types []string
	for _, ct := range rows.ColumnTypes() {
		types = append(types, ct.DatabaseTypeName())
	}
	if want := []string{"UInt8", "LowCardinality(String)", "Array(Nullable(UInt8))"}; !reflect.DeepEqual(types, want) {
		t.Errorf("types %v, want %v", types, want)
	}
	if want := []string{"one", "s", "a"}; !reflect.DeepEqual(rows.Columns(), want) {
		t.Errorf("columns %v, want %v", rows.Columns(), want)
	}
}

func TestGoNamedParameters(t *testing.T) {
	c := openGo(t, ch.CompressionNone)
	ctx := ch.Context(t.Context(), ch.WithParameters(ch.Parameters{"n": "41", "s": `it's a \ and ` + "a\ttab", "a": "['x','y']", "at": "2026-01-02 03:04:05.678"}))
	var (
		n  uint64
		s  string
		a  []string
		at time.Time
	)
	if err := c.QueryRow(ctx, "SELECT {n:UInt64} + 1, {a:Array(String)}, {at:DateTime64(3, 'UTC')}").Scan(&n, &a, &at); err != nil {
		t.Fatal(err)
	}
	if n != 42 || !reflect.DeepEqual(a, []string{"x", "y"}) || !at.Equal(time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)) {
		t.Errorf("got %d, %v, %v", n, a, at)
	}
	ctx = ch.Context(t.Context(), ch.WithParameters(ch.Parameters{"s": `it's \\ a\ttab`}))
	if err := c.QueryRow(ctx, "SELECT {s:String}").Scan(&s); err != nil || s != "it's \\ a\ttab" {
		t.Errorf("got %q, %v", s, err)
	}
	// A value that would end the literal if it were spliced.
	ctx = ch.Context(t.Context(), ch.WithParameters(ch.Parameters{"s": "') OR 1 --"}))
	if err := c.QueryRow(ctx, "SELECT count() FROM numbers(3) WHERE toString(number) = {s:String}").Scan(&n); err != nil || n != 0 {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestGoErrors(t *testing.T) {
	c := openGo(t, ch.CompressionNone)
	for sql, code := range map[string]int32{
		"SELECT nosuch":                47,
		"SELECT * FROM nosuch":         60,
		"SELEKT 1":                     62,
		"SELECT throwIf(1)":            395,
		"SELECT toUInt8('x')":          6,
		"SELECT 1; SELECT 2":           62,
		"INSERT INTO nosuch VALUES 1":  60,
		"CREATE TABLE x (a Nonsense) ": 50,
	} {
		err := c.Exec(t.Context(), sql)
		var e *ch.Exception
		if !errors.As(err, &e) || e.Code != code {
			t.Errorf("%s: want code %d, got %v", sql, code, err)
		}
	}
	var one uint8
	if err := c.QueryRow(t.Context(), "SELECT 1").Scan(&one); err != nil || one != 1 {
		t.Errorf("after the errors: %d, %v", one, err)
	}
}

// A failure after rows went out is an error, not a short result.
func TestGoFailureInTheMiddle(t *testing.T) {
	for _, compression := range []ch.CompressionMethod{ch.CompressionNone, ch.CompressionLZ4, ch.CompressionGZIP} {
		t.Run(compression.String(), func(t *testing.T) {
			c := openGo(t, compression)
			rows, err := c.Query(t.Context(), "SELECT throwIf(number = 3000000, 'as planned'), toString(number) FROM numbers(4000000) SETTINGS max_threads = 1")
			n := 0
			if err == nil {
				for rows.Next() {
					n++
				}
				err = rows.Err()
			}
			if err == nil {
				t.Fatalf("read %d rows without an error", n)
			}
			if n == 0 {
				t.Errorf("the failure came before any row: %v", err)
			}
			var e *ch.Exception
			if !errors.As(err, &e) || e.Code != 395 {
				t.Errorf("want code 395, got %v", err)
			}
		})
	}
}

func TestGoEmptyResult(t *testing.T) {
	c := openGo(t, ch.CompressionLZ4)
	rows, err := c.Query(t.Context(), "SELECT number FROM numbers(0)")
	if err != nil {
		t.Fatal(err)
	}
	if rows.Next() || rows.Err() != nil {
		t.Errorf("an empty result: %v", rows.Err())
	}
}
