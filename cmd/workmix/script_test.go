package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/workmix/workmix/internal/embedded/clickhouse"
)

// TestMain lets the scripts, and the stack's engine process, start this test binary as workmix.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "engine" {
		main() // the engine's process of a test that calls run
	}
	testscript.Main(m, map[string]func(){"workmix": main})
}

// TestScripts runs the real commands on an embedded stack of each script's own.
func TestScripts(t *testing.T) {
	// The engine's library stands beside the project, not beside the test's binary.
	engine, located := clickhouse.Locate()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("WORKMIX_LIBCHDB", engine)
			// Every script has ports of its own: scripts run at once.
			for _, name := range []string{"ENGINE", "PAGES", "ADMIN", "HOOKS"} {
				addr, err := freeAddress()
				if err != nil {
					return err
				}
				e.Setenv(name, addr)
			}
			return os.WriteFile(filepath.Join(e.WorkDir, "workmix.yaml"), []byte(addresses(e.Getenv)), 0o600)
		},
		Condition: func(cond string) (bool, error) {
			if cond == "engine" {
				return located == nil, nil
			}
			return false, errors.New("unknown condition " + cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "trackers": trackers, "edit": edit, "commit": commit, "report": openIssue, "add-repository": addRepository, "deliver": deliver, "until": until, "hold": hold, "get": get, "post": post, "same-rows": sameRows, "truncate": truncate, "poison": poison, "remember": remember, "empty": empty, "people-on": peopleOn, "organisation": organisation, "nameless": nameless,
		},
	})
}

// peopleOn turns on the account that may read names.
func peopleOn(ts *testscript.TestScript, _ bool, _ []string) {
	name := ts.MkAbs("workmix.yaml")
	text := strings.Replace(ts.ReadFile("workmix.yaml"), "embedded: {", "embedded: {people: true, ", 1)
	ts.Check(os.WriteFile(name, []byte(text), 0o600))
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// addresses is the part of a script's configuration that keeps it apart from others.
func addresses(env func(string) string) string {
	api := ""
	if env("API_TOKEN") != "" {
		api = ", api_token_env: API_TOKEN"
	}
	return "embedded: {clickhouse_listen: \"" + env("ENGINE") + "\"}\n" +
		"serve: {listen: \"" + env("PAGES") + "\"" + api + "}\nadmin: {listen: \"" + env("ADMIN") + "\"}\nwebhooks: {listen: \"" + env("HOOKS") + "\"}\n"
}

// status N COMMAND ARGS… runs a command that must end with exit status N; where that is not 0 it must have written
// nothing to standard output.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
	if want != 0 && ts.ReadFile("stdout") != "" {
		ts.Fatalf("a failure wrote to standard output")
	}
}

// until COMMAND ARGS… repeats a command until it succeeds, for at most a minute: seconds on an idle machine.
func until(ts *testscript.TestScript, neg bool, args []string) {
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		err := ts.Exec(args[0], args[1:]...)
		if (err != nil) == neg {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("not within a minute: %v", err)
		}
	}
}

// hold ADDR listens on an address until the script ends.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", args[0])
	ts.Check(err)
	ts.Defer(func() { l.Close() })
}

// empty DIR fails if a folder holds anything.
func empty(ts *testscript.TestScript, _ bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(entries) > 0 {
		ts.Fatalf("%s holds %v", args[0], entries)
	}
}

// truncate FROM TO N writes the first N bytes of a file to another, or all but the last -N.
func truncate(ts *testscript.TestScript, _ bool, args []string) {
	b := ts.ReadFile(args[0])
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	if n < 0 {
		n += len(b)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b[:n]), 0o600))
}

// get URL [STATUS] keeps an answer of that status, else 200, in the file body, waiting up to 30 seconds for one.
func get(ts *testscript.TestScript, _ bool, args []string) {
	want := http.StatusOK
	if len(args) > 1 {
		var err error
		want, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		resp, err := http.Get(args[0])
		if err == nil {
			b, read := io.ReadAll(resp.Body)
			resp.Body.Close()
			if read == nil && resp.StatusCode == want {
				ts.Check(os.WriteFile(ts.MkAbs("body"), b, 0o600))
				return
			}
			err = fmt.Errorf("%s: %s", resp.Status, b)
		}
		if time.Now().After(end) {
			ts.Fatalf("no answer within 30 seconds: %v", err)
		}
	}
}

// post STATUS URL TYPE TOKEN FILE sends a file once, with the token unless it is -, and keeps the answer, which must have
// that status, in the file body.
func post(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	r, err := http.NewRequest(http.MethodPost, args[1], strings.NewReader(ts.ReadFile(args[4])))
	ts.Check(err)
	r.Header.Set("Content-Type", args[2])
	if args[3] != "-" {
		r.Header.Set("Authorization", "Bearer "+args[3])
	}
	resp, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if resp.StatusCode != want {
		ts.Fatalf("%s: %s: %s", args[1], resp.Status, b)
	}
	ts.Check(os.WriteFile(ts.MkAbs("body"), b, 0o600))
}

// same-rows DIR DIR compares every row of every base table of two data directories.
func sameRows(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("workmix", "sql", "--data", args[0], "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'ReplacingMergeTree' ORDER BY name"))
	tables := strings.Fields(ts.ReadFile("stdout"))[1:]
	if len(tables) < 8 {
		ts.Fatalf("only %d tables: %v", len(tables), tables)
	}
	// A union over all tables of their rows as text: one start of the engine a directory.
	var parts []string
	for _, t := range tables {
		parts = append(parts, "SELECT '"+t+"' AS t, toString(tuple(*)) AS r FROM "+t+" FINAL")
	}
	sql := "SELECT t, count() AS n, groupBitXor(cityHash64(r)) AS h, sum(length(r)) AS l FROM (" + strings.Join(parts, " UNION ALL ") + ") GROUP BY t ORDER BY t"
	var got [2]string
	for i, dir := range args {
		ts.Check(ts.Exec("workmix", "sql", "--data", dir, sql))
		got[i] = ts.ReadFile("stdout")
	}
	if got[0] != got[1] || !strings.Contains(got[0], "revisions,") {
		ts.Fatalf("%s has\n%s\n%s has\n%s", args[0], got[0], args[1], got[1])
	}
}
