package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/workmix/workmix/internal/event"
)

// Log is where events go. Write returns nil once all messages are durable; after an error some may be.
type Log interface {
	Write(ctx context.Context, messages ...event.Message) error
}

// Options of a run. The zero value serves.
type Options struct {
	Now      func() time.Time // nil: time.Now
	Workers  int              // items read at once in a project; 0: 8
	Projects int              // projects read at once; 0: 4
	Overlap  time.Duration    // how late a tracker's list may tell a change; 0: 10 minutes
	Census   time.Duration    // how old a count may get; 0: 24 hours
	// Every is how long Poll lets pass from the start of a run to the start of the next; 0: 2 minutes. A project is
	// asked about in each while it changes; once it is quiet, after a twelfth of the time since its last change, but at
	// least every eighth run.
	Every  time.Duration
	Logger *slog.Logger // nil: nothing is logged
	// Gate is that of the source, which [Own] has keep to its part among the processes that have its credential; nil: it is
	// not shared.
	Gate *Gate
	// OnItems, if set, hears of what was done, as it is done: for progress bars.
	OnItems func(project string, kind event.Kind, done Counts)
	// OnBackfill, if set, hears how far the first reading of a project has come, and how long the rest will take.
	OnBackfill func(project string, done, total int, left time.Duration)
	// OnReport, if set, hears of each run that Poll made.
	OnReport func(Report, error)

	bulks *bulks        // lists at hand between runs; nil: for one run
	pace  *pace         // which projects are due; nil: all
	purse *purse        // what Poll's runs spent; nil: the run is one of its own
	polls bool          // another run follows
	slice time.Duration // how long a run may complete items; 0: until they are complete
}

func (o Options) filled() Options {
	set := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	dur := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	set(&o.Workers, 8)
	set(&o.Projects, 4)
	dur(&o.Overlap, 10*time.Minute)
	dur(&o.Census, 24*time.Hour)
	dur(&o.Every, 2*time.Minute)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// run is one run over one source.
type run struct {
	Options
	src Source
	st  *State
	log Log
}

// Once reads what is new in every project of a source and returns when all of it is in the log. What could
// not be read is in the report, project by project and item by item, and does not stop the rest. The error
// says that the run ended early: the context's end, the log, or the tracker as a whole.
func Once(ctx context.Context, src Source, st *State, log Log, o Options) (Report, error) {
	o = o.filled()
	if o.bulks == nil {
		o.bulks = &bulks{}
		defer o.bulks.close()
	}
	start, before := o.Now(), src.Usage()
	if o.purse == nil {
		o.purse = &purse{told: before}
	}
	r := &run{o, src, st, log}
	rep := Report{Source: src.Name(), Started: start}
	err := r.account(ctx, &rep, r.all(ctx, &rep))
	rep.Usage, rep.Took = src.Usage().less(before), o.Now().Sub(start)
	if err != nil {
		return rep, fmt.Errorf("source %s: %w", src.Name(), err)
	}
	return rep, nil
}

func (r *run) all(ctx context.Context, rep *Report) error {
	r.recall()
	projects, err := r.projects(ctx)
	unreadable, err := projectErrors(err)
	if err != nil {
		return err
	}
	for _, p := range projects {
		rep.Projects = append(rep.Projects, &ProjectReport{Project: p.Name, Kinds: map[event.Kind]*Counts{}})
	}
	if len(unreadable) == 0 {
		if err := r.foreign(ctx, projects); err != nil {
			return err
		}
	}
	for _, u := range unreadable {
		rep.Projects = append(rep.Projects, &ProjectReport{Project: u.Project, Err: u.Err})
	}
	for _, p := range r.undiscovered(projects, unreadable) {
		w := &worker{run: r, p: p, rep: &ProjectReport{Project: p.Name, Kinds: map[event.Kind]*Counts{}}}
		if err := w.hidden(ctx, fmt.Errorf("%s is no longer among the projects that the tracker lists", p.Name)); err != nil {
			return err
		}
		if len(w.rep.Warnings) > 0 {
			rep.Projects = append(rep.Projects, w.rep)
		}
	}
	var workers []*worker
	for i, p := range projects {
		if _, begun := r.st.value(r.src.Name(), p.Name, kindSuccess, ""); r.pace != nil && !begun.IsZero() && !r.pace.due(p.Name, rep.Started, r.Every) {
			a, can := r.src.(Announcer)
			if !can || !a.Changed(ctx, p, Pass{Now: rep.Started, Overlap: r.Overlap}) {
				continue
			}
		}
		workers = append(workers, &worker{run: r, p: p, rep: rep.Projects[i]})
	}
	defer func() {
		for _, w := range workers {
			if r.pace != nil && (w.rep.Err != nil || len(w.rep.Failures) > 0 || w.rep.left > 0) {
				r.pace.again(w.p.Name)
			}
		}
	}()
	if err := r.each(ctx, workers, (*worker).project); err != nil {
		return err
	}
	// Everything is shown before anything is completed.
	var until time.Time
	if r.slice > 0 {
		until = r.Now().Add(r.slice)
	}
	if err := r.each(ctx, workers, func(w *worker, ctx context.Context) error { return w.complete(ctx, until) }); err != nil {
		return err
	}
	return r.describe(ctx, projects)
}

// each does a part of the run for each project, several at once. What stops one of them is in its report.
func (r *run) each(ctx context.Context, workers []*worker, do func(*worker, context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.Projects)
	for _, w := range workers {
		if w.rep.Err != nil {
			continue
		}
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			err := do(w, ctx)
			if err == nil || stopped(ctx, err) {
				return err
			}
			w.rep.Err = err
			if pe := (ProjectError{}); errors.As(err, &pe) {
				w.rep.Err = pe.Err // the report names the project
			}
			if errors.As(err, &NotVisible{}) {
				if err := w.hidden(ctx, w.rep.Err); err != nil {
					return err
				}
			}
			r.Logger.Info("project not read to the end", "source", r.src.Name(), "project", w.p.Name, "error", err)
			return nil
		})
	}
	return g.Wait()
}

// undiscovered lists the projects that the log has items of and a pattern of the configuration names, but that were
// not found in this run. Where projects could not be listed, nothing is known of any.
func (r *run) undiscovered(found []Project, unreadable []ProjectError) (out []Project) {
	src, ok := r.src.(Enumerator)
	if !ok || len(unreadable) > 0 {
		return nil
	}
	for _, name := range r.st.projects(r.src.Name()) {
		if src.Names(name) && !slices.ContainsFunc(found, func(p Project) bool { return strings.EqualFold(p.Name, name) }) {
			out = append(out, Project{Name: name})
		}
	}
	return out
}

// logError is an error of the log rather than of the tracker: nothing can go on.
type logError struct{ error }

func (e logError) Unwrap() error { return e.error }

// worker is the run over one project.
type worker struct {
	*run
	p   Project
	rep *ProjectReport

	last map[string]time.Time // the last page: refs and their times of update
	told bool                 // what is read now was told of by deliveries

	canons sync.Pool // of *canon

	mu    sync.Mutex // guards what follows, and rep
	batch batch
}
