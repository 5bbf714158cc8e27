package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/workmix/workmix/internal/embedded/clickhouse"
)

// TestInterruptedAtOnce interrupts what has just said that it runs, while its stages are still starting: it ends in order all
// the same.
func TestInterruptedAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("ten seconds long")
	}
	if _, err := clickhouse.Locate(); err != nil {
		t.Skip(err)
	}
	work := t.TempDir()
	cfg := filepath.Join(work, "workmix.yaml")
	free := "embedded: {clickhouse_listen: \"127.0.0.1:0\"}\nserve: {listen: \"127.0.0.1:0\"}\nadmin: {listen: \"127.0.0.1:0\"}\n"
	if err := os.WriteFile(cfg, []byte(free), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	said := &watch{word: "workmix is up: ", do: interrupt}
	root := newRoot()
	root.SetArgs([]string{"--config", cfg, "--data", filepath.Join(work, "data"), "up"})
	root.SetOut(io.Discard)
	root.SetErr(said)
	if err := root.ExecuteContext(ctx); err != nil || !strings.Contains(said.String(), "workmix stops; everything that was acknowledged is kept") {
		t.Errorf("%v after it said %q", err, said)
	}
}

// watch does something as soon as a word is written to it.
type watch struct {
	mu   sync.Mutex
	text bytes.Buffer
	word string
	do   func()
}

func (w *watch) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.text.Write(p)
	if strings.Contains(w.text.String(), w.word) {
		w.do()
	}
	return n, err
}

func (w *watch) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}
