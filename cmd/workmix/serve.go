package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/internal/web"
	"github.com/workmix/workmix/queries"
)

func (a *app) newServe() *cobra.Command {
	var listen, hooks string
	cmd := &cobra.Command{
		Use:   "serve [--listen ADDR] [--webhook-listen ADDR]",
		Short: "Serve the dashboard and its API until interrupted, and receive webhooks if asked to",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if err := errors.Join(checkListen("--listen", listen), checkListen("--webhook-listen", hooks)); err != nil {
				return err
			}
			if err := a.checkPages(listen); err != nil {
				return err
			}
			cfg, err := a.load()
			if err != nil {
				return err
			}
			// Deliveries, and items that are handed over, are written to the log.
			s, err := a.open(ctx, cmd, how{process: hooks != "" || cfg.Serve.APITokenEnv != ""})
			if err != nil {
				return err
			}
			defer s.close()
			if hooks != "" {
				s.cfg.Webhooks.Listen = hooks
				if !s.hasWebhooks() {
					return usagef("--webhook-listen: no source accepts deliveries: give one webhook_secret_env in workmix.yaml")
				}
			}
			if listen != "" {
				s.cfg.Serve.Listen = listen
			}
			admin, err := s.serveAdmin(ctx, nil)
			if err != nil {
				return err
			}
			defer admin.close()
			watched, err := s.pipeline(stages...)
			if err != nil {
				return err
			}
			p, err := s.servePages(ctx, watched, nil)
			if err != nil {
				return err
			}
			defer p.close()
			if hooks != "" {
				wh, err := s.serveWebhooks(ctx)
				if err != nil {
					return err
				}
				defer wh.close()
				admin.watchWebhooks(wh.handler)
				fmt.Fprintf(cmd.ErrOrStderr(), "webhooks at http://%s/webhooks/ and the source's name\n", wh.addr)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "pages at http://%s\n", p.addr)
			<-ctx.Done()
			return nil
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "address of the pages (default: serve.listen of the configuration)")
	cmd.Flags().StringVar(&hooks, "webhook-listen", "", "also receive trackers' webhooks, on this address and at /webhooks/NAME for each source with a secret")
	return cmd
}

// checkListen refuses an address that no program could listen on.
func checkListen(flag, addr string) error {
	if addr == "" {
		return nil
	}
	if !config.HostPort(addr) {
		return usagef("%s %q is not host:port", flag, addr)
	}
	return nil
}

// pages is the server of the pages.
type pages struct {
	addr     string
	server   *http.Server
	readers  []*readers
	importer *importer // nil: items are not taken
}

// servePages serves the dashboard; p tells how far the stages are, whether it runs here or not, and budgets what the
// trackers still allow; nil: this process asks none.
func (s *session) servePages(ctx context.Context, p *pipeline, budgets func() []web.Budget) (*pages, error) {
	who, err := mayAsk(s.cfg.Serve)
	if err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.cfg.Serve.Listen)
	if err != nil {
		return nil, fmt.Errorf("serve.listen %s: %w: give another address with --listen or in the configuration, or stop what holds it", s.cfg.Serve.Listen, err)
	}
	r, names := &readers{connect: s.reader}, &readers{connect: s.peopleReader}
	o := web.Options{Run: s.ask, Notice: s.notice, SQL: r.ask, Parquet: r.parquet, Users: who.users, OIDC: who.oidc, Local: web.User{Name: author(), Role: web.Admin, People: true}, Hosts: s.cfg.Serve.Hosts, Lag: p.lag, Budgets: budgets, Override: s.overrides, Retry: s.retries, Rules: (&ruleBook{s: s}).port(), Retros: s.retros(), Apply: s.applyText, Listen: s.cfg.Serve.Listen, Version: version}
	if s.stack.PeopleUser != "" {
		o.PeopleSQL, o.PeopleParquet = names.ask, names.parquet
	}
	var im *importer
	if who.api != "" {
		if im, err = s.importer(ctx); err != nil {
			l.Close()
			return nil, err
		}
		o.Import = im.port(who.api)
	}
	h, err := web.New(o)
	if err != nil {
		im.close()
		l.Close()
		return nil, err
	}
	served := &pages{addr: l.Addr().String(), readers: []*readers{r, names}, importer: im, server: &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 1 << 18}}
	go func() {
		if err := served.server.Serve(l); err != nil && err != http.ErrServerClosed {
			slog.Error("the pages are not served any more", "error", err)
		}
	}()
	return served, nil
}

func (p *pages) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := p.server.Shutdown(ctx); err != nil {
		p.server.Close()
	}
	for _, r := range p.readers {
		r.close()
	}
	p.importer.close()
}

// checkPages refuses a configuration with which the pages cannot be served, before anything is opened.
func (a *app) checkPages(listen string) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	c := cfg.Serve
	if listen != "" {
		c.Listen = listen
	}
	_, err = mayAsk(c)
	return err
}

// readers is the connection of an account that may only read, made when the first statement of a user comes.
type readers struct {
	connect func(context.Context) (*warehouse.DB, error)
	mu      sync.Mutex
	db      *warehouse.DB
}

func (r *readers) open(ctx context.Context) (*warehouse.DB, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	if r.db == nil {
		r.db, err = r.connect(ctx)
	}
	return r.db, err
}

func (r *readers) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.db != nil {
		r.db.Close()
	}
}

// ask runs a user's statement and hands its rows to do.
func (r *readers) ask(ctx context.Context, sql string, params map[string]string, do func(report.Rows) error) error {
	return r.with(ctx, func(db *warehouse.DB) error {
		res, err := db.Query(ctx, sql, params, nil)
		if err != nil {
			return err
		}
		defer res.Close()
		return do(rows{res})
	})
}

// parquet runs one and writes its rows as a Parquet file.
func (r *readers) parquet(ctx context.Context, w io.Writer, sql string, params map[string]string) error {
	return r.with(ctx, func(db *warehouse.DB) error { return db.Parquet(ctx, w, sql, params) })
}

// with does something as the account that may only read. What the server refuses is the asker's fault.
func (r *readers) with(ctx context.Context, do func(*warehouse.DB) error) error {
	db, err := r.open(ctx)
	if err != nil {
		return err
	}
	err = do(db)
	var refused *warehouse.Error
	if errors.As(err, &refused) {
		return &web.BadQuestion{Err: asked(err)}
	}
	return err
}

// ask runs a question of the catalogue and hands its rows to do.
func (s *session) ask(ctx context.Context, q *queries.Question, bound map[string]string, do func(report.Rows) error) error {
	r, err := s.db.Query(ctx, q.SQL, bound, nil)
	var usage *usageError
	if err = asked(err); errors.As(err, &usage) {
		return &web.BadQuestion{Err: err}
	}
	if err != nil {
		return err
	}
	defer r.Close()
	return do(rows{r})
}
