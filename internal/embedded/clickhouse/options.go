package clickhouse

import (
	"fmt"
	"log/slog"
	"net"
	"time"
)

// Options says what an engine serves and to whom. They travel to the child by its standard input, so the
// passwords stand on no command line.
type Options struct {
	Lib     string // the library's file, from Locate
	DataDir string // the tables; made if it is not there, mode 0700; one engine at a time
	Listen  string // host:port on loopback; port 0 takes a free one
	// Database exists from the start and is the one of requests that name none. Empty: workmix.
	Database string

	User, Password         string // may do everything
	Reader, ReaderPassword string // may read, but not the database Private; empty: there is no such account
	People, PeoplePassword string // may read that one too; empty: there is no such account
	Private                string // a database; empty: none
	Limits                 Limits // of those who may read only

	// Wait is how long to wait for a folder that another engine is leaving, as that of a parent that was killed
	// does. Zero: ten seconds.
	Wait time.Duration
}

// Limits bound what one statement of the reader may use. Zero means the default.
type Limits struct {
	Time   time.Duration // default one minute
	Memory int64         // bytes, default 1 GiB
	Rows   int64         // of a result, default 1,000,000
}

// StartOptions says how to run the child.
type StartOptions struct {
	Options
	Exe  string   // the program that calls ServeStdin; empty: this program
	Args []string // its arguments
	Env  []string // more environment variables, NAME=value
	// Logger hears of crashes and restarts. Nil: nobody.
	Logger *slog.Logger
}

func (o *Options) check() error {
	if o.Database == "" {
		o.Database = "workmix"
	}
	if o.Wait <= 0 {
		o.Wait = 10 * time.Second
	}
	if o.Limits.Time <= 0 {
		o.Limits.Time = time.Minute
	}
	if o.Limits.Memory <= 0 {
		o.Limits.Memory = 1 << 30
	}
	if o.Limits.Rows <= 0 {
		o.Limits.Rows = 1_000_000
	}
	if o.User == "" || o.Password == "" {
		return fmt.Errorf("the ClickHouse engine needs a user and a password: it is reachable by every program on this machine")
	}
	if o.Reader != "" && (o.ReaderPassword == "" || o.Reader == o.User) {
		return fmt.Errorf("the ClickHouse engine's reader needs a password and a name of its own")
	}
	if o.People != "" && (o.PeoplePassword == "" || o.People == o.User || o.People == o.Reader) {
		return fmt.Errorf("the ClickHouse engine's account for names of people needs a password and a name of its own")
	}
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fmt.Errorf("the ClickHouse engine's address %q is not host:port", o.Listen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("the ClickHouse engine's address %s is not on loopback: it serves this machine only, without encryption", o.Listen)
	}
	return nil
}
