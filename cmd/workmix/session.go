package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/eventlog"
	"github.com/workmix/workmix/internal/stack"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/queries"
)

// How many partitions each topic of a new log has: how many processes of one stage can share the work. In the embedded
// stack there is one process, which uses all cores anyway, and a broker that makes every partition of a write durable
// by itself: one partition is what costs it least.
const (
	partitions         = 6
	partitionsEmbedded = 1
)

// session is an open stack: configuration, log and warehouse.
type session struct {
	cfg   *config.Config
	stack *stack.Stack
	log   *eventlog.Log
	db    *warehouse.DB
	// people holds whose the pseudonyms are; nil where the server does not let us have it, see nameless.
	people   *warehouse.DB
	nameless error
	// prepared: tables and views are those of this program.
	prepared bool
	// dataDir is where the embedded stack keeps its files.
	dataDir string
	// importing says, to who looks meanwhile, what has to end before the answers are whole; nil or empty: nothing.
	importing atomic.Pointer[string]
}

// notice is what the pages say above every answer; empty: nothing.
func (s *session) notice() string {
	if text := s.importing.Load(); text != nil {
		return *text
	}
	return ""
}

// how says how a command opens the stack.
type how struct {
	exclusive bool                       // refuse a data directory that another process runs
	fixedPort bool                       // listen where other programs look for the engine
	tables    bool                       // the command asks the tables only: a real Kafka need not be there
	check     func(*config.Config) error // refuses a configuration before anything is started or made; nil: none
	process   bool                       // the command writes to the log or the tables: bring topics and schema up to date
}

// load reads the configuration.
func (a *app) load() (*config.Config, error) {
	if a.config != nil {
		return a.config, nil
	}
	file, err := config.Find(a.configFile)
	if err != nil {
		return nil, &usageError{err}
	}
	c, err := config.Load(file)
	if err != nil {
		return nil, &usageError{err}
	}
	return c, nil
}

// open opens the stack that the configuration names. Close it.
func (a *app) open(ctx context.Context, cmd *cobra.Command, h how) (*session, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, err
	}
	if h.check != nil {
		if err := h.check(cfg); err != nil {
			return nil, err
		}
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &session{cfg: cfg, dataDir: a.dataDir}
	started := false
	st, err := stack.Open(ctx, stack.Options{
		Config: cfg, DataDir: a.dataDir, EngineExe: exe, EngineArgs: []string{"engine"},
		FixedPort: h.fixedPort, Exclusive: h.exclusive, Logger: slog.Default(),
		Prepare: func(ctx context.Context, st *stack.Stack) error {
			started, s.stack = true, st
			if err := s.connect(ctx, h); err != nil {
				return err
			}
			// An embedded stack of our own may be new; a shared one is looked after by who runs it.
			if h.process || cfg.ClickHouse == nil {
				return s.prepare(ctx)
			}
			return nil
		},
	})
	if err != nil {
		s.disconnect()
		return nil, err
	}
	s.stack = st
	for _, w := range st.Warnings {
		fmt.Fprintln(cmd.ErrOrStderr(), "workmix: warning: "+w)
	}
	if started {
		if !h.exclusive { // who has it for itself derives all the time
			err = s.rederive(ctx)
		}
		if err != nil {
			s.close()
			return nil, err
		}
		return s, nil
	}
	if h.process && st.Joined { // the holder of the data directory runs: what does not answer now will
		err = patiently(ctx, "reach log and tables", func(ctx context.Context) error {
			s.disconnect()
			return s.connect(ctx, h)
		})
	} else {
		err = s.connect(ctx, h)
	}
	if err == nil && h.process {
		err = s.prepare(ctx)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *session) connect(ctx context.Context, h how) error {
	if !h.tables || s.cfg.Kafka == nil {
		tls, err := s.stack.TLSConfig()
		if err != nil {
			return err
		}
		s.log, err = eventlog.Open(ctx, eventlog.Options{
			Brokers: s.stack.Brokers, TLS: tls, Mechanism: s.stack.SASLMechanism, User: s.stack.KafkaUser, Password: s.stack.KafkaPassword,
		})
		if err != nil {
			return err
		}
	}
	var err error
	s.db, err = warehouse.Open(ctx, warehouse.Options{
		URL: s.stack.ClickHouseURL, User: s.stack.ClickHouseUser, Password: s.stack.ClickHousePassword, Compress: s.stack.Compress,
	})
	if err == nil {
		s.people, err = s.db.Beside(queries.PeopleSuffix)
	}
	return err
}

// prepare brings topics, tables and views up to date. It may be called by several processes at once.
func (s *session) prepare(ctx context.Context) error {
	return patiently(ctx, "bring topics and tables up to date", s.prepareOnce)
}

func (s *session) prepareOnce(ctx context.Context) error {
	n := partitions
	if s.cfg.Kafka == nil {
		n = partitionsEmbedded
	}
	if err := s.log.EnsureTopics(ctx, n); err != nil {
		return err
	}
	files, err := queries.Schema()
	if err != nil {
		return err
	}
	if _, err := s.db.Migrate(ctx, files); err != nil {
		return err
	}
	if err := s.views(ctx); err != nil {
		return err
	}
	if err := s.preparePeople(ctx); err != nil {
		return err
	}
	s.prepared = true
	return nil
}

// rederive makes again what is derived where the tables were brought to a new version over data of an older one, now or by somebody who
// was interrupted: what was derived before may lack what the views read now.
func (s *session) rederive(ctx context.Context) error {
	if !s.prepared {
		return nil
	}
	job, err := s.derivation()
	if err != nil {
		return err
	}
	if outdated, err := job.Outdated(ctx); err != nil || !outdated {
		return err
	}
	slog.Warn("what is derived from the tables is not of this version yet: it is made again, which takes minutes where they hold a million items")
	return s.derive(ctx)
}

// views creates the analysts' views, cut by the configured calendar, where they are missing or were other ones.
func (s *session) views(ctx context.Context) error {
	settings, err := s.settings()
	if err != nil {
		return err
	}
	all, err := queries.Views(settings)
	if err != nil {
		return err
	}
	return makeViews(ctx, s.db, all)
}

// makeViews creates those views that are not there as they are to be.
func makeViews(ctx context.Context, db *warehouse.DB, all []string) error {
	there, err := db.Texts(ctx, queries.Comments, nil)
	if err != nil {
		return err
	}
	var comments []string
	for _, row := range there {
		comments = append(comments, row[0])
	}
	for _, sql := range queries.Missing(all, comments) {
		if err := db.Exec(ctx, sql, nil); err != nil {
			head, _, _ := strings.Cut(sql, "\n")
			return fmt.Errorf("%s: %w", head, err)
		}
	}
	return nil
}

// settings are what the views and the derived tables depend on: the configured calendar and weights.
func (s *session) settings() (queries.Settings, error) {
	c := s.cfg.Calendar
	month, err := time.Parse("January", strings.ToUpper(c.FiscalYearStarts[:1])+c.FiscalYearStarts[1:])
	if err != nil {
		return queries.Settings{}, err
	}
	holidays, err := c.Holidays()
	if err != nil {
		return queries.Settings{}, &usageError{err}
	}
	inherit := s.cfg.Inherit
	if inherit == nil { // written as nothing: over no link
		inherit = []string{}
	}
	return queries.Settings{
		Inherit: inherit, AskerLabels: s.cfg.Asker.Labels, Timezone: c.Timezone, FiscalYearStarts: int(month.Month()), WeekStarts: c.WeekStarts, Holidays: holidays,
		Effort: queries.Effort{FullDay: s.cfg.Effort.FullDay, TimeWeight: s.cfg.Effort.WTime, ActivityWeight: s.cfg.Effort.WActivity},
	}, nil
}

// reader connects as the account that may only read.
func (s *session) reader(ctx context.Context) (*warehouse.DB, error) {
	if s.stack.ReaderUser == "" {
		return nil, errors.New("there is no account that may only read: name one in clickhouse.reader_user_env and reader_password_env of the configuration")
	}
	return warehouse.Open(ctx, warehouse.Options{
		URL: s.stack.ClickHouseURL, User: s.stack.ReaderUser, Password: s.stack.ReaderPassword, Compress: s.stack.Compress,
	})
}

// peopleReader connects as the account that may only read, but names of people too.
func (s *session) peopleReader(ctx context.Context) (*warehouse.DB, error) {
	switch {
	case s.stack.PeopleUser != "":
	case s.cfg.ClickHouse != nil:
		return nil, errors.New("no account may read names: docs/people.md has the statements that make one; name it in clickhouse.people_user_env and people_password_env of the configuration")
	case s.cfg.Embedded.People:
		return nil, errors.New("the workmix that holds the data directory was started while nobody might read names: start it again")
	default:
		return nil, errors.New("no account may read names: write embedded: {people: true} into the configuration, and start workmix again where it runs")
	}
	return warehouse.Open(ctx, warehouse.Options{
		URL: s.stack.ClickHouseURL, User: s.stack.PeopleUser, Password: s.stack.PeoplePassword, Compress: s.stack.Compress,
	})
}

func (s *session) close() {
	s.disconnect()
	if err := s.stack.Close(); err != nil {
		slog.Error("the stack did not stop in order", "error", err)
	}
}

func (s *session) disconnect() {
	if s.db != nil {
		s.db.Close()
	}
	if s.people != nil {
		s.people.Close()
	}
	if s.log != nil {
		s.log.Close()
	}
	s.db, s.log, s.people = nil, nil, nil
}
