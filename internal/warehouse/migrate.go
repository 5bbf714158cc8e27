package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/pressly/goose/v3"
)

// versions is where goose notes what was applied.
const versions = "schema_versions"

// Migration is one step of the schema.
type Migration struct {
	Version   int64
	Name      string    // the file's
	AppliedAt time.Time // by the server's clock; zero: not yet
}

// Newer is the error for a database whose schema this program does not know.
type Newer struct {
	Database   string
	Have, Know int64
}

// Error implements error.
func (e *Newer) Error() string {
	return fmt.Sprintf("database %s was made by a newer workmix: its schema has version %d, this program knows %d: use the newer program, or another database", e.Database, e.Have, e.Know)
}

// Migrate makes the database if it is missing and applies what is new in a folder of goose files, in order. It
// returns how many it applied; those before a failed one stay applied. A schema newer than the folder's newest file
// is a [*Newer] and left alone.
func (db *DB) Migrate(ctx context.Context, files fs.FS) (applied int, err error) {
	ctx, cancel := context.WithTimeout(ctx, execTimeout)
	defer cancel()
	if err := db.create(ctx); err != nil {
		return 0, fmt.Errorf("make database %s: %w", db.database, err)
	}
	status, err := db.MigrationStatus(ctx, files)
	if err != nil || !slices.ContainsFunc(status, func(m Migration) bool { return m.AppliedAt.IsZero() }) {
		return 0, err
	}
	p, done, err := db.goose(files)
	if err != nil {
		return 0, err
	}
	defer done()
	results, err := p.Up(ctx)
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		return len(partial.Applied), fmt.Errorf("migrate database %s: %s: %w", db.database, path.Base(partial.Failed.Source.Path), db.wrap(ctx, partial.Err))
	}
	if err != nil {
		return 0, fmt.Errorf("migrate database %s: %w", db.database, db.wrap(ctx, err))
	}
	return len(results), nil
}

// MigrationStatus returns the steps of a folder of goose files in order, with when each was applied; in a database
// that does not exist yet none is. If the database knows steps that the folder does not, it returns a [*Newer] too.
// It changes nothing.
func (db *DB) MigrationStatus(ctx context.Context, files fs.FS) ([]Migration, error) {
	p, done, err := db.goose(files)
	if err != nil {
		return nil, err
	}
	defer done()
	at, err := db.applied(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the schema's version: %w", err)
	}
	var out []Migration
	var know, have int64
	for _, s := range p.ListSources() {
		out = append(out, Migration{s.Version, path.Base(s.Path), at[s.Version]})
		know = s.Version
	}
	for v := range at {
		have = max(have, v)
	}
	if have > know {
		return out, &Newer{db.database, have, know}
	}
	return out, nil
}

// applied returns when each version was applied.
func (db *DB) applied(ctx context.Context) (map[int64]time.Time, error) {
	out := map[int64]time.Time{}
	rows, err := db.Query(ctx, "SELECT version_id, min(tstamp) FROM "+quote(versions)+" WHERE is_applied AND version_id > 0 GROUP BY version_id", nil, nil)
	var e *Error
	if errors.As(err, &e) && (e.Code == codeUnknownDatabase || e.Code == codeUnknownTable) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out[row[0].(int64)] = row[1].(time.Time)
	}
}

// create makes the database where it is missing. It asks first: an account without the right to make databases
// may use one that is there.
func (db *DB) create(ctx context.Context) error {
	err := db.Ping(ctx)
	var e *Error
	if !errors.As(err, &e) || e.Code != codeUnknownDatabase {
		return err
	}
	o := *db.options
	o.Auth.Database = "system" // it is always there; a server's default may be the very one that is missing
	conn, err := clickhouse.Open(&o)
	if err != nil {
		return db.wrap(ctx, err)
	}
	defer conn.Close()
	return db.wrap(ctx, conn.Exec(settings(ctx, nil, nil), "CREATE DATABASE IF NOT EXISTS "+quote(db.database)))
}

// goose returns a provider over a connection of its own; call done when it is used up.
func (db *DB) goose(files fs.FS) (p *goose.Provider, done func(), err error) {
	o := *db.options
	sqlDB := clickhouse.OpenDB(&o)
	p, err = goose.NewProvider(goose.DialectClickHouse, sqlDB, files, goose.WithTableName(versions),
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		sqlDB.Close()
		return nil, nil, fmt.Errorf("read the schema's migrations: %w", err)
	}
	return p, func() { sqlDB.Close() }, nil
}
