package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// Given is what somebody tells of an item that no tracker serves.
type Given struct {
	ID   string // see [event.ItemID]
	Kind event.Kind
	Rows []event.Row // in any order; of two as of the same time the last counts
}

// Give takes in what is told of a source's items, each of which comes once, beside what was told of them before: a row as of a time at which
// one was told already replaces that. It returns when all is in the log. To give the same again writes nothing. After
// an error some may have been written: give it all again. The caller owns the source, see [OwnOnce].
func Give(ctx context.Context, source string, items iter.Seq2[Given, error], st *State, log Log, o Options) (Report, error) {
	r := &run{o.filled(), given{source, st}, st, log}
	rep := Report{Source: source, Started: r.Now()}
	workers := map[string]*worker{}
	err := func() error {
		for it, err := range items {
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if err := r.give(ctx, it, workers, &rep); err != nil {
				return err
			}
		}
		for _, w := range workers { // all, before any is counted: an item may have moved
			if err := w.flush(ctx); err != nil {
				return err
			}
		}
		for _, w := range workers {
			if err := errors.Join(w.count(ctx), w.success(ctx)); err != nil {
				return err
			}
		}
		return nil
	}()
	rep.Took = r.Now().Sub(rep.Started)
	if err != nil {
		return rep, fmt.Errorf("source %s: %w", source, err)
	}
	return rep, nil
}

func (r *run) give(ctx context.Context, it Given, workers map[string]*worker, rep *Report) error {
	var rows []event.Row
	kept, _ := r.st.value(r.src.Name(), "", event.ProgressKept, it.ID)
	if len(kept) > 0 {
		if err := json.Unmarshal(kept, &rows); err != nil {
			return fmt.Errorf("what was told of %s before: %w", it.ID, err)
		}
	}
	for _, row := range it.Rows {
		i, found := slices.BinarySearchFunc(rows, row.ValidFrom(), func(r event.Row, at time.Time) int { return r.ValidFrom().Compare(at) })
		if found {
			rows[i] = row
		} else {
			rows = slices.Insert(rows, i, row)
		}
	}
	list, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	content, err := json.Marshal(event.Rows{Rows: rows})
	if err != nil {
		return err
	}
	of := func(project string) *worker {
		w := workers[project]
		if w == nil {
			w = &worker{run: r, p: Project{Name: project}, rep: &ProjectReport{Project: project, Kinds: map[event.Kind]*Counts{}}}
			workers[project] = w
			rep.Projects = append(rep.Projects, w.rep)
		}
		return w
	}
	last := rows[len(rows)-1]
	w := of(last.Project)
	if old, had := r.st.item(r.src.Name(), it.ID); had && old.project != last.Project { // it moved: both are counted anew
		for _, w := range []*worker{w, of(old.project)} {
			w.batch.progress = append(w.batch.progress, w.progress(kindUncounted, "", true))
		}
	}
	// Of what is too large for the log nothing is kept either: it became a dead letter.
	if string(list) != string(kept) && len(content) < event.MaxRecordBytes-deadHead {
		w.batch.progress = append(w.batch.progress, w.progress(event.ProgressKept, it.ID, json.RawMessage(list)))
	}
	return w.accept(ctx, Stub{Ref: it.ID, Key: last.Key, Kind: it.Kind}, &Item{ID: it.ID, Kind: it.Kind, Key: last.Key, Content: content}, r.Now())
}

// given is a source that no tracker serves: all that is known of it is in the state.
type given struct {
	name string
	st   *State
}

var errNoTracker = errors.New("no tracker serves it")

func (g given) Name() string    { return g.name }
func (g given) Tracker() string { return event.TrackerImport }

func (g given) Volatile() Volatile { return Volatile{} }

func (g given) Projects(context.Context) ([]Project, error) { return nil, errNoTracker }

func (g given) List(context.Context, Project, Pass, func(Page) error) error { return errNoTracker }

func (g given) Fetch(context.Context, Project, Stub) (*Item, error) { return nil, errNoTracker }

func (g given) Count(_ context.Context, p Project) (map[event.Kind]int, error) {
	return g.st.counts(g.name, p.Name), nil
}
func (g given) Usage() Usage { return Usage{} }

// counts says how many items of each kind were read of a project and not found gone, kinds that were counted before
// included.
func (s *State) counts(source, project string) map[event.Kind]int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := map[event.Kind]int{}
	for _, kind := range []event.Kind{event.KindIssue, event.KindPullRequest} {
		if s.records[stateKey{source, project, kindCount, string(kind)}] != nil {
			out[kind] = 0
		}
	}
	for k, v := range s.known {
		if k.source == source && v.project == project && v.Digest != "" && v.Removed == "" {
			out[v.Kind]++
		}
	}
	return out
}
