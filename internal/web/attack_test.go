package web

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/workmix/workmix/internal/report"
)

// secret is what no answer to an attack may hold.
const secret = "the-secret-of-the-file"

// sources are what a reader must not read from: in each of the ways below.
func sources(file string) []string {
	return strings.Split(strings.TrimSpace(strings.ReplaceAll(`
file('FILE')
file('FILE', 'TSV', 'x String')
`+"`file`('FILE', 'LineAsString')"+`
"file"('FILE', 'LineAsString', 'x String')
FILE('FILE', 'LineAsString')
file /* a table */ ('FILE', 'LineAsString')
file('/etc/*', 'LineAsString')
fileCluster('default', 'FILE', 'LineAsString')
url('http://127.0.0.1:1/', 'LineAsString')
urlCluster('default', 'http://127.0.0.1:1/', 'LineAsString')
s3('http://127.0.0.1:1/b/x', 'LineAsString')
s3Cluster('default', 'http://127.0.0.1:1/b/x', 'LineAsString')
gcs('http://127.0.0.1:1/b/x', 'LineAsString')
hdfs('hdfs://127.0.0.1:1/x', 'LineAsString')
azureBlobStorage('http://127.0.0.1:1/', 'c', 'b')
remote('127.0.0.1', system.one)
remote('127.0.0.1:9000', 'system', 'processes')
remoteSecure('127.0.0.1', system.one)
cluster('default', system.processes)
clusterAllReplicas('default', system.processes)
mysql('127.0.0.1:1', 'd', 't', 'u', 'p')
postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')
mongodb('127.0.0.1:1', 'd', 't', 'u', 'p', 'x String')
redis('127.0.0.1:1', 'k', 'k String')
sqlite('FILE', 't')
odbc('DSN=x', 't')
jdbc('x', 't')
executable('id', 'TSV', 'x String')
executable('cat FILE', TSV, 'x String')
iceberg('http://127.0.0.1:1/b')
icebergLocal('FILE')
deltaLake('http://127.0.0.1:1/b')
deltaLakeLocal('FILE')
hudi('http://127.0.0.1:1/b')
merge('system', '.*')
merge(REGEXP('.*'), 'processes')
loop(system.processes)
dictionary('d')
input('x String')
fuzzQuery('SELECT 1')
mergeTreeIndex('system', 'query_log')
system.processes
system.query_log
`+"`system`.`processes`"+`
"system"."processes"
SYSTEM.processes
system . processes
system/**/./**/processes
system.users
system.settings_profiles
system.server_settings
system.macros
system.clusters
system.disks
system.named_collections
system.stack_trace
system.zookeeper
system.errors
system.events
system.metrics
system.parts
system.environment
default.`+"`FILE`"+`
`+"`sys\\x74em`.processes"+`
INFORMATION_SCHEMA.referential_constraints_x
`, "FILE", file)), "\n")
}

// ways are statements that read from a source.
var ways = []string{
	"SELECT * FROM @",
	"(((SELECT * FROM @)))",
	"SELECT 1 UNION ALL SELECT count() FROM @",
	"WITH a AS (SELECT * FROM @) SELECT * FROM a",
	"SELECT (SELECT count() FROM @)",
	"SELECT 1 WHERE 1 IN (SELECT 1 FROM @)",
	"SELECT * FROM revisions AS r CROSS JOIN @ AS f",
	"select\n*\nfrom -- a comment\n@",
}

// others are attacks of other kinds.
func others(file string) []string {
	return strings.Split(strings.TrimSpace(strings.NewReplacer("FILE", file).Replace(`
INSERT INTO revisions (item_id) VALUES ('x')
INSERT INTO revisions SELECT * FROM revisions
INSERT INTO FUNCTION file('FILE.out') SELECT 1
INSERT INTO FUNCTION url('http://127.0.0.1:1/') SELECT 1
insert into revisions format CSV 1
WITH x AS (SELECT 1) INSERT INTO revisions SELECT * FROM x
CREATE TABLE stolen (a UInt8) ENGINE = Memory
CREATE TABLE stolen ENGINE = File(TSV) AS SELECT 1
CREATE TEMPORARY TABLE stolen (a UInt8)
CREATE VIEW stolen AS SELECT 1
CREATE MATERIALIZED VIEW stolen ENGINE = Memory AS SELECT 1
CREATE DATABASE stolen
CREATE USER eve
CREATE ROLE eve
CREATE FUNCTION f AS x -> x
CREATE DICTIONARY d (k UInt64) PRIMARY KEY k SOURCE(FILE(path 'FILE')) LAYOUT(FLAT()) LIFETIME(1)
CREATE NAMED COLLECTION c AS a = 1
CREATE ROW POLICY p ON revisions USING 1 TO ALL
CREATE QUOTA q
CREATE SETTINGS PROFILE p
DROP TABLE revisions
DROP VIEW work_items
DROP DATABASE workmix
DROP USER default
TRUNCATE TABLE revisions
TRUNCATE DATABASE workmix
DELETE FROM revisions WHERE 1
UPDATE revisions SET title = '' WHERE 1
ALTER TABLE revisions DELETE WHERE 1
ALTER TABLE revisions UPDATE title = '' WHERE 1
ALTER TABLE revisions ADD COLUMN x UInt8
ALTER USER default IDENTIFIED BY 'x'
RENAME TABLE revisions TO stolen
EXCHANGE TABLES revisions AND activities
OPTIMIZE TABLE revisions FINAL
ATTACH TABLE stolen FROM 'FILE' (a UInt8) ENGINE = MergeTree ORDER BY a
DETACH TABLE revisions
UNDROP TABLE revisions
GRANT ALL ON *.* TO reader
REVOKE ALL ON *.* FROM default
SET readonly = 0
SET max_memory_usage = 0
SET ROLE ALL
USE system
SYSTEM SHUTDOWN
SYSTEM KILL
SYSTEM STOP MERGES
SYSTEM FLUSH LOGS
SYSTEM DROP MARK CACHE
SYSTEM RELOAD CONFIG
KILL QUERY WHERE 1
KILL QUERY WHERE 1 SYNC
KILL MUTATION WHERE 1
BACKUP TABLE revisions TO File('FILE.backup')
BACKUP DATABASE workmix TO Disk('d', 'x')
RESTORE TABLE revisions FROM File('FILE.backup')
CHECK TABLE revisions
MOVE USER default TO x
EXECUTE AS default SELECT 1
BEGIN TRANSACTION
COMMIT
WATCH work_items
PARALLEL WITH SELECT 1
COPY revisions TO 'FILE.out'
LOAD DATA INFILE 'FILE' INTO TABLE revisions
SELECT 1; DROP TABLE revisions
SELECT 1; SELECT 2
SELECT 1;;SELECT 2
; DROP TABLE revisions
SELECT 1 /* ; */ ; TRUNCATE TABLE revisions
SELECT 1 -- x¶; TRUNCATE TABLE revisions
SELECT 1 # x¶; TRUNCATE TABLE revisions
SELECT '\''; DROP TABLE revisions; -- '
SELECT ''''; DROP TABLE revisions
SELECT "a\"b"; DROP TABLE revisions
SELECT $$;$$; DROP TABLE revisions
/* */ DROP TABLE revisions
-- x¶DROP TABLE revisions
# x¶DROP TABLE revisions
/* SELECT */ INSERT INTO revisions (item_id) VALUES ('x')
/*! DROP TABLE revisions */
/* a /* b */ DROP TABLE revisions */
SELECT 1 /* not closed
SELECT 'not closed
SELECT "not closed
(DROP TABLE revisions)
(INSERT INTO revisions SELECT 1)
SELECT 1 INTO OUTFILE 'FILE.out'
SELECT 1 into outfile 'FILE.out' TRUNCATE
SELECT 1 INTO/**/OUTFILE 'FILE.out' FORMAT CSV
SELECT 1 INTO -- x¶ OUTFILE 'FILE.out'
SELECT * FROM revisions INTO OUTFILE 'FILE.out' COMPRESSION 'gzip'
SELECT 1 INTO OUTFILE 'FILE.out' AND STDOUT
SELECT 1 INTO DUMPFILE 'FILE.out'
SELECT 1 SETTINGS readonly = 0
SELECT 1 SETTINGS max_execution_time = 0
SELECT 1 settings max_memory_usage = 0, readonly = 0
SELECT * FROM (SELECT 1 SETTINGS readonly = 0)
SELECT 1 FORMAT Null
SELECT 1 FORMAT JSON
SELECT file('FILE')
SELECT file('/etc/passwd', 'x')
SELECT "file"('FILE')
SELECT File('FILE')
SELECT * FROM 'FILE'
SELECT length(file('FILE'))
SELECT getServerSetting('path')
SELECT getMacro('x')
SELECT getClientHTTPHeader('Authorization')
SELECT filesystemAvailable()
SELECT filesystemCapacity()
SELECT hostName(), fqdn()
SELECT catboostEvaluate('FILE', 1)
SELECT addressToLine(1)
SELECT demangle('x')
SELECT dictGet('d', 'x', 1)
SELECT joinGet('revisions', 'title', 'x')
SELECT sleep(3)
SELECT sleepEachRow(1) FROM numbers(100)
SHOW PROCESSLIST
SHOW GRANTS
SHOW USERS
SHOW CREATE USER default
SHOW ACCESS
SHOW TABLES FROM system INTO OUTFILE 'FILE.out'
DESCRIBE TABLE file('FILE')
DESCRIBE TABLE url('http://127.0.0.1:1/')
DESC s3('http://127.0.0.1:1/b/x')
EXPLAIN SELECT * FROM file('FILE')
EXPLAIN ESTIMATE SELECT * FROM system.processes
EXPLAIN PIPELINE SELECT * FROM url('http://127.0.0.1:1/')
EXISTS TABLE file('FILE')
SELECT * FROM {d:Identifier}.{t:Identifier}
SELECT * FROM {t:Identifier}
SELECT repeat('x', 1000000000000)
SELECT range(10000000000)
SELECT arrayWithConstant(10000000000, 1)
SELECT groupArray(toString(number)) FROM numbers(1000000000)
SELECT randomString(100000000000)
SELECT ((((((((((SELECT 1
SELECT
WITH
()
;
nonsense
𝓢ELECT 1
`)), "\n")
}

// TestAttacks sends attacks on the SQL console, to the API and past it straight to the account that may only read: none
// is answered with rows, and afterwards the tables and the files are as they were.
func TestAttacks(t *testing.T) {
	if testing.Short() {
		t.Skip("runs some hundred statements")
	}
	e := newEngine(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "secret.txt")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := e.all.Exec(t.Context(), "INSERT INTO decisions (kind, id, body) VALUES ('team', 'compute', '{}')", nil); err != nil {
		t.Fatal(err)
	}
	const state = "SELECT (SELECT groupArray((name, engine)) FROM (SELECT name, engine FROM system.tables WHERE database = currentDatabase() ORDER BY name)), (SELECT count() FROM decisions), (SELECT groupArray(name) FROM (SELECT name FROM system.databases ORDER BY name)), (SELECT count() FROM system.functions WHERE origin != 'System')"
	before := shown(t, e, state)
	all := others(file)
	for _, s := range sources(file) {
		for _, w := range ways {
			all = append(all, strings.ReplaceAll(w, "@", s))
		}
	}
	if len(all) < 300 {
		t.Errorf("only %d attacks", len(all))
	}
	params := map[string]string{"d": "system", "t": "processes"}
	for _, sql := range all {
		sql = strings.ReplaceAll(sql, "¶", "\n")
		body, err := json.Marshal(map[string]any{"query": sql, "params": params})
		if err != nil {
			t.Fatal(err)
		}
		w := send(t, e, "POST", "/api/v1/sql", string(body), "Content-Type", "application/json")
		var told struct{ Error string }
		if err := json.Unmarshal(w.Body.Bytes(), &told); err != nil || w.Code != 400 || told.Error == "" || strings.Contains(told.Error, "\n") || strings.Contains(w.Body.String(), secret) {
			t.Errorf("%s\n%d: %.300s", sql, w.Code, w.Body)
		}
	}
	t.Logf("%d attacks on the console", len(all))
	past := 0
	for _, sql := range all {
		sql = strings.ReplaceAll(sql, "¶", "\n")
		if harmless(sql) {
			continue
		}
		past++
		var out strings.Builder
		err := rowsOf(t.Context(), e.reader, sql, params, func(r report.Rows) error { return report.Write(&out, "csv", r) })
		if err == nil && out.Len() > 1 || strings.Contains(out.String(), secret) {
			t.Errorf("straight to the account: %s\n%.300s", sql, out.String())
		}
	}
	t.Logf("%d attacks straight on the account", past)
	if after := shown(t, e, state); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("files were written: %v %v", left, err)
	}
}

// harmless are statements that the console refuses for its own reasons, while the account may run them: they tell
// nothing and change nothing.
func harmless(sql string) bool {
	for _, p := range []string{"SELECT 1 FORMAT", "SELECT * FROM (SELECT 1 SETTINGS", "SELECT sleep", "SELECT hostName", "SELECT 1; SELECT 2", "SELECT 1;;", "/*! ", "SHOW GRANTS", "SHOW USERS", "SHOW ACCESS", "SHOW CREATE USER"} {
		if strings.HasPrefix(sql, p) {
			return true
		}
	}
	return strings.Contains(sql, "system.parts") || strings.Contains(sql, "fuzzQuery")
}

func shown(t *testing.T, e *engine, sql string) string {
	t.Helper()
	var out strings.Builder
	if err := rowsOf(t.Context(), e.all, sql, nil, func(r report.Rows) error { return report.Write(&out, "csv", r) }); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
