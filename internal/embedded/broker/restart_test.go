package broker_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/embedded/broker"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/eventlog"
)

func start(t *testing.T, dir, listen string) (*broker.Broker, *eventlog.Log) {
	t.Helper()
	b, err := broker.Start(broker.Options{Dir: dir, Listen: listen})
	if err != nil {
		t.Fatal(err)
	}
	l, err := eventlog.Open(t.Context(), eventlog.Options{Brokers: []string{b.Addr()}, Mechanism: b.Mechanism(), User: b.User(), Password: b.Password()})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.EnsureTopics(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	return b, l
}

func write(t *testing.T, l *eventlog.Log, from, to int) {
	t.Helper()
	w := l.Writer()
	defer w.Close()
	for i := from; i < to; i++ {
		if err := w.Write(t.Context(), event.Message{Topic: event.TopicRaw, Key: []byte("k"), Value: fmt.Appendf(nil, "record %d %s", i, strings.Repeat("x", 200))}); err != nil {
			t.Fatal(err)
		}
	}
}

// consume reads n records as the group and commits them.
func consume(t *testing.T, l *eventlog.Log, n int) (first int64) {
	t.Helper()
	c := l.Consume("workmix-normalize", event.TopicRaw)
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	first = -1
	for n > 0 {
		batch, err := c.FetchBatch(ctx, n, 1<<20, 10*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Commit(ctx, batch); err != nil {
			t.Fatal(err)
		}
		if n -= len(batch); first < 0 && len(batch) > 0 {
			first = batch[0].Offset
		}
	}
	return first
}

// TestDamageIsSaid: a damaged file loses the records behind the damage. The broker says so, and the groups that had
// processed them do not skip what is written in their place.
func TestDamageIsSaid(t *testing.T) {
	dir, running := t.TempDir(), t.TempDir()
	b, l := start(t, running, "127.0.0.1:0")
	write(t, l, 0, 30)
	consume(t, l, 30)
	if err := os.CopyFS(dir, os.DirFS(running)); err != nil { // as a killed broker leaves it
		t.Fatal(err)
	}
	l.Close()
	b.Close()
	flip(t, dir)

	b, l = start(t, dir, "127.0.0.1:0")
	r, err := l.Offsets(t.Context(), event.TopicRaw)
	if err != nil || r[0].Next >= 30 || r[0].Next == 0 {
		t.Fatalf("the damage left %v, %v: this test wants some of 30 records lost", r, err)
	}
	left := r[0].Next
	want := fmt.Sprintf("workmix.raw, partition 0, has lost at least the %d records from offset %d on, which workmix-normalize had processed", 30-left, left)
	if w := b.Warnings(); len(w) != 1 || !strings.Contains(w[0], want) {
		t.Errorf("warnings %q, want one with %q", w, want)
	}
	write(t, l, 30, 35)
	if first := consume(t, l, 5); first != left {
		t.Errorf("the group goes on at offset %d, want %d: it skipped new records", first, left)
	}
	l.Close()
	b.Close()

	b, l = start(t, dir, "127.0.0.1:0")
	defer b.Close()
	defer l.Close()
	if w := b.Warnings(); len(w) != 0 {
		t.Errorf("it is said again: %q", w)
	}
}

// flip changes a byte in the middle of the largest file.
func flip(t *testing.T, dir string) {
	t.Helper()
	var file string
	var size int64
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if st, e := os.Stat(path); err == nil && e == nil && !d.IsDir() && strings.HasSuffix(path, ".dat") && strings.Contains(path, "workmix.raw") && st.Size() > size {
			file, size = path, st.Size()
		}
		return nil
	})
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2+50] ^= 0x40 // within a record: a batch of one has about 100 bytes, and its checksum leaves out the first 20
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRestartElsewhere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	b, l := start(t, dir, "127.0.0.1:0")
	write(t, l, 0, 3)
	addr, password := b.Addr(), b.Password()
	l.Close()
	b.Close()
	if err := os.Chmod(filepath.Join(dir, "log"), 0o755); err != nil { // as an unpacked backup may be
		t.Fatal(err)
	}

	b, l = start(t, dir, addr) // the same port
	if b.Addr() != addr {
		t.Errorf("listens on %s, want %s", b.Addr(), addr)
	}
	write(t, l, 3, 6)
	l.Close()
	b.Close()

	b, l = start(t, dir, "127.0.0.1:0") // another
	defer b.Close()
	defer l.Close()
	if b.Addr() == addr || b.Password() != password {
		t.Errorf("listens on %s, before %s; the password is the same: %v", b.Addr(), addr, b.Password() == password)
	}
	write(t, l, 6, 9)
	if first := consume(t, l, 9); first != 0 {
		t.Errorf("first record at %d", first)
	}
	n := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		st, err := d.Info()
		if err != nil {
			return err
		}
		n++
		if p := st.Mode().Perm(); p != 0o600 && !d.IsDir() || d.IsDir() && p != 0o700 {
			t.Errorf("%s is open to others: %v", path, st.Mode())
		}
		return nil
	})
	if err != nil || n < 10 {
		t.Errorf("%d files, %v", n, err)
	}
}
