package warehouse

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/workmix/workmix/internal/embedded/clickhouse/clickhousetest"
	"github.com/workmix/workmix/queries"
)

func file(sql string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(sql)} }

// missing opens a database that is not there yet.
func missing(t *testing.T) *DB {
	t.Helper()
	address, user, password := clickhousetest.URL(t)
	db, err := Open(t.Context(), Options{URL: address + "_new", User: user, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Exec(context.WithoutCancel(t.Context()), "DROP DATABASE IF EXISTS "+quote(db.database), nil); err != nil {
			t.Error(err)
		}
		db.Close()
	})
	return db
}

func TestMigrate(t *testing.T) {
	db := missing(t)
	files := fstest.MapFS{"00001_a.sql": file("-- +goose Up\nCREATE TABLE a (n UInt8) ENGINE = MergeTree ORDER BY n;\nCREATE TABLE b (n UInt8) ENGINE = MergeTree ORDER BY n;")}
	status, err := db.MigrationStatus(t.Context(), files)
	if err != nil || len(status) != 1 || !status[0].AppliedAt.IsZero() {
		t.Fatalf("before: %v, %v", status, err)
	}
	for i, want := range []int{1, 0} {
		if n, err := db.Migrate(t.Context(), files); err != nil || n != want {
			t.Fatalf("run %d: %d, %v", i, n, err)
		}
	}
	files["00002_b.sql"] = file("-- +goose Up\nALTER TABLE a ADD COLUMN m String COMMENT 'semicolon; inside';")
	files["00003_bad.sql"] = file("-- +goose Up\nALTER TABLE nowhere ADD COLUMN m String;")
	n, err := db.Migrate(t.Context(), files)
	if err == nil || n != 1 || !strings.Contains(err.Error(), "00003_bad.sql") || !strings.Contains(err.Error(), "nowhere") || strings.Contains(err.Error(), "\n") {
		t.Fatalf("a bad step: %d, %v", n, err)
	}
	status, err = db.MigrationStatus(t.Context(), files)
	if err != nil || len(status) != 3 || status[1].AppliedAt.IsZero() || !status[2].AppliedAt.IsZero() || status[1].Name != "00002_b.sql" || status[1].Version != 2 {
		t.Fatalf("after: %v, %v", status, err)
	}

	delete(files, "00003_bad.sql")
	delete(files, "00002_b.sql")
	var newer *Newer
	if _, err := db.Migrate(t.Context(), files); !errors.As(err, &newer) || newer.Have != 2 || newer.Know != 1 || !strings.Contains(err.Error(), "newer workmix") {
		t.Errorf("an older program: %v", err)
	}
	if status, err := db.MigrationStatus(t.Context(), files); !errors.As(err, &newer) || len(status) != 1 {
		t.Errorf("an older program's status: %v, %v", status, err)
	}
}

// TestSchemaRepeats: the project's schema goes in, and again after a crash in the middle of it.
func TestSchemaRepeats(t *testing.T) {
	db := missing(t)
	files, err := queries.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := db.Migrate(t.Context(), files); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	exec(t, db, "DROP TABLE "+versions)
	if n, err := db.Migrate(t.Context(), files); err != nil || n == 0 {
		t.Fatal(n, err)
	}
}
