package clickhouse

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

func TestLocate(t *testing.T) {
	named := filepath.Join(t.TempDir(), "own.so")
	t.Setenv("WORKMIX_LIBCHDB", named)
	if _, err := Locate(); err == nil || !strings.Contains(err.Error(), named) {
		t.Errorf("a named file that is not there: %v", err)
	}
	if err := os.WriteFile(named, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Locate(); got != named {
		t.Errorf("named: %s, %v", got, err)
	}

	t.Setenv("WORKMIX_LIBCHDB", "")
	dir := t.TempDir()
	inside := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(inside)
	if got, err := Locate(); err == nil {
		t.Logf("the system has its own: %s", got)
	} else {
		for _, want := range []string{"make engine", "npm package @chdb/", "lib.chdb.io", "WORKMIX_LIBCHDB", "clickhouse.url"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error does not mention %s: %v", want, err)
			}
		}
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("npm's folder has another name here")
	}
	want := filepath.Join(dir, "node_modules", "@chdb", "lib-linux-x64-gnu", "libchdb.so")
	if err := os.MkdirAll(filepath.Dir(want), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(want, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Locate(); err != nil || !sameFile(got, want) {
		t.Errorf("in node_modules above: %s, %v", got, err)
	}
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// What npm fetches is pinned by its content, and the Makefile's version is the same one.
func TestLockFile(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	b, err := os.ReadFile(filepath.Join(root, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct{ Version, Integrity, Resolved string }
	}
	if err := json.Unmarshal(b, &lock); err != nil {
		t.Fatal(err)
	}
	for name, p := range lock.Packages {
		if name == "" {
			continue
		}
		if !strings.HasPrefix(p.Integrity, "sha512-") {
			t.Errorf("%s has no sha512 integrity", name)
		}
		if p.Resolved != "" { // each machine's npm knows its own registry; the integrity says what must come
			t.Errorf("%s names the address %s: run npm with omit-lockfile-registry-resolved", name, p.Resolved)
		}
	}
	engine := lock.Packages["node_modules/@chdb/lib-linux-x64-gnu"].Version
	if lock.Packages["node_modules/@clickhouse/client"].Version == "" || engine == "" {
		t.Error("the engine or the client is not pinned")
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`(?m)^CHDB := (.*)$`).FindSubmatch(makefile); m == nil || string(m[1]) != engine {
		t.Errorf("the Makefile's CHDB differs from the lock file's %s", engine)
	}
}
