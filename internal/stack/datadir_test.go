package stack

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDataDirLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	a, err := openDataDir(path)
	if err != nil || !a.owned() {
		t.Fatalf("first: owned %v, %v", a.owned(), err)
	}
	if err := a.announce(Addresses{ClickHouseURL: "http://x/workmix"}, false); err != nil {
		t.Fatal(err)
	}
	b, err := openDataDir(path)
	if err != nil || b.owned() {
		t.Fatalf("second while the first holds it: owned %v, %v", b.owned(), err)
	}
	if r, err := b.running(); err != nil || r.ClickHouseURL != "http://x/workmix" {
		t.Errorf("running: %+v, %v", r, err)
	}
	a.close()
	if _, err := b.running(); !errors.Is(err, errStarting) {
		t.Errorf("running after the holder left: %v", err)
	}
	if c, err := openDataDir(path); err != nil || !c.owned() {
		t.Errorf("after release: %v", err)
	}
	for name, want := range map[string]os.FileMode{".": 0o700 | os.ModeDir, "lock": 0o600, "version": 0o600} {
		if st, err := os.Stat(filepath.Join(path, name)); err != nil || st.Mode() != want {
			t.Errorf("%s: mode %v, want %v (%v)", name, st.Mode(), want, err)
		}
	}
}

func TestDataDirOfANewerVersion(t *testing.T) {
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "version"), []byte("99\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openDataDir(path); err == nil || !strings.Contains(err.Error(), "format 99") || !strings.Contains(err.Error(), "newer workmix") {
		t.Errorf("got %v", err)
	}
	if b, _ := os.ReadFile(filepath.Join(path, "version")); string(b) != "99\n" {
		t.Error("the version was changed")
	}
}

func TestSecretsAreKept(t *testing.T) {
	d, err := openDataDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	a, err := d.secrets()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := d.secrets(); err != nil || a != b || len(a.Password) < 16 {
		t.Errorf("second read %v, %v", b == a, err)
	}
	if st, _ := os.Stat(d.file("secrets.json")); st.Mode() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
}

func TestNotADataDir(t *testing.T) {
	path := t.TempDir()
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "thesis.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openDataDir(path); err == nil || !strings.Contains(err.Error(), "thesis.txt") || !strings.Contains(err.Error(), "--data") {
		t.Errorf("got %v", err)
	}
	st, err := os.Stat(path)
	if entries, _ := os.ReadDir(path); err != nil || st.Mode().Perm() != 0o755 || len(entries) != 1 {
		t.Error("the folder was changed")
	}
}

// What a holder that was killed announced is not believed.
func TestStaleAddresses(t *testing.T) {
	path := t.TempDir()
	a, err := openDataDir(path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	const nobody = 1 << 30 // above the largest process id
	if err := a.writeJSON("running.json", runningFile{PID: nobody}); err != nil {
		t.Fatal(err)
	}
	b, err := openDataDir(path)
	if err != nil || b.owned() {
		t.Fatalf("owned %v, %v", b.owned(), err)
	}
	if r, err := b.running(); !errors.Is(err, errStarting) {
		t.Errorf("believed %+v, %v", r, err)
	}
}
