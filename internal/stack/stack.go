// Package stack turns configuration into addresses. It is the only place that knows whether the broker and
// the engine are embedded or real; everything above it sees addresses.
package stack

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/embedded/broker"
	"github.com/workmix/workmix/internal/embedded/clickhouse"
)

// Addresses is all that the rest of the program knows of Kafka and ClickHouse.
type Addresses struct {
	Brokers       []string `json:"brokers"`
	CAFile        string   `json:"ca_file,omitempty"`
	TLS           bool     `json:"tls,omitempty"`
	SASLMechanism string   `json:"sasl_mechanism,omitempty"`
	KafkaUser     string   `json:"kafka_user,omitempty"`
	KafkaPassword string   `json:"kafka_password,omitempty"`

	ClickHouseURL      string `json:"clickhouse_url"` // with the database as its path
	ClickHouseUser     string `json:"clickhouse_user,omitempty"`
	ClickHousePassword string `json:"clickhouse_password,omitempty"`
	ReaderUser         string `json:"reader_user,omitempty"` // empty: SQL from users is refused
	ReaderPassword     string `json:"reader_password,omitempty"`
	PeopleUser         string `json:"people_user,omitempty"` // may read whose the pseudonyms are; empty: nobody may
	PeoplePassword     string `json:"people_password,omitempty"`
	Compress           bool   `json:"compress,omitempty"` // slower on loopback, faster over a network
}

// TLSConfig returns the TLS settings for Kafka, nil for plain text.
func (a *Addresses) TLSConfig() (*tls.Config, error) {
	if !a.TLS {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if a.CAFile == "" {
		return c, nil
	}
	pem, err := os.ReadFile(a.CAFile)
	if err != nil {
		return nil, fmt.Errorf("kafka.tls.ca_file: %w", err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("kafka.tls.ca_file: %s holds no PEM certificate", a.CAFile)
	}
	return c, nil
}

// Options says what to open.
type Options struct {
	Config  *config.Config
	DataDir string
	// EngineExe and EngineArgs start this program again as the embedded engine's process.
	EngineExe  string
	EngineArgs []string
	// FixedPort makes the engine listen where the configuration says, so that other programs find it.
	FixedPort bool
	// Exclusive refuses a data directory that another process runs, rather than joining it. It is for those that
	// run until they are interrupted; a command that is at work for a moment is waited for.
	Exclusive bool
	// Wait is how long to wait for another process that is starting or stopping the stack in the data
	// directory. Zero: 15 seconds.
	Wait time.Duration
	// Linger is how long Close waits for other processes that use this stack, unless it is exclusive or the context
	// of Open is done. Zero: 30 seconds.
	Linger time.Duration
	// Prepare makes a newly started stack ready for use before other processes may join it. Nil: it is ready.
	Prepare func(ctx context.Context, s *Stack) error
	// Logger hears of the engine's crashes and restarts. Nil: nobody.
	Logger *slog.Logger
}

// Stack is an open stack: its addresses, and the embedded servers where it runs them itself.
type Stack struct {
	Addresses
	// Joined says that the servers belong to another process on the same data directory.
	Joined bool
	// Warnings of the embedded broker about its files, one sentence each.
	Warnings []string

	dir    *dataDir
	broker *broker.Broker
	engine *clickhouse.Server
	linger time.Duration   // how long Close waits for users
	hurry  <-chan struct{} // closed: Close does not wait
}

// Open starts or finds what the configuration asks for.
func Open(ctx context.Context, o Options) (*Stack, error) {
	s := &Stack{linger: o.Linger, hurry: ctx.Done()}
	if o.Linger <= 0 {
		s.linger = 30 * time.Second
	}
	if o.Exclusive {
		s.linger = 0
	}
	if err := s.external(o.Config); err != nil {
		return nil, err
	}
	if o.Config.Kafka != nil && o.Config.ClickHouse != nil {
		return s, nil
	}
	if entries, _ := os.ReadDir(o.DataDir); o.Config.ClickHouse == nil && len(entries) == 0 {
		if _, err := clickhouse.Locate(); err != nil { // nothing is made where nothing can run
			return nil, err
		}
	}
	if o.Wait <= 0 {
		o.Wait = 15 * time.Second
	}
	for end := time.Now().Add(o.Wait); ; {
		dir, err := openDataDir(o.DataDir)
		if err != nil {
			return nil, err
		}
		s.dir = dir
		if dir.owned() {
			if err := s.start(ctx, o); err != nil {
				s.Close()
				return nil, err
			}
			return s, nil
		}
		if err := s.join(o); err == nil || !errors.Is(err, errStarting) {
			return s, err
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("data directory %s is in use by another workmix that is starting, stopping or at work for a moment: try again when it has ended, or use another directory with --data", dir.path)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// join takes the addresses of the process that holds the data directory. It returns errStarting if that may be done
// in a moment.
func (s *Stack) join(o Options) (err error) {
	if err := s.dir.use(); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.dir.release()
		}
	}()
	a, err := s.dir.running()
	switch {
	case err != nil:
		return err
	case o.Exclusive && a.Lasting:
		return fmt.Errorf("data directory %s is in use by another workmix: stop it, or use another directory with --data", s.dir.path)
	case o.Exclusive:
		return errStarting
	}
	if o.Config.Kafka == nil {
		if len(a.Brokers) == 0 {
			return fmt.Errorf("the workmix that runs in %s uses a Kafka of its own configuration: use the same configuration", s.dir.path)
		}
		s.Brokers, s.SASLMechanism, s.KafkaUser, s.KafkaPassword = a.Brokers, a.SASLMechanism, a.KafkaUser, a.KafkaPassword
	}
	if o.Config.ClickHouse == nil {
		if a.ClickHouseURL == "" {
			return fmt.Errorf("the workmix that runs in %s uses a ClickHouse of its own configuration: use the same configuration", s.dir.path)
		}
		s.ClickHouseURL, s.ClickHouseUser, s.ClickHousePassword = a.ClickHouseURL, a.ClickHouseUser, a.ClickHousePassword
		s.ReaderUser, s.ReaderPassword = a.ReaderUser, a.ReaderPassword
		s.PeopleUser, s.PeoplePassword = a.PeopleUser, a.PeoplePassword
	}
	s.Joined = true
	return nil
}

// start runs the embedded servers that the configuration does not replace, and announces their addresses.
func (s *Stack) start(ctx context.Context, o Options) error {
	var own Addresses // without what the configuration names: its secrets are not ours to write down
	if o.Config.ClickHouse == nil {
		if err := s.startEngine(ctx, o); err != nil {
			return err
		}
		own.ClickHouseURL, own.ClickHouseUser, own.ClickHousePassword = s.ClickHouseURL, s.ClickHouseUser, s.ClickHousePassword
		own.ReaderUser, own.ReaderPassword = s.ReaderUser, s.ReaderPassword
		own.PeopleUser, own.PeoplePassword = s.PeopleUser, s.PeoplePassword
	}
	if o.Config.Kafka == nil {
		b, err := s.startBroker(ctx)
		if err != nil {
			return err
		}
		s.broker = b
		if w, ok := any(b).(interface{ Warnings() []string }); ok {
			s.Warnings = w.Warnings()
		}
		s.Brokers, s.SASLMechanism, s.KafkaUser, s.KafkaPassword = []string{b.Addr()}, b.Mechanism(), b.User(), b.Password()
		own.Brokers, own.SASLMechanism, own.KafkaUser, own.KafkaPassword = s.Brokers, s.SASLMechanism, s.KafkaUser, s.KafkaPassword
	}
	last := ports{Broker: first(own.Brokers)}
	if s.engine != nil && !o.FixedPort {
		last.Engine = strings.TrimPrefix(s.engine.URL(), "http://")
	}
	s.dir.rememberPorts(last)
	if o.Prepare != nil {
		if err := o.Prepare(ctx, s); err != nil {
			return err
		}
	}
	return s.dir.announce(own, o.Exclusive)
}

// startBroker serves the log on the port of the last time if it is free, so that programs which use it go on by
// themselves when its process was started again; else on a free one.
func (s *Stack) startBroker(ctx context.Context) (*broker.Broker, error) {
	o := broker.Options{Dir: filepath.Join(s.dir.path, "broker"), Listen: s.dir.ports().Broker}
	if o.Listen == "" || !free(ctx, o.Listen) {
		o.Listen = anyPort
	}
	return broker.Start(o)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func (s *Stack) startEngine(ctx context.Context, o Options) error {
	lib, err := clickhouse.Locate()
	if err != nil {
		return err
	}
	sec, err := s.dir.secrets()
	if err != nil {
		return err
	}
	listen := anyPort
	if last := s.dir.ports().Engine; last != "" && free(ctx, last) {
		listen = last
	}
	if o.FixedPort {
		listen = o.Config.Embedded.ClickHouseListen
	}
	who := clickhouse.Options{
		Lib: lib, DataDir: filepath.Join(s.dir.path, "clickhouse"), Listen: listen, Private: "workmix_people",
		User: "workmix", Password: sec.Password, Reader: "reader", ReaderPassword: sec.ReaderPassword,
	}
	if o.Config.Embedded.People {
		who.People, who.PeoplePassword = "people", sec.PeoplePassword
	}
	e, err := clickhouse.Start(ctx, clickhouse.StartOptions{
		Exe: o.EngineExe, Args: o.EngineArgs, Logger: o.Logger,
		Options: who,
	})
	if errors.Is(err, unix.EADDRINUSE) {
		return portTaken(listen)
	}
	if err != nil {
		return err
	}
	s.engine = e
	s.ClickHouseURL, s.ClickHouseUser, s.ClickHousePassword = e.URL()+"/workmix", "workmix", sec.Password
	s.ReaderUser, s.ReaderPassword = "reader", sec.ReaderPassword
	s.PeopleUser, s.PeoplePassword = who.People, who.PeoplePassword
	return nil
}

// external fills in the addresses that the configuration names.
func (s *Stack) external(c *config.Config) error {
	if k := c.Kafka; k != nil {
		s.Brokers = k.Brokers
		if k.TLS != nil {
			s.TLS, s.CAFile = true, k.TLS.CAFile
		}
		if k.SASL != nil {
			s.SASLMechanism = k.SASL.Mechanism
			if err := fromEnv(&s.KafkaUser, "kafka.sasl.user_env", k.SASL.UserEnv); err != nil {
				return err
			}
			if err := fromEnv(&s.KafkaPassword, "kafka.sasl.password_env", k.SASL.PasswordEnv); err != nil {
				return err
			}
		}
	}
	w := c.ClickHouse
	if w == nil {
		return nil
	}
	s.ClickHouseURL, s.Compress = w.URL, true
	for _, e := range []struct {
		to         *string
		field, env string
	}{
		{&s.ClickHouseUser, "clickhouse.user_env", w.UserEnv},
		{&s.ClickHousePassword, "clickhouse.password_env", w.PasswordEnv},
		{&s.ReaderUser, "clickhouse.reader_user_env", w.ReaderUserEnv},
		{&s.ReaderPassword, "clickhouse.reader_password_env", w.ReaderPasswordEnv},
		{&s.PeopleUser, "clickhouse.people_user_env", w.PeopleUserEnv},
		{&s.PeoplePassword, "clickhouse.people_password_env", w.PeoplePasswordEnv},
	} {
		if err := fromEnv(e.to, e.field, e.env); err != nil {
			return err
		}
	}
	return nil
}

// fromEnv reads a secret from the environment variable that a configuration field names, if it names one.
func fromEnv(to *string, field, name string) error {
	if name == "" {
		return nil
	}
	v, ok := os.LookupEnv(name)
	if !ok {
		return fmt.Errorf("%s names the environment variable %s, which is not set", field, name)
	}
	*to = v
	return nil
}

// awaitUsers waits for the processes that use this stack, as a command that began first may end first.
func (s *Stack) awaitUsers() {
	for end := time.Now().Add(s.linger); !s.dir.unused() && time.Now().Before(end); {
		select {
		case <-s.hurry:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Close stops what this process started and releases the data directory.
func (s *Stack) Close() error {
	var first error
	if s.dir != nil && s.dir.owned() {
		s.dir.retract() // first, so that nobody joins what is ending
		s.awaitUsers()
	}
	if s.engine != nil {
		first = s.engine.Close()
	}
	if s.broker != nil {
		if err := s.broker.Close(); first == nil {
			first = err
		}
	}
	if s.dir != nil {
		s.dir.close()
	}
	return first
}
