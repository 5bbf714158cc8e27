package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/lines"
	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/eventlog"
	"github.com/workmix/workmix/internal/web"
)

func (a *app) newImport() *cobra.Command {
	var source string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "import FILE.jsonl|FILE.json|FILE.csv [--source NAME] [--dry-run]",
		Short: "Take in items of a tracker that workmix does not read: incidents of a pager, rows of a spreadsheet",
		Long: "Take in items of a tracker that workmix does not read: incidents of a pager, rows of a spreadsheet.\n\n" +
			"docs/import.md lists the fields. Every line is checked before anything is written, and each that cannot be\n" +
			"imported is named. A file that is imported again changes nothing; a line that says something new of an item is its\n" +
			"next state. An import that was interrupted is completed by running it again.",
		Args: exactly(1, "a file that ends with .jsonl, .json or .csv"),
		RunE: func(cmd *cobra.Command, args []string) error {
			form, err := formOf(args[0])
			if err != nil {
				return err
			}
			cfg, err := a.load()
			if err != nil {
				return err
			}
			if err := checkImported(cfg, source); err != nil {
				return &usageError{fmt.Errorf("--source: %w", err)}
			}
			f, err := os.Open(args[0])
			if err != nil {
				return &usageError{err}
			}
			defer f.Close()
			in, err := lines.Check(f, form, source, time.Now())
			if err != nil {
				return importError(args[0], err)
			}
			if dryRun {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s: %d lines can be imported; nothing was\n", args[0], in.Lines)
				return nil
			}
			return a.importLines(cmd, args[0], in)
		},
	}
	cmd.Flags().StringVar(&source, "source", lines.DefaultSource, "name of the source, a part of every id: keep it from import to import")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only check the file")
	return cmd
}

// formOf tells the form of a file by its name.
func formOf(file string) (string, error) {
	switch ext := strings.ToLower(filepath.Ext(file)); ext {
	case ".jsonl", ".ndjson":
		return lines.Lines, nil
	case ".json":
		return lines.List, nil
	case ".csv":
		return lines.CSV, nil
	}
	return "", usagef("%s: its name ends neither with .jsonl, .json nor .csv, which tells its form", file)
}

// checkImported refuses a name that a source of imported items cannot have.
func checkImported(c *config.Config, source string) error {
	if source == "" || len(source) > 100 || strings.ContainsFunc(source, func(r rune) bool { return r <= ' ' || r == '/' || r == 0x7f }) {
		return fmt.Errorf("%.100q is no name of a source: give one without spaces and slashes", source)
	}
	for i := range c.Sources {
		if c.Sources[i].Name == source {
			return fmt.Errorf("%s is a %s source of the configuration: what is imported needs another name", source, c.Sources[i].Kind)
		}
	}
	return nil
}

// importError names the file in each line of an error.
func importError(file string, err error) error {
	var p *lines.Problems
	if errors.As(err, &p) {
		return &usageError{errors.New(file + ": " + strings.ReplaceAll(err.Error(), "\n", "\n"+file+": "))}
	}
	return fmt.Errorf("%s: %w", file, err)
}

func (a *app) importLines(cmd *cobra.Command, file string, in *lines.Import) error {
	ctx := cmd.Context()
	s, err := a.open(ctx, cmd, how{process: true})
	if err != nil {
		return err
	}
	defer s.close()
	im, err := s.importer(ctx)
	if err != nil {
		return err
	}
	defer im.close()
	c, err := im.give(ctx, in)
	if err != nil {
		return fmt.Errorf("%s: %w: run it again, what is there already is not written twice", file, err)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s: %d lines, %d items: %d new in the log, %d unchanged", file, in.Lines, c.Read, c.Written, c.Unchanged)
	if c.Oversize > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), ", %d too large", c.Oversize)
	}
	fmt.Fprintln(cmd.ErrOrStderr())
	if s.stack.Joined || s.cfg.ClickHouse != nil {
		return nil
	}
	// Nobody else is running this stack's processors: bring the tables up to date.
	p, err := s.pipeline(stages...)
	if err != nil {
		return err
	}
	return p.untilIdle(ctx, nil)
}

// importer writes what is handed over into the log.
type importer struct {
	cfg    *config.Config
	st     *ingest.State
	log    *eventlog.Writer
	holder string
	stop   func()
	one    sync.Mutex // an import at a time
}

// importer reads what was imported so far, and follows what others import. Close it.
func (s *session) importer(ctx context.Context) (*importer, error) {
	im := &importer{cfg: s.cfg, holder: ingest.Holder()}
	st, follow, err := s.followedState(ctx, im.holder)
	if err != nil {
		return nil, err
	}
	im.st, im.log = st, s.log.Writer()
	ctx, cancel := context.WithCancel(ctx)
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		if err := follow(ctx); err != nil && ctx.Err() == nil {
			slog.Error("what others import is not followed any more", "error", err)
		}
	}()
	im.stop = func() {
		cancel()
		<-followed
		im.log.Close()
	}
	return im, nil
}

func (im *importer) close() {
	if im != nil {
		im.stop()
	}
}

// give writes lines and returns once the log acknowledged all of them.
func (im *importer) give(ctx context.Context, in *lines.Import) (c ingest.Counts, err error) {
	im.one.Lock()
	defer im.one.Unlock()
	o := ingest.Options{Logger: slog.Default()}
	err = ingest.OwnOnce(ctx, in.Source, im.holder, im.st, im.log, o, func(ctx context.Context) error {
		rep, err := ingest.Give(ctx, in.Source, in.Items(), im.st, im.log, o)
		c = rep.Total()
		return errors.Join(err, rep.Err())
	})
	return c, err
}

// port is the importer as the API sees it.
func (im *importer) port(token string) *web.Import {
	return &web.Import{Token: token, Line: lines.Schema(), Do: func(ctx context.Context, req web.Lines) (web.Imported, error) {
		source := req.Source
		if source == "" {
			source = lines.DefaultSource
		}
		if err := checkImported(im.cfg, source); err != nil {
			return web.Imported{}, &web.BadQuestion{Err: fmt.Errorf("parameter source: %w", err)}
		}
		forms := map[web.Form]string{web.JSONLines: lines.Lines, web.JSONList: lines.List, web.CSV: lines.CSV}
		in, err := lines.Check(io.ReadSeeker(bytes.NewReader(req.Body)), forms[req.Form], source, time.Now())
		var bad *lines.Problems
		if errors.As(err, &bad) {
			head, _, _ := strings.Cut(bad.Error(), "\n")
			refused := &web.BadLines{Err: errors.New(head)}
			for _, p := range bad.First {
				refused.Problems = append(refused.Problems, web.Problem{Line: p.Line, Field: p.Field, Text: p.Text})
			}
			return web.Imported{}, refused
		}
		if err != nil {
			return web.Imported{}, &web.BadQuestion{Err: err}
		}
		if req.DryRun {
			return web.Imported{Lines: in.Lines}, nil
		}
		c, err := im.give(ctx, in)
		return web.Imported{Lines: in.Lines, Items: c.Read, Written: c.Written, Unchanged: c.Unchanged, Oversize: c.Oversize}, err
	}}
}
