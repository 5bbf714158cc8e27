package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/embedded/clickhouse"
)

// answer returns status and body of a page, 0 while nobody listens.
func answer(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, err.Error()
	}
	return r.StatusCode, string(b)
}

// TestDemo looks at a demo of a small organisation from its beginning: pages answer during the import and say that it
// runs, health says not ready; afterwards all is there, and an interrupt leaves nothing behind.
func TestDemo(t *testing.T) {
	if _, err := clickhouse.Locate(); err != nil {
		t.Skip(err)
	}
	if testing.Short() {
		t.Skip("seconds long")
	}
	t.Setenv("TMPDIR", t.TempDir())
	a := &app{dataDir: "workmix-data", config: config.Default()}
	for _, to := range []*string{&a.config.Embedded.ClickHouseListen, &a.config.Serve.Listen, &a.config.Admin.Listen} {
		addr, err := freeAddress()
		if err != nil {
			t.Fatal(err)
		}
		*to = addr
	}
	pages, ready := "http://"+a.config.Serve.Listen+"/questions/work_mix_by_week", "http://"+a.config.Admin.Listen+"/readyz"
	ds, err := small()
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var out, told lockedBuffer
	cmd := &cobra.Command{}
	cmd.Flags().String("data", "", "")
	cmd.SetOut(&out)
	cmd.SetErr(&told)
	ended := make(chan error, 1)
	go func() { ended <- a.demo(ctx, cmd, ds, "", false, "csv") }()

	during, before := false, false
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		status, text := answer(t, ready)
		if status == http.StatusOK {
			break
		}
		before = before || status == http.StatusServiceUnavailable && strings.Contains(text, "import of the simulated organisation is running")
		// The page is whole although the tables are not.
		status, text = answer(t, pages)
		during = during || status == http.StatusOK && strings.Contains(text, "import of the simulated organisation is running")
		select {
		case err := <-ended:
			t.Fatalf("the demo ended: %v\n%s", err, told.String())
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("not ready within a minute: %d %s\n%s", status, text, told.String())
		}
	}
	if !before || !during {
		t.Errorf("during the import health said so %v, the page said so %v", before, during)
	}
	if status, text := answer(t, pages); status != http.StatusOK || strings.Contains(text, "is running") {
		t.Errorf("afterwards the page is %d:\n%s", status, text)
	}
	for end := time.Now().Add(20 * time.Second); !strings.Contains(told.String(), "workmix is up"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not say that it is up:\n%s", told.String())
		}
	}
	// What was decided for the time to come was decided by now, else nobody could decide otherwise.
	_, known := answer(t, "http://"+a.config.Serve.Listen+"/api/v1/questions/retro_known")
	if _, rest, ok := strings.Cut(known, `"known_at":"`); !ok || rest[:19] > time.Now().UTC().Format(time.DateTime) {
		t.Errorf("something is known that was recorded in the future: %s", known)
	}
	if !strings.HasPrefix(out.String(), "team,quarter,") {
		t.Errorf("the work mix is\n%s", out.String())
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Errorf("an interrupt ends it with %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "workmix-demo-*")); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v, %v", left, err)
	}
}

// lockedBuffer may be read while somebody writes it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
