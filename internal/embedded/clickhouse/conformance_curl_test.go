package clickhouse_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// curl runs curl against a client's database, as the documentation of ClickHouse shows it.
func curl(t *testing.T, c *client, query string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	all := append([]string{"-sS", "--fail-with-body", "-u", c.user + ":" + c.password, c.base + "/?database=" + c.database + query}, args...)
	cmd := exec.CommandContext(t.Context(), "curl", all...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "curl: " + err.Error() + "\n" + string(out)
	}
	return string(out)
}

func TestCurl(t *testing.T) {
	c := newClient(t)
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte("{\"a\":5,\"s\":\"five\"}\n")); err != nil {
		t.Fatal(err)
	}
	z.Close()

	for _, step := range []struct {
		what, query string
		args        []string
		want        string
	}{
		{"a statement as the body", "", []string{"-d", "SELECT 1 AS a, 'x' AS b FORMAT JSONEachRow"}, `{"a":1,"b":"x"}` + "\n"},
		{"by GET", "&query=SELECT%201%2B1", nil, "2\n"},
		{"a parameter", "&param_x=41&param_s=a%5Ctb", []string{"-d", "SELECT {x:UInt8} + 1, {s:String} FORMAT TSV"}, "42\ta\\tb\n"},
		{"a table", "", []string{"-d", "CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a"}, ""},
		{"statement in the URL, rows in the body", "&query=INSERT%20INTO%20t%20FORMAT%20JSONEachRow", []string{"--data-binary", `{"a":1,"s":"one"}` + "\n" + `{"a":2,"s":"two; 'quoted'"}`}, ""},
		{"statement and rows in the body", "", []string{"--data-binary", "@" + file("rows", "INSERT INTO t (a, s) FORMAT CSV\n3,three\n")}, ""},
		{"values in the body", "", []string{"-d", "INSERT INTO t VALUES (4, 'four; (4)')"}, ""},
		{"values apart", "&query=INSERT%20INTO%20t%20VALUES", []string{"-d", "(6, upper('six')), (7, 'seven')"}, ""},
		{"bound values", "&param_s=eight%27s", []string{"-d", "INSERT INTO t VALUES (8, {s:String})"}, ""},
		{"gzip rows", "&query=INSERT%20INTO%20t%20FORMAT%20JSONEachRow", []string{"-H", "Content-Encoding: gzip", "--data-binary", "@" + file("rows.gz", zipped.String())}, ""},
		{"chunked rows", "&query=INSERT%20INTO%20t%20FORMAT%20TSV", []string{"-H", "Transfer-Encoding: chunked", "--data-binary", "9\tnine\n"}, ""},
		{"insert select", "", []string{"-d", "INSERT INTO t SELECT a + 100, s FROM t WHERE a = 1"}, ""},
		{"a setting", "&max_block_size=2&enable_http_compression=1", []string{"--compressed", "-d", "SELECT a, s FROM t ORDER BY a FORMAT CSV"}, "1,\"one\"\n2,\"two; 'quoted'\"\n3,\"three\"\n4,\"four; (4)\"\n5,\"five\"\n6,\"SIX\"\n7,\"seven\"\n8,\"eight's\"\n9,\"nine\"\n101,\"one\"\n"},
		{"a header although empty", "&default_format=CSVWithNames", []string{"-d", "SELECT a FROM t WHERE a > 1000"}, "\"a\"\n"},
	} {
		if got := curl(t, c, step.query, step.args...); got != step.want {
			t.Errorf("%s: got %q, want %q", step.what, got, step.want)
		}
	}

	if got := curl(t, c, "", c.base+"/ping"); got != "Ok.\nOk.\n" {
		t.Errorf("without a statement, and ping: %q", got)
	}
	if got := curl(t, c, "", "-d", "SELECT * FROM nosuch"); !strings.Contains(got, "exit status 22") || !strings.Contains(got, "Code: 60.") {
		t.Errorf("an error: %s", got)
	}
	// curl must not take half a result for a whole one.
	got := curl(t, c, "", "-o", filepath.Join(t.TempDir(), "out"), "-d", "SELECT throwIf(number = 3000000) FROM numbers(4000000) SETTINGS max_threads = 1 FORMAT CSV")
	if !strings.HasPrefix(got, "curl: exit status") {
		t.Errorf("a failure in the middle went unnoticed: %q", got)
	}
}
