// Package recordedtest finds the recorded tracker data that tests read. It reads no file itself and writes nothing.
package recordedtest

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns a file or folder of the recorded data, of which parts are the names below its root: the folder that the
// environment variable WORKMIX_TEST_DATA names, else ../shared/data beside the project. Where there is none the test
// is skipped with what to set.
func Path(tb testing.TB, parts ...string) string {
	tb.Helper()
	dir := os.Getenv("WORKMIX_TEST_DATA")
	if dir == "" {
		root, err := projectRoot()
		if err != nil {
			tb.Fatal(err)
		}
		dir = filepath.Join(root, "..", "shared", "data")
	}
	path := filepath.Join(append([]string{dir}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("no recorded tracker data at %s: name its folder in WORKMIX_TEST_DATA", path)
	}
	return path
}

// projectRoot is the nearest folder above the test's that holds go.mod.
func projectRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", os.ErrNotExist
		}
		dir = up
	}
}
