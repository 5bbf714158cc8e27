package clickhouse_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
)

func TestMain(m *testing.M) { clickhousetest.Main(m) }

// client is a plain HTTP client of one database and user.
type client struct {
	base, database, user, password string
}

func newClient(t *testing.T) *client {
	address, user, password := clickhousetest.URL(t)
	i := strings.LastIndexByte(address, '/')
	return &client{base: address[:i], database: address[i+1:], user: user, password: password}
}

// as is the same database seen by another user.
func (c *client) as(user, password string) *client {
	d := *c
	d.user, d.password = user, password
	return &d
}

// answer is a response; err is what reading its body gave.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

// request makes a request: arguments are name, value pairs; the database is added if none of them names one.
func (c *client) request(t *testing.T, method, body string, args ...string) *http.Request {
	t.Helper()
	v := url.Values{"database": {c.database}}
	for i := 0; i < len(args); i += 2 {
		v.Set(args[i], args[i+1])
	}
	req, err := http.NewRequestWithContext(t.Context(), method, c.base+"/?"+v.Encode(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-ClickHouse-User", c.user)
	req.Header.Set("X-ClickHouse-Key", c.password)
	return req
}

func do(t *testing.T, req *http.Request) answer {
	t.Helper()
	res, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(b), err}
}

// post sends a statement as the body.
func (c *client) post(t *testing.T, sql string, args ...string) answer {
	t.Helper()
	return do(t, c.request(t, http.MethodPost, sql, args...))
}

// must is post of a statement that succeeds; it returns the output.
func (c *client) must(t *testing.T, sql string, args ...string) string {
	t.Helper()
	a := c.post(t, sql, args...)
	if a.status != http.StatusOK || a.err != nil {
		t.Fatalf("%s: %d %s %v", sql, a.status, a.body, a.err)
	}
	return a.body
}

// refused checks that a statement fails with an exception's code and HTTP status.
func (a answer) refused(t *testing.T, what, code string, status int) {
	t.Helper()
	if a.status != status || a.header.Get("X-ClickHouse-Exception-Code") != code || !strings.HasPrefix(a.body, "Code: "+code+". ") {
		t.Errorf("%s: status %d, code %s, body %q; want %d, %s", what, a.status, a.header.Get("X-ClickHouse-Exception-Code"), a.body, status, code)
	}
}

// embeddedOnly skips a test of what only the embedded engine promises.
func embeddedOnly(t *testing.T) {
	t.Helper()
	if !clickhousetest.Embedded() {
		t.Skip("a test of the embedded engine alone; " + os.Getenv("WORKMIX_TEST_CLICKHOUSE") + " is a server")
	}
}
