package stack

import (
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
	if err := a.writeJSON("running.json", Addresses{ClickHouseURL: "http://x/workmix"}); err != nil {
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
	if _, err := b.running(); err == nil || !strings.Contains(err.Error(), "try again") {
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
