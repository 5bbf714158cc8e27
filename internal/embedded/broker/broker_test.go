package broker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFilesAreTheOwners(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "b")
	b, err := Start(Options{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", st.Mode(), err)
	}
	if st, err := os.Stat(filepath.Join(dir, "secret")); err != nil || st.Mode() != 0o600 {
		t.Errorf("secret: %v, %v", st.Mode(), err)
	}
	if !strings.HasPrefix(b.Addr(), "127.0.0.1:") || len(b.Password()) < 16 {
		t.Errorf("address %s", b.Addr())
	}
}

func TestRefusesTheNetwork(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", "nonsense", "192.0.2.1:1", "127.0.0.1:x"} {
		if b, err := Start(Options{Dir: t.TempDir(), Listen: listen}); err == nil {
			b.Close()
			t.Errorf("%s was accepted", listen)
		}
	}
}
