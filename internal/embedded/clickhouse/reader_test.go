package clickhouse_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
)

func newReader(t *testing.T) (all, reader *client) {
	embeddedOnly(t)
	all = newClient(t)
	all.must(t, "CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a")
	all.must(t, "INSERT INTO t SELECT number, toString(number) FROM numbers(1000)")
	return all, all.as(clickhousetest.Reader(t))
}

func TestReaderMay(t *testing.T) {
	_, c := newReader(t)
	for _, sql := range []string{
		"SELECT count() FROM t",
		"WITH x AS (SELECT a FROM t WHERE a < 3) SELECT sum(a) FROM x",
		"SELECT t.a, u.s FROM t JOIN t AS u USING a LIMIT 1 FORMAT JSON",
		"SELECT a FROM t WHERE s = 'system.processes; file(''x'') INTO OUTFILE' -- file('/etc/passwd')",
		"SHOW TABLES", "SHOW CREATE TABLE t", "DESCRIBE t", "EXISTS t", "EXPLAIN SELECT a FROM t",
		"SELECT name, comment FROM system.columns WHERE table = 't'",
		"SELECT table_name FROM information_schema.tables WHERE table_name = 't'",
		"SELECT * FROM numbers(3)", "SELECT * FROM values('x UInt8', 1, 2)", "SELECT * FROM view(SELECT a FROM t LIMIT 1)",
		"(SELECT 1) UNION ALL (SELECT 2)", "SELECT format('{}-{}', 'a', 'b')", "SELECT file FROM (SELECT 1 AS file)",
		"SELECT currentDatabase(), version(), now()", "SELECT name FROM system.settings WHERE name = 'readonly'", "SELECT settings = 1 FROM (SELECT 1 AS settings)",
	} {
		c.must(t, sql)
	}
	c.must(t, "SELECT {x:UInt8}", "param_x", "1", "max_execution_time", "5", "output_format_json_quote_64bit_integers", "0", "readonly", "2", "session_id", "mine")
}

func TestReaderMayNot(t *testing.T) {
	all, c := newReader(t)
	const readonly, access = "164", "497"
	for sql, code := range map[string]string{
		"INSERT INTO t VALUES (1, 'x')":                          readonly,
		"INSERT INTO t FORMAT CSV\n1,x\n":                        readonly,
		"CREATE TABLE u (a UInt8) ENGINE = Memory":               readonly,
		"CREATE TEMPORARY TABLE u (a UInt8)":                     readonly,
		"DROP TABLE t":                                           readonly,
		"ALTER TABLE t DELETE WHERE 1":                           readonly,
		"TRUNCATE TABLE t":                                       readonly,
		"KILL QUERY WHERE 1":                                     readonly,
		"SYSTEM STOP MERGES":                                     readonly,
		"SET readonly = 0":                                       readonly,
		"SET max_memory_usage = 0":                               readonly,
		"USE system":                                             readonly,
		"SELECT 1 SETTINGS readonly = 0":                         readonly,
		"SELECT 1 SETTINGS max_execution_time = 0":               readonly,
		"SELECT * FROM (SELECT 1 SETTINGS readonly = 0)":         readonly,
		"SELECT (SELECT sleep(0) SETTINGS max_execution_time=0)": readonly,
		"INSERT INTO FUNCTION file('x') SELECT 1":                readonly,
		"SELECT * FROM file('/etc/passwd')":                      access,
		"SELECT * FROM File ('/etc/passwd')":                     "", // no such function, or refused: never rows
		"SELECT file('/etc/passwd')":                             access,
		"SELECT `file`('/etc/passwd')":                           access,
		"SELECT \"fi\\x6ce\"('/etc/passwd')":                     access,
		"SELECT file/* hidden */('/etc/passwd')":                 access,
		"DESCRIBE TABLE file('/etc/passwd')":                     access,
		"SELECT * FROM '/etc/passwd'":                            "60",
		"SELECT * FROM default.`/etc/passwd`":                    access,
		"SELECT * FROM url('http://127.0.0.1:1/')":               access,
		"SELECT * FROM remote('127.0.0.1', system.one)":          access,
		"SELECT * FROM s3('http://127.0.0.1:1/x')":               access,
		"SELECT * FROM sqlite('x', 'y')":                         access,
		"SELECT * FROM executable('id', TSV, 'x String')":        access,
		"SELECT * FROM merge('system', 'proc.*')":                access,
		"SELECT * FROM merge(REGEXP('sys.*'), 'proc.*')":         access,
		"SELECT * FROM loop(system.processes)":                   access,
		"SELECT query FROM system.processes":                     access,
		"SELECT query FROM `system`.\"processes\"":               access,
		"SELECT query FROM `sys\\x74em`.processes":               access,
		"SELECT query FROM system /* x */ . -- y\nprocesses":     access,
		"SELECT * FROM view(SELECT * FROM system.processes)":     access,
		"SELECT 1 WHERE 1 IN (SELECT 1 FROM system.stack_trace)": access,
		"SELECT 1 IN system.processes":                           access,
		"SELECT * FROM system.server_settings":                   access,
		"SHOW PROCESSLIST":                                       access,
		"SELECT getServerSetting('path')":                        access,
		"SELECT filesystemAvailable()":                           access,
		"SELECT * FROM {d:Identifier}.{t:Identifier}":            access,
	} {
		a := c.post(t, sql, "param_d", "system", "param_t", "processes")
		if code == "" {
			if a.status == http.StatusOK {
				t.Errorf("%s: answered %q", sql, a.body)
			}
			continue
		}
		if a.status == http.StatusOK || a.header.Get("X-ClickHouse-Exception-Code") != code {
			t.Errorf("%s: status %d, code %s, %q; want code %s", sql, a.status, a.header.Get("X-ClickHouse-Exception-Code"), a.body, code)
		}
	}
	for _, sql := range []string{"SELECT 1 INTO OUTFILE 'x'", "SELECT 1 INTO/**/OUTFILE 'x' FORMAT CSV"} {
		c.post(t, sql).refused(t, sql, "48", http.StatusNotImplemented)
	}
	for _, name := range []string{"max_rows_to_read", "format_schema", "allow_introspection_functions", "log_queries", "readonly", "storage_file_read_method"} {
		c.post(t, "SELECT 1", name, "0").refused(t, name, readonly, http.StatusForbidden)
	}
	for _, name := range []string{"system", "default", "SYSTEM"} {
		c.post(t, "SELECT 1", "database", name).refused(t, "database "+name, access, http.StatusForbidden)
	}
	if got := all.must(t, "SELECT count() FROM t"); got != "1000\n" {
		t.Errorf("the reader changed the table: %s rows", got)
	}
}

// TestPrivate: the database that says whose the pseudonyms are is for an account of its own, which may no more than read.
func TestPrivate(t *testing.T) {
	all, reader := newReader(t)
	people := all.as(clickhousetest.People(t))
	all.must(t, "CREATE DATABASE IF NOT EXISTS "+clickhousetest.Private)
	defer all.must(t, "DROP DATABASE "+clickhousetest.Private+" SYNC")
	all.must(t, "CREATE TABLE "+clickhousetest.Private+".accounts (name String) ENGINE = MergeTree ORDER BY name")
	all.must(t, "INSERT INTO "+clickhousetest.Private+".accounts VALUES ('Ana')")
	for _, sql := range []string{
		"SELECT * FROM whose_pseudonyms.accounts", "SELECT * FROM `whose_pseudonyms`.`accounts`", "SELECT * FROM \"whose\\x5fpseudonyms\".accounts",
		"SELECT * FROM whose_pseudonyms /* x */ . accounts", "SELECT 1 WHERE 'Ana' IN whose_pseudonyms.accounts",
		"SELECT * FROM t WHERE s IN (SELECT name FROM view(SELECT name FROM whose_pseudonyms.accounts))",
		"DESCRIBE whose_pseudonyms.accounts", "SHOW CREATE TABLE whose_pseudonyms.accounts", "SHOW TABLES FROM whose_pseudonyms",
		"SELECT joinGet('whose_pseudonyms.accounts', 'name', 1)", "WITH x AS (SELECT * FROM whose_pseudonyms.accounts) SELECT * FROM x",
		"EXPLAIN SELECT * FROM whose_pseudonyms.accounts", "EXISTS whose_pseudonyms.accounts",
	} {
		reader.post(t, sql).refused(t, sql, "497", http.StatusForbidden)
	}
	reader.post(t, "SELECT name FROM accounts", "database", clickhousetest.Private).refused(t, "database", "497", http.StatusForbidden)
	if got := people.must(t, "SELECT name FROM whose_pseudonyms.accounts"); got != "Ana\n" {
		t.Errorf("the role people reads %q", got)
	}
	if got := people.must(t, "SELECT name FROM accounts", "database", clickhousetest.Private); got != "Ana\n" {
		t.Errorf("the role people reads %q", got)
	}
	people.post(t, "INSERT INTO whose_pseudonyms.accounts VALUES ('Bob')").refused(t, "insert", "164", http.StatusForbidden)
	people.post(t, "SELECT query FROM system.processes").refused(t, "processes", "497", http.StatusForbidden)
	people.as("people", "").post(t, "SELECT 1").refused(t, "no password", "516", http.StatusForbidden)
}

func TestReaderLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	_, c := newReader(t)
	// The limit falls after the first rows went out, so the answer breaks off.
	for _, more := range []string{"0", "9999999"} {
		a := c.post(t, "SELECT number FROM numbers(1000001)", "max_result_rows", more)
		if a.err == nil || !strings.Contains(a.body, "Code: 396.") {
			t.Errorf("max_result_rows=%s: %d bytes, %v", more, len(a.body), a.err)
		}
	}
	c.post(t, "SELECT number FROM numbers(11)", "max_result_rows", "10").refused(t, "fewer rows", "396", http.StatusBadRequest)
	a := c.post(t, "SELECT count() FROM system.numbers", "max_execution_time", "1")
	a.refused(t, "time", "159", http.StatusRequestTimeout)
	a = c.post(t, "SELECT groupArray(toString(number)) FROM numbers(100000000) FORMAT Null")
	if !strings.Contains(a.body, "MEMORY_LIMIT_EXCEEDED") {
		t.Errorf("memory: %d %q", a.status, a.body)
	}
	c.must(t, "SELECT 1")
}
