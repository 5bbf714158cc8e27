//go:build linux

package clickhouse_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDiskFull lets the engine's disk be full for a while: inserts are refused, what was acknowledged stays, reads go on,
// and with room again an insert that was refused is taken whole. The disk is a small tmpfs; where mounting is refused, and
// once in any case, files may not grow beyond a size, which ends the engine as a crash does.
func TestDiskFull(t *testing.T) {
	if testing.Short() {
		t.Skip("starts engines of its own")
	}
	t.Run("tmpfs", func(t *testing.T) {
		dir := t.TempDir()
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=96m"); err != nil {
			t.Skipf("mounting is refused: %v", err)
		}
		t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
		filler := filepath.Join(dir, "filler")
		fullDisk(t, filepath.Join(dir, "engine"), func(*testing.T, int) {
			f, err := os.Create(filler)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for block := make([]byte, 1<<20); err == nil; {
				if _, err = f.Write(block); err != nil && len(block) > 1 {
					block, err = block[:len(block)/2], nil
				}
			}
		}, func(*testing.T, int) { _ = os.Remove(filler) })
	})
	t.Run("file size", func(t *testing.T) {
		limit := func(most uint64) func(*testing.T, int) {
			return func(t *testing.T, pid int) {
				t.Helper()
				if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: most, Max: unix.RLIM_INFINITY}, nil); pid != 0 && err != nil {
					t.Fatal(err)
				}
			}
		}
		fullDisk(t, t.TempDir(), limit(100<<10), limit(unix.RLIM_INFINITY))
	})
}

func fullDisk(t *testing.T, dir string, full, room func(t *testing.T, pid int)) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, c := start(t, dir, nil)
	defer s.Close()
	c.must(t, "CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a")
	insert := func(block int) string {
		return fmt.Sprintf("INSERT INTO t SELECT %d, randomPrintableASCII(100) FROM numbers(5000)", block)
	}
	c.must(t, insert(1))
	for try := range 3 {
		full(t, s.PID()) // an engine that was started again has room
		a := c.post(t, insert(2))
		if a.status == http.StatusOK {
			t.Fatalf("try %d: a disk without room took an insert", try)
		}
		t.Logf("said %d: %.200s", a.status, a.body)
		if got := c.must(t, "SELECT a, count() FROM t GROUP BY a ORDER BY a"); got != "1\t5000\n" {
			t.Errorf("while the disk is full: %q", got)
		}
	}
	room(t, s.PID())
	c.must(t, insert(2))
	if got := c.must(t, "SELECT a, count() FROM t GROUP BY a ORDER BY a"); got != "1\t5000\n2\t5000\n" {
		t.Errorf("with room again: %q", got)
	}
}
