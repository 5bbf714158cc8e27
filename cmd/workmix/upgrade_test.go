package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/embedded/clickhouse"
	"github.com/workmix/workmix/internal/simulate"
)

// TestUpgrade reads with this program what an older one stored: whoever asks first brings the tables to the new version, and
// finds all items there although what is derived from them was not.
func TestUpgrade(t *testing.T) {
	if testing.Short() {
		t.Skip("tens of seconds long")
	}
	if _, err := clickhouse.Locate(); err != nil {
		t.Skip(err)
	}
	d, err := small()
	if err != nil {
		t.Fatal(err)
	}
	servers, err := simulate.Start(context.Background(), d, simulate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	work := t.TempDir()
	cfg, data := filepath.Join(work, "workmix.yaml"), filepath.Join(work, "data")
	if err := os.WriteFile(cfg, fmt.Appendf(nil, "sources:\n  - {name: code, kind: github, base_url: %q, repositories: [acme/api]}\n", servers.GitHubURL()), 0o600); err != nil {
		t.Fatal(err)
	}
	c := command{t, []string{"--config", cfg, "--data", data}}
	c.run("sync")
	const items = "SELECT item_id, quadrant, category FROM work_items ORDER BY item_id"
	const covered = "SELECT source, project, kind, in_log, in_table FROM coverage ORDER BY source, project, kind"
	want, wantCovered := fmt.Sprint(c.jsonl(items)), fmt.Sprint(c.jsonl(covered))

	a, cmd := &app{configFile: cfg, dataDir: data}, &cobra.Command{}
	cmd.SetErr(io.Discard)
	s, err := a.open(t.Context(), cmd, how{process: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{ // as before the tables of items had their last columns, and held any row
		"TRUNCATE TABLE item_rows", "TRUNCATE TABLE derivations", "ALTER TABLE item_rows DROP COLUMN judged_at",
		"DROP TABLE coverage_sums", "DROP TABLE verdict_rows",
		"ALTER TABLE schema_versions DELETE WHERE version_id >= 10 SETTINGS mutations_sync = 2",
	} {
		if err := s.db.Exec(t.Context(), sql, nil); err != nil {
			t.Error(err)
		}
	}
	s.close()
	// Who brings the tables to the new version may be stopped before anything is derived.
	if s, err = a.open(t.Context(), cmd, how{exclusive: true, process: true}); err != nil {
		t.Fatal(err)
	}
	s.close()

	if got := fmt.Sprint(c.jsonl(items)); got != want {
		t.Errorf("after the upgrade the items are\n%s\nwant\n%s", got, want)
	}
	if got := fmt.Sprint(c.jsonl(covered)); got != wantCovered {
		t.Errorf("after the upgrade the coverage is\n%s\nwant\n%s", got, wantCovered)
	}
}
