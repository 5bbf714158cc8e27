package recordedtest

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPath(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("WORKMIX_TEST_DATA", dir)
	if err := os.Mkdir(filepath.Join(dir, "jira"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := Path(t, "jira"); got != filepath.Join(dir, "jira") {
		t.Errorf("got %s", got)
	}
	absent := t.Run("absent", func(t *testing.T) {
		defer func() {
			if !t.Skipped() {
				t.Error("a missing file does not skip the test")
			}
		}()
		Path(t, "nothing")
	})
	if !absent {
		t.Error("a missing file fails the test")
	}
	root, err := projectRoot()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "internal", "recordedtest")); err != nil {
		t.Errorf("the project's root is not %s: %v", root, err)
	}
}
