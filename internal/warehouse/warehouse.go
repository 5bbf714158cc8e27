// Package warehouse reads and writes ClickHouse tables: statements, streamed rows, columnar inserts, migrations. It
// is the only importer of clickhouse-go and goose.
package warehouse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

const (
	dialTimeout = 10 * time.Second // to get a connection, the first exchange with the server included
	pingTimeout = 10 * time.Second
	execTimeout = 30 * time.Minute // a merge of a large table, or what is derived of all items, takes that long
	idleTimeout = 5 * time.Minute  // until the first row of a query

	// An insert is bounded by our batch size, so one that takes longer hangs; it is repeated.
	insertTimeout = 2 * time.Minute

	maxConnections = 32
)

// Options says which database, and how to log in.
type Options struct {
	// URL is http(s)://host:port/database. Without a database it is "workmix".
	URL      string
	User     string // empty: "default"
	Password string
	// Compress sends and receives blocks as LZ4: for a server across a network. On loopback it costs more than it saves.
	Compress bool
	TLS      *tls.Config // nil: the system's certificate authorities; for https only
}

// DB is a database of a ClickHouse server. It may be used concurrently.
type DB struct {
	options  *clickhouse.Options
	conn     driver.Conn
	patient  driver.Conn // for statements without rows: the driver's only limit on waiting is a connection's
	address  string      // scheme, host and port
	database string

	mu    sync.Mutex
	types map[string][]clickhouse.ColumnNameAndType // table and columns: their types
}

// Open connects, so that a wrong address or password shows at once. A database that does not exist yet is no
// error: [DB.Migrate] makes it.
func Open(ctx context.Context, o Options) (*DB, error) {
	db, err := New(o)
	if err != nil {
		return nil, err
	}
	var e *Error
	if err := db.Ping(ctx); err != nil && (!errors.As(err, &e) || e.Code != codeUnknownDatabase) {
		db.Close()
		return nil, err
	}
	return db, nil
}

// New is [Open] without connecting: for a service that must come up while its server is down.
func New(o Options) (*DB, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, errors.New("clickhouse.url is not a URL: write http://host:port/database or https://host:port/database")
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("clickhouse.url %q: write http://host:port/database or https://host:port/database", u.Redacted())
	}
	if u.User != nil || u.RawQuery != "" {
		return nil, errors.New("clickhouse.url holds more than an address and a database: user and password are given by themselves")
	}
	db := &DB{
		address: u.Scheme + "://" + u.Host, database: strings.Trim(u.Path, "/"),
		types: map[string][]clickhouse.ColumnNameAndType{},
	}
	if db.database == "" {
		db.database = "workmix"
	}
	host := u.Host
	if u.Port() == "" {
		host += map[string]string{"http": ":8123", "https": ":8443"}[u.Scheme]
	}
	db.options = &clickhouse.Options{
		Protocol: clickhouse.HTTP, Addr: []string{host},
		Auth:        clickhouse.Auth{Database: db.database, Username: o.User, Password: o.Password},
		DialTimeout: dialTimeout, ReadTimeout: idleTimeout, ConnMaxLifetime: 10 * time.Minute,
		MaxOpenConns: maxConnections, MaxIdleConns: 8,
	}
	if u.Scheme == "https" {
		if db.options.TLS = o.TLS; o.TLS == nil {
			db.options.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		}
	}
	if o.Compress {
		db.options.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	}
	if err := db.connect(); err != nil {
		return nil, err
	}
	return db, nil
}

// connect makes what holds the connections; it does not dial.
func (db *DB) connect() (err error) {
	if db.conn, err = clickhouse.Open(db.options); err != nil {
		return fmt.Errorf("ClickHouse at %s: %w", db.address, err)
	}
	o := *db.options
	o.ReadTimeout = execTimeout
	if db.patient, err = clickhouse.Open(&o); err != nil {
		return errors.Join(fmt.Errorf("ClickHouse at %s: %w", db.address, err), db.conn.Close())
	}
	return nil
}

// Beside returns another database of the same server, for the same account: the one whose name is this one's and a
// suffix. It does not connect, and is closed by itself.
func (db *DB) Beside(suffix string) (*DB, error) {
	o := *db.options
	o.Auth.Database = db.database + suffix
	b := &DB{options: &o, address: db.address, database: o.Auth.Database, types: map[string][]clickhouse.ColumnNameAndType{}}
	if err := b.connect(); err != nil {
		return nil, err
	}
	return b, nil
}

// Address is where the server is: scheme, host and port.
func (db *DB) Address() string { return db.address }

// Database is the name of the database.
func (db *DB) Database() string { return db.database }

// Close drops the connections.
func (db *DB) Close() error { return errors.Join(db.conn.Close(), db.patient.Close()) }

// Ping asks for an answer. Its errors are [*Unreachable] or [*Error].
func (db *DB) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	return db.wrap(ctx, db.conn.Ping(settings(ctx, nil, nil)))
}

// Exec runs a statement that returns no rows. What stands as {name:Type} in it is bound by the server from params,
// see [DB.Query].
func (db *DB) Exec(ctx context.Context, sql string, params map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, execTimeout)
	defer cancel()
	return db.wrap(ctx, db.patient.Exec(settings(ctx, nil, bound(sql, params)), sql))
}

// settings returns a context that carries settings and parameters to the driver, but not the deadline: the driver
// would make a setting of it (max_execution_time), which a read-only account may not set.
func settings(ctx context.Context, set map[string]any, params map[string]string) context.Context {
	options := []clickhouse.QueryOption{clickhouse.WithSettings(clickhouse.Settings(set))}
	if len(params) > 0 {
		options = append(options, clickhouse.WithParameters(params))
	}
	return clickhouse.Context(noDeadline{ctx}, options...)
}

type noDeadline struct{ context.Context }

func (noDeadline) Deadline() (time.Time, bool) { return time.Time{}, false }
