package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/eventlog"
)

func (a *app) newIngest() *cobra.Command {
	var source string
	var once bool
	cmd := &cobra.Command{
		Use:   "ingest [--source NAME] [--once]",
		Short: "Read the trackers into the log, on a schedule or once",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			s, err := a.open(ctx, cmd, how{process: true, check: needSources(source)})
			if err != nil {
				return err
			}
			defer s.close()
			if once {
				return s.ingestOnce(ctx, cmd, source)
			}
			admin, err := s.serveAdmin(ctx, nil)
			if err != nil {
				return err
			}
			defer admin.close()
			return inOrder(ctx, s.ingestForever(ctx, source, admin))
		},
	}
	cmd.Flags().StringVar(&source, "source", "", "only the source of this name")
	cmd.Flags().BoolVar(&once, "once", false, "make one run and exit")
	return cmd
}

// ingestOnce makes one run over each source and prints what it did, a row a project and kind.
func (s *session) ingestOnce(ctx context.Context, cmd *cobra.Command, only string) error {
	sources, err := s.sources(only)
	if err != nil {
		return err
	}
	holder := ingest.Holder()
	st, follow, err := s.followedState(ctx, holder)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		_ = follow(ctx) // ends with ctx
	}()
	defer func() {
		cancel()
		<-followed
	}()
	w := s.log.Writer()
	defer w.Close()
	b := newBars(cmd.ErrOrStderr())
	reports := make([]ingest.Report, len(sources))
	errs := make([]error, len(sources))
	var g errgroup.Group
	for i, src := range sources {
		g.Go(func() error {
			o := ingest.Options{
				Census: time.Duration(s.cfg.Schedule.Census), Logger: slog.Default(), Gate: ingest.GateOf(src),
				OnItems:    func(project string, kind event.Kind, done ingest.Counts) { b.add(project+" "+string(kind), done.Read) },
				OnBackfill: b.first,
			}
			for {
				errs[i] = ingest.OwnOnce(ctx, src.Name(), holder, st, w, o, func(ctx context.Context) (err error) {
					reports[i], err = ingest.Once(ctx, src, st, w, o)
					return err
				})
				if !errors.Is(errs[i], ingest.ErrOwned) {
					break
				}
				var read bool
				if read, errs[i] = askOwner(ctx, cmd, st, w, src.Name(), errs[i]); read || errs[i] != nil {
					break
				}
			}
			if errs[i] == nil {
				errs[i] = ofSource(src.Name(), reports[i].Err())
			}
			return nil
		})
	}
	err = g.Wait()
	b.done()
	printReports(cmd.ErrOrStderr(), reports)
	return errors.Join(append(errs, err)...)
}

// askOwner asks the process that owns a source to read it now, and waits until it has. It returns false where that
// process went away instead.
func askOwner(ctx context.Context, cmd *cobra.Command, st *ingest.State, w *eventlog.Writer, source string, owned error) (bool, error) {
	fmt.Fprintf(cmd.ErrOrStderr(), "%v: asked it to read the source now\n", owned)
	ask := ingest.NewAsk(source, time.Now().UTC())
	m, err := event.Encode(ask)
	if err != nil {
		return false, err
	}
	st.Apply(ask) // before it can be answered
	if err := w.Write(ctx, m); err != nil {
		return false, err
	}
	return ingest.Answered(ctx, st, source)
}

// ofSource names the source in each of several errors.
func ofSource(name string, err error) error {
	if err == nil {
		return nil
	}
	all := []error{err}
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		all = j.Unwrap()
	}
	for i, e := range all {
		all[i] = fmt.Errorf("source %s: %w", name, e)
	}
	return errors.Join(all...)
}

func printReports(w io.Writer, reports []ingest.Report) {
	for _, r := range reports {
		if r.Source == "" { // it was not read
			continue
		}
		for _, p := range r.Projects {
			for _, warning := range p.Warnings {
				fmt.Fprintf(w, "workmix: warning: %s %s: %s\n", r.Source, p.Project, warning)
			}
			for _, kind := range []event.Kind{event.KindIssue, event.KindPullRequest} {
				c := p.Kinds[kind]
				if c == nil || *c == (ingest.Counts{}) {
					continue
				}
				fmt.Fprintf(w, "%s %s %s: %d read, %d new in the log, %d unchanged", r.Source, p.Project, kind, c.Read, c.Written, c.Unchanged)
				if c.Removed > 0 {
					fmt.Fprintf(w, ", %d removed", c.Removed)
				}
				if c.Oversize > 0 {
					fmt.Fprintf(w, ", %d too large", c.Oversize)
				}
				if c.Failed > 0 {
					fmt.Fprintf(w, ", %d failed and kept for the next run", c.Failed)
				}
				fmt.Fprintln(w)
			}
		}
		fmt.Fprintf(w, "%s: %d requests (%d of them unchanged answers) in %s\n", r.Source, r.Usage.Requests, r.Usage.NotModified, r.Took.Round(time.Millisecond))
	}
}

// ingestForever reads all sources on the schedule until ctx ends.
func (s *session) ingestForever(ctx context.Context, only string, admin *admin) error {
	sources, err := s.sources(only)
	if err != nil {
		return err
	}
	holder := ingest.Holder()
	st, follow, err := s.followedState(ctx, holder)
	if err != nil {
		return err
	}
	w := s.log.Writer()
	defer w.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return follow(ctx) })
	firsts := &firsts{s: s, bars: &bars{lines: os.Stderr}, left: map[string]string{}}
	for _, src := range sources {
		admin.watchSource(src, st)
		g.Go(func() error {
			o := ingest.Options{
				Census: time.Duration(s.cfg.Schedule.Census), Every: time.Duration(s.cfg.Schedule.Poll), Logger: slog.Default(), Gate: ingest.GateOf(src),
				OnBackfill: firsts.tell,
				OnReport: func(r ingest.Report, err error) {
					if err == nil {
						err = r.Err()
					}
					if err != nil && ctx.Err() == nil {
						slog.Error("a run over a source was not complete", "source", src.Name(), "error", err)
					}
				},
			}
			err := ingest.Own(ctx, src.Name(), holder, st, w, o, func(ctx context.Context) error { return ingest.Poll(ctx, src, st, w, o) })
			if ctx.Err() != nil {
				return nil
			}
			return err
		})
	}
	return g.Wait()
}

// followedState reads what earlier runs remembered, and returns how to follow what others remember from then on.
func (s *session) followedState(ctx context.Context, holder string) (*ingest.State, func(context.Context) error, error) {
	ranges, err := s.log.Offsets(ctx, event.TopicIngest)
	if err != nil {
		return nil, nil, err
	}
	from := map[int]int64{}
	for partition, r := range ranges {
		from[partition] = r.Next
	}
	st, err := s.ingestState(ctx)
	if err != nil {
		return nil, nil, err
	}
	return st, func(ctx context.Context) error {
		return s.log.Follow(ctx, event.TopicIngest, from, func(m event.Message) { applyOthers(st, holder, &m) })
	}, nil
}

// firsts says which projects are being read for the first time: on standard error and above the pages' answers.
type firsts struct {
	s    *session
	bars *bars
	mu   sync.Mutex
	left map[string]string // by project
}

func (f *firsts) tell(project string, done, total int, left time.Duration) {
	f.bars.first(project, done, total, left)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left[project] = fmt.Sprintf("%s is being read for the first time: %d of %d items are complete, the newest first.", project, done, total)
	if done == total {
		delete(f.left, project)
	}
	if len(f.left) == 0 {
		f.s.importing.Store(nil)
		return
	}
	text := strings.Join(slices.Sorted(maps.Values(f.left)), " ")
	f.s.importing.Store(&text)
}

// applyOthers takes in what other processes write: what the receiver of webhooks says is to be read anew, the claims to
// a source, and all that another one remembers that reads a source. What this process remembers itself is there
// already.
func applyOthers(st *ingest.State, holder string, m *event.Message) {
	subject := m.Header("ce_subject")
	source, rest, _ := strings.Cut(subject, "/")
	due, lease := strings.Contains(subject, "/due/"), strings.Contains("/"+rest, "/lease/")
	if owner, _ := st.Owner(source, time.Now()); owner == holder && !due && !lease {
		return
	}
	p, err := event.Decode(m)
	if err != nil {
		return // the sink makes a dead letter of it
	}
	pr, ok := p.(*event.Progress)
	switch {
	case !ok, due && owned(st, source, holder) && !ingest.IsDue(pr):
	default:
		st.Apply(pr)
	}
}

func owned(st *ingest.State, source, holder string) bool {
	owner, _ := st.Owner(source, time.Now())
	return owner == holder
}
