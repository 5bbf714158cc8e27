// Package clickhousetest gives tests a ClickHouse: the embedded engine, one for each test binary, or the
// server that the environment variable WORKMIX_TEST_CLICKHOUSE names. Nothing else reads or writes it.
package clickhousetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/workmix/workmix/internal/embedded/clickhouse"
)

const (
	childArg = "workmix-test-engine"
	realEnv  = "WORKMIX_TEST_CLICKHOUSE"
)

// ChildArgs make a test binary whose TestMain is Main the engine's process.
func ChildArgs() []string { return []string{childArg} }

// running is the engine of this test binary.
type running struct {
	once   sync.Once
	server *clickhouse.Server
	dir    string
	o      clickhouse.StartOptions
	err    error
}

// shared is the one state that Main and the tests of a binary have in common: TestMain has no other way to
// hand something to a test.
var shared running

// Main is a TestMain: it runs the tests, and the engine as a child of the same binary once a test asks.
func Main(m *testing.M) { os.Exit(Run(m.Run)) }

// Run is Main for a TestMain with work of its own: it calls run and returns the exit status.
func Run(run func() int) int {
	if len(os.Args) > 1 && os.Args[1] == childArg {
		if err := clickhouse.ServeStdin(os.Stdin, os.Stdout); err != nil {
			return 1
		}
		return 0
	}
	defer func() {
		if shared.server != nil {
			_ = shared.server.Close()
		}
		if shared.dir != "" {
			_ = os.RemoveAll(shared.dir)
		}
	}()
	return run()
}

// Options are those of an engine in a folder whose child is this test binary; Main must be its TestMain. It
// skips the test where the engine is not installed.
func Options(t testing.TB, dir string) clickhouse.StartOptions {
	t.Helper()
	lib, err := clickhouse.Locate()
	if err != nil {
		t.Skip(err)
	}
	return options(lib, dir)
}

func options(lib, dir string) clickhouse.StartOptions {
	return clickhouse.StartOptions{
		Args: ChildArgs(),
		Options: clickhouse.Options{
			Lib: lib, DataDir: dir, Listen: "127.0.0.1:0",
			User: "workmix", Password: rand.Text(), Reader: "reader", ReaderPassword: rand.Text(),
			People: "people", PeoplePassword: rand.Text(), Private: Private,
		},
	}
}

// URL returns the address of a fresh database (the URL's path), which is dropped when the test ends, and who
// may do everything there. It skips the test where there is no ClickHouse.
func URL(t testing.TB) (address, user, password string) {
	t.Helper()
	base, user, password := server(t)
	name := "test_" + strings.ToLower(rand.Text()[:12])
	execute(t, base, user, password, "CREATE DATABASE "+name)
	t.Cleanup(func() {
		execute(t, base, user, password, "DROP DATABASE IF EXISTS "+name+" SYNC")
		execute(t, base, user, password, "DROP DATABASE IF EXISTS "+name+"_people SYNC")
	})
	return base + "/" + name, user, password
}

// Reader returns the embedded engine's read-only account. It skips the test on a real server.
func Reader(t testing.TB) (user, password string) {
	t.Helper()
	if os.Getenv(realEnv) != "" {
		t.Skip("a real server's reader account is its own matter")
	}
	server(t)
	return shared.o.Reader, shared.o.ReaderPassword
}

// Private is the database that the read-only account of Reader must not read, and that of People may.
const Private = "whose_pseudonyms"

// People returns the embedded engine's read-only account that may read Private. It skips the test on a real server.
func People(t testing.TB) (user, password string) {
	t.Helper()
	Reader(t)
	return shared.o.People, shared.o.PeoplePassword
}

// Embedded reports whether URL gives the embedded engine.
func Embedded() bool { return os.Getenv(realEnv) == "" }

func server(t testing.TB) (base, user, password string) {
	t.Helper()
	if given := os.Getenv(realEnv); given != "" {
		u, err := url.Parse(given)
		if err != nil {
			t.Fatalf("%s: %v", realEnv, err)
		}
		password, _ := u.User.Password()
		user := u.User.Username()
		if user == "" {
			user = "default"
		}
		return u.Scheme + "://" + u.Host, user, password
	}
	lib, err := clickhouse.Locate()
	if err != nil {
		t.Skip(err)
	}
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "workmix-clickhouse-test-"); shared.err == nil {
			shared.o = options(lib, shared.dir)
			shared.server, shared.err = clickhouse.Start(context.Background(), shared.o)
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server.URL(), shared.o.User, shared.o.Password
}

func execute(t testing.TB, base, user, password, sql string) {
	t.Helper()
	if err := post(base, user, password, sql); err != nil {
		t.Errorf("%s: %v", sql, err)
	}
}

func post(base, user, password, sql string) error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, base+"/", strings.NewReader(sql))
	if err != nil {
		return err
	}
	req.SetBasicAuth(user, password)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, body)
	}
	return err
}
