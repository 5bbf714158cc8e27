package clickhouse_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// The ways to say who and where one is.
func TestLogin(t *testing.T) {
	c := newClient(t)
	plain := func(path string) *http.Request {
		req, err := http.NewRequest(http.MethodPost, c.base+path, strings.NewReader("SELECT currentDatabase()"))
		if err != nil {
			t.Fatal(err)
		}
		return req
	}
	headers := plain("/")
	headers.Header.Set("X-ClickHouse-User", c.user)
	headers.Header.Set("X-ClickHouse-Key", c.password)
	headers.Header.Set("X-ClickHouse-Database", c.database)
	basic := plain("/?database=" + c.database)
	basic.SetBasicAuth(c.user, c.password)
	args := plain("/?database=" + c.database + "&user=" + c.user + "&password=" + c.password)
	for name, req := range map[string]*http.Request{"headers": headers, "basic": basic, "arguments": args} {
		if a := do(t, req); a.body != c.database+"\n" {
			t.Errorf("%s: %d %q", name, a.status, a.body)
		}
	}
	do(t, plain("/?user=nobody&password=x")).refused(t, "an unknown user", "516", http.StatusForbidden)
	c.as(c.user, "wrong").post(t, "SELECT 1").refused(t, "a wrong password", "516", http.StatusForbidden)
	c.as(c.user, c.password+"x").post(t, "SELECT 1").refused(t, "a longer password", "516", http.StatusForbidden)
	c.post(t, "SELECT 1", "database", "nosuch").refused(t, "an unknown database", "81", http.StatusNotFound)
}

func TestNoLogin(t *testing.T) {
	embeddedOnly(t)
	c := newClient(t)
	for _, cl := range []*client{c.as("", ""), c.as("default", ""), c.as("reader", ""), c.as(c.user, "")} {
		cl.post(t, "SELECT 1").refused(t, "user "+cl.user+" without a password", "516", http.StatusForbidden)
	}
}

// A web page whose name points to this machine must not reach the tables.
func TestHost(t *testing.T) {
	embeddedOnly(t)
	c := newClient(t)
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8123": 200, "127.0.0.1:1": 200, "[::1]:8123": 200, "[::1]": 200,
		"example.com": 403, "example.com:8123": 403, "localhost.example.com": 403, "10.0.0.1:8123": 403, "127.0.0.1.example.com": 403,
	} {
		req := c.request(t, http.MethodPost, "SELECT 1")
		req.Host = host
		if a := do(t, req); a.status != want {
			t.Errorf("Host %s: %d %s", host, a.status, a.body)
		}
	}
}

func TestHeaders(t *testing.T) {
	c := newClient(t)
	a := c.post(t, "SELECT 1 AS x FORMAT JSONEachRow", "query_id", "my-query-"+c.database)
	for name, want := range map[string]string{"X-ClickHouse-Query-Id": "my-query-" + c.database, "X-ClickHouse-Format": "JSONEachRow", "X-ClickHouse-Timezone": "UTC"} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	c.must(t, "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
	for _, insert := range []string{"INSERT INTO t FORMAT CSV\n1\n2\n3\n", "INSERT INTO t VALUES (4), (5), (6)", "INSERT INTO t SELECT number FROM numbers(3)"} {
		a := c.post(t, insert)
		var s struct {
			Rows string `json:"written_rows"`
		}
		if err := json.Unmarshal([]byte(a.header.Get("X-ClickHouse-Summary")), &s); err != nil || s.Rows != "3" {
			t.Errorf("%s: summary %s, %v", insert, a.header.Get("X-ClickHouse-Summary"), err)
		}
	}
	for format, want := range map[string]string{"": "1\n", "CSVWithNames": "\"x\"\n1\n", "JSONCompactEachRow": "[1]\n"} {
		if got := c.must(t, "SELECT 1 AS x", "default_format", format); got != want {
			t.Errorf("default_format=%s: %q", format, got)
		}
	}
	req := c.request(t, http.MethodPost, "SELECT 1 AS x")
	req.Header.Set("X-ClickHouse-Format", "CSV")
	if a := do(t, req); a.body != "1\n" || a.header.Get("X-ClickHouse-Format") != "CSV" {
		t.Errorf("X-ClickHouse-Format: %q %v", a.body, a.header)
	}
}

func TestGetChangesNothing(t *testing.T) {
	c := newClient(t)
	do(t, c.request(t, http.MethodGet, "", "query", "CREATE TABLE t (a UInt8) ENGINE = Memory")).refused(t, "GET", "164", 403)
	if got := c.must(t, "EXISTS t"); got != "0\n" {
		t.Error("GET made a table")
	}
	if a := do(t, c.request(t, http.MethodGet, "", "query", "SELECT 1")); a.body != "1\n" {
		t.Errorf("GET: %q", a.body)
	}
}

func TestOneStatementOnly(t *testing.T) {
	c := newClient(t)
	c.post(t, "SELECT 1; SELECT 2").refused(t, "two", "62", 400)
	c.post(t, "").refused(t, "none", "62", 400)
	for sql, want := range map[string]string{"SELECT 1;": "1\n", "SELECT 1; -- done": "1\n", "SELECT ';'": ";\n", "SELECT 1 AS format": "1\n"} {
		if got := c.must(t, sql); got != want {
			t.Errorf("%s: %q", sql, got)
		}
	}
}

func TestEncodings(t *testing.T) {
	c := newClient(t)
	c.must(t, "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a")
	want := c.must(t, "SELECT number FROM numbers(100000)")
	for name, codec := range map[string]struct {
		enc func(io.Writer) io.WriteCloser
		dec func(io.Reader) (io.Reader, error)
	}{
		"gzip":    {func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		"deflate": {func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }},
		"br":      {func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }, func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }},
		"lz4":     {func(w io.Writer) io.WriteCloser { return lz4.NewWriter(w) }, func(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil }},
		"zstd":    {func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z }, func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) }},
	} {
		req := c.request(t, http.MethodPost, "SELECT number FROM numbers(100000)", "enable_http_compression", "1")
		req.Header.Set("Accept-Encoding", "nonsense, "+name+";q=0.9")
		a := do(t, req)
		r, err := codec.dec(strings.NewReader(a.body))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != want || a.header.Get("Content-Encoding") != name {
			t.Errorf("%s: response of %d bytes says %q: %v", name, len(got), a.header.Get("Content-Encoding"), err)
		}

		var body bytes.Buffer
		w := codec.enc(&body)
		fmt.Fprint(w, "1\n2\n3\n")
		w.Close()
		req = c.request(t, http.MethodPost, body.String(), "query", "INSERT INTO t FORMAT CSV")
		req.Header.Set("Content-Encoding", name)
		if a := do(t, req); a.status != 200 {
			t.Errorf("%s: request: %d %s", name, a.status, a.body)
		}
		// A body that breaks off is an error and leaves no row.
		req = c.request(t, http.MethodPost, body.String()[:body.Len()-4], "query", "INSERT INTO t FORMAT CSV")
		req.Header.Set("Content-Encoding", name)
		if a := do(t, req); a.status == 200 && name != "br" {
			t.Errorf("%s: half a body was taken", name)
		}
	}
	if got := c.must(t, "SELECT count() FROM t"); got != "15\n" {
		t.Errorf("%s rows", got)
	}
	req := c.request(t, http.MethodPost, "SELECT 1")
	req.Header.Set("Accept-Encoding", "gzip")
	if a := do(t, req); a.body != "1\n" {
		t.Errorf("compressed although the client did not say enable_http_compression: %q", a.body)
	}
}

// Every format gives one well-formed document, whatever the number of blocks.
func TestFormats(t *testing.T) {
	c := newClient(t)
	const n = 200_000
	for _, format := range []string{"CSV", "CSVWithNames", "CSVWithNamesAndTypes", "TSV", "TabSeparatedWithNames", "TSVWithNamesAndTypes", "JSONEachRow", "JSONCompactEachRowWithNames", "TSKV", "LineAsString"} {
		header := strings.Count(c.must(t, "SELECT number FROM numbers(0) FORMAT "+format), "\n")
		got := c.must(t, fmt.Sprintf("SELECT number FROM numbers(%d) FORMAT %s", n, format))
		if strings.Count(got, "\n") != n+header {
			t.Errorf("%s: %d lines, want %d and a header of %d", format, strings.Count(got, "\n"), n, header)
		}
	}
	for _, format := range []string{"JSON", "JSONCompact", "JSONColumns"} {
		if got := c.must(t, fmt.Sprintf("SELECT number FROM numbers(%d) FORMAT %s", n, format)); !json.Valid([]byte(got)) {
			t.Errorf("%s is not one JSON document", format)
		}
	}
	if got := c.must(t, fmt.Sprintf("SELECT number FROM numbers(%d)", n), "default_format", "JSONEachRow", "output_format_json_array_of_rows", "1"); !json.Valid([]byte(got)) {
		t.Error("an array of rows is not one JSON document")
	}
	if got := c.must(t, fmt.Sprintf("SELECT number FROM numbers(%d) FORMAT Parquet", n)); !strings.HasPrefix(got, "PAR1") || strings.Count(got, "PAR1") < 2 || !strings.HasSuffix(got, "PAR1") {
		t.Error("Parquet has not one beginning and one end")
	}
	got := c.must(t, "SELECT number % 2 AS k, count() FROM numbers(10) GROUP BY k WITH TOTALS ORDER BY k FORMAT CSV")
	if got != "0,5\n1,5\n\n0,10\n" {
		t.Errorf("totals: %q", got)
	}
}

func TestSessions(t *testing.T) {
	c := newClient(t)
	id := "session-" + c.database
	if a := c.post(t, "SELECT 1", "session_id", id, "session_check", "1"); a.header.Get("X-ClickHouse-Exception-Code") != "372" {
		t.Errorf("no such session: %d %q", a.status, a.body)
	}
	c.must(t, "CREATE TEMPORARY TABLE own (a UInt8)", "session_id", id)
	c.must(t, "INSERT INTO own VALUES (1)", "session_id", id)
	c.must(t, "SET max_threads = 3", "session_id", id)
	if a := c.post(t, "SELECT throwIf(1)", "session_id", id); a.status == 200 {
		t.Error("throwIf did not throw")
	}
	if got := c.must(t, "SELECT a, getSetting('max_threads'), getSetting('max_block_size') FROM own", "session_id", id, "max_block_size", "77"); got != "1\t3\t77\n" {
		t.Errorf("in the session: %q", got)
	}
	if got := c.must(t, "SELECT getSetting('max_block_size') = 77", "session_id", id, "session_check", "1"); got != "false\n" && got != "0\n" {
		t.Errorf("a request's setting stayed: %q", got)
	}
	c.post(t, "SELECT * FROM own").refused(t, "outside", "60", 404)
	c.must(t, "SELECT 1", "session_id", id, "close_session", "1")
}

// wait_end_of_query gives a late failure its own status.
func TestWaitEndOfQuery(t *testing.T) {
	c := newClient(t)
	const late = "SELECT throwIf(number = 3000000) FROM numbers(4000000) SETTINGS max_threads = 1"
	c.post(t, late, "wait_end_of_query", "1").refused(t, "waiting", "395", 400)
	if a := c.post(t, late); a.status != 200 || a.err == nil || !strings.Contains(a.body, "__exception__") || !strings.Contains(a.body, a.header.Get("X-ClickHouse-Exception-Tag")) {
		t.Errorf("not waiting: %d, %v, %q", a.status, a.err, a.body[max(0, len(a.body)-300):])
	}
	c.must(t, "SELECT 1")
}

func TestParallel(t *testing.T) {
	c := newClient(t)
	begin := time.Now()
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			if got := c.post(t, fmt.Sprintf("SELECT sleep(1), %d", i), "max_threads", "1"); got.body != fmt.Sprintf("0\t%d\n", i) {
				t.Errorf("%d: %q", i, got.body)
			}
		})
	}
	wg.Wait()
	if d := time.Since(begin); d > 8*time.Second {
		t.Errorf("12 statements of a second took %v: one after the other", d)
	}
}

// A setting's value is a value, whatever stands in it.
func TestSettings(t *testing.T) {
	c := newClient(t)
	c.post(t, "SELECT 1", "max_threads", "1', readonly = '0").refused(t, "a value with quotes", "27", 400)
	c.post(t, "SELECT 1", "no_such_setting", "1").refused(t, "unknown", "115", 404)
	if got := c.must(t, "SELECT getSetting('max_threads')", "max_threads", "2"); got != "2\n" {
		t.Errorf("max_threads: %q", got)
	}
	if got := c.must(t, "SELECT getSetting('max_block_size')"); got == "2\n" {
		t.Error("a setting passed on to the next statement")
	}
}
