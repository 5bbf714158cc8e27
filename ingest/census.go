package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// Lists of what changed never tell what is gone. A census compares the ids that the log has of a project with
// those that the tracker has.
//
// It goes at its own pace. Counting is cheap, and each project is counted every [Options.Census]; where the list
// was read to its end and both have as many, nothing is gone. Ids are compared where the numbers differ, and every
// seventh time in any case. What the tracker does not list is read one by one, and its answer is the cause.

const (
	kindCensus = "census" // name "": value: tally
	// comparedAnyway is after how many times [Options.Census] ids are compared although the numbers agree.
	comparedAnyway = 7
	// comparedAgain is the part of [Options.Census] after which ids are compared again while the numbers differ.
	comparedAgain = 24
)

// The causes of a removal that the census finds, as in [event.Tombstone].
const (
	causeDeleted     = "deleted"
	causeTransferred = "transferred"
	causeMoved       = "moved"
	causeUnobserved  = "unobserved"
	causeReturned    = "returned"
)

// Enumerator is a [Source] that can list ids alone. A source that cannot has no census.
type Enumerator interface {
	// Enumerate lists every item that a project has now. One that it misses is read before it is believed gone.
	Enumerate(ctx context.Context, p Project) ([]Entry, error)
	// Unlisted is the cause of an item of the project that can be read although it is not listed; empty: such an
	// item is there.
	Unlisted() string
	// Names says whether the configuration names a project, itself or by a pattern.
	Names(project string) bool
}

// Entry is an item as a census sees it.
type Entry struct {
	Stub
	ID     string   // see [event.ItemID]; empty: the list does not tell
	Passed bool     // older than what the configuration asks for: it is not read if the log lacks it
	Bears  []string // as of [Item]
}

// NotVisible is the error of a project that the tracker says it does not have, or does not show us.
type NotVisible struct{ Err error }

func (e NotVisible) Error() string { return e.Err.Error() }
func (e NotVisible) Unwrap() error { return e.Err }

// tally is what is remembered of a project's census.
type tally struct {
	At         time.Time `json:"at"`                   // when the numbers, or the ids, were compared
	Compared   time.Time `json:"compared"`             // when the ids were, or the numbers agreed at first
	InLog      int       `json:"in_log"`               // that are not removed
	Unobserved int       `json:"unobserved,omitempty"` // more than half was gone at once: what is not known of the rest
	Why        string    `json:"why,omitempty"`
}

func (w *worker) tally() (t tally) {
	if v, _ := w.st.value(w.src.Name(), w.p.Name, kindCensus, ""); v != nil {
		_ = json.Unmarshal(v, &t) // another version's: compared anew
	}
	return t
}

// counted is how many items of each kind the tracker had when it was asked last, and when that was.
func (w *worker) counted() (map[event.Kind]int, time.Time) {
	out := map[event.Kind]int{}
	var newest time.Time
	for _, kind := range []event.Kind{event.KindIssue, event.KindPullRequest} {
		v, at := w.st.value(w.src.Name(), w.p.Name, kindCount, string(kind))
		var n int
		if v != nil && json.Unmarshal(v, &n) == nil {
			out[kind] = n
			if at.After(newest) {
				newest = at
			}
		}
	}
	return out, newest
}

// census compares ids with the tracker's, if that is due.
func (w *worker) census(ctx context.Context) error {
	src, ok := w.src.(Enumerator)
	if !ok {
		return nil
	}
	last, now := w.tally(), w.Now().UTC()
	counts, at := w.counted()
	age := now.Sub(last.Compared)
	fresh := at.After(last.At)
	if at.IsZero() || !fresh && age < comparedAnyway*w.Census && (last.Unobserved == 0 || age < w.Census/comparedAgain) {
		return nil
	}
	here := w.st.members(w.src.Name(), w.p.Name)
	t := tally{At: now, Compared: last.Compared, InLog: len(here), Unobserved: last.Unobserved, Why: last.Why}
	agreed := agrees(here, counts)
	switch {
	case last.Compared.IsZero() && agreed: // everything was just listed
		t.Compared = now
		return w.remember(ctx, w.progress(kindCensus, "", t))
	case age >= comparedAnyway*w.Census:
	case (!agreed || last.Unobserved > 0) && age >= w.Census/comparedAgain:
	case fresh && agreed:
		return w.remember(ctx, w.progress(kindCensus, "", t))
	default:
		return nil
	}
	listed, err := src.Enumerate(ctx, w.p)
	if err != nil {
		return err
	}
	return w.compare(ctx, src, here, listed)
}

// agrees says that the tracker counts as many items of each kind as there are.
func agrees(here map[string]known, counted map[event.Kind]int) bool {
	n := map[event.Kind]int{}
	for _, k := range here {
		n[k.Kind]++
	}
	for kind, c := range counted {
		if n[kind] != c {
			return false
		}
	}
	return true
}

// compare reads what the log lacks, and what the tracker lacks.
func (w *worker) compare(ctx context.Context, src Enumerator, here map[string]known, listed []Entry) error {
	at := map[string]Entry{}
	var read []Stub
	for _, e := range listed {
		at[e.Ref] = e
		if _, k, ok := w.st.byRef(w.src.Name(), w.p.Name, e.Ref); (!ok || k.Removed != "") && !e.Passed && !w.failed(e.Stub) {
			read = append(read, e.Stub)
		}
	}
	var missing []string
	for id, k := range here {
		if e, ok := at[k.Ref]; !ok || e.ID != "" && e.ID != id {
			missing = append(missing, id)
		}
	}
	slices.Sort(missing)
	if err := w.read(ctx, read); err != nil {
		return err
	}
	now := w.Now().UTC()
	t := tally{At: now, Compared: now, InLog: len(here) - len(missing)}
	if 2*len(missing) > len(here) {
		t.Why = fmt.Sprintf("%d of %d items were no longer listed at once", len(missing), len(here))
		return w.unobserve(ctx, missing, t)
	}
	for _, id := range missing {
		if _, again := at[here[id].Ref]; again {
			if err := w.removed(ctx, id, here[id], ErrGone{Cause: causeDeleted}); err != nil { // its number is another item's
				return err
			}
			continue
		}
		if err := w.vanished(ctx, src, id, here[id]); err != nil {
			return err
		}
	}
	if t.Unobserved = w.st.unobserved(w.src.Name(), w.p.Name); t.Unobserved > 0 {
		t.Why = w.tally().Why
	}
	return w.settle(ctx, t)
}

// vanished reads an item that is not listed any more, and records what became of it.
func (w *worker) vanished(ctx context.Context, src Enumerator, id string, k known) error {
	s := Stub{Ref: k.Ref, ID: id, Key: k.Key, Kind: k.Kind}
	at := w.Now()
	it, err := w.src.Fetch(ctx, w.p, s)
	var gone ErrGone
	switch {
	case errors.As(err, &gone):
		return w.removed(ctx, id, k, gone)
	case err != nil && (stopped(ctx, err) || errors.As(err, &ProjectError{})):
		return err
	case err != nil:
		return w.fail(ctx, s, err)
	case it.ID != id:
		return w.removed(ctx, id, k, ErrGone{Cause: causeTransferred})
	case it.Project != "" && it.Project != w.p.Name && !src.Names(it.Project):
		return w.removed(ctx, id, k, ErrGone{Cause: causeMoved})
	case it.Project != "" && it.Project != w.p.Name:
		return nil // the list of its new project tells it
	case src.Unlisted() != "":
		return w.removed(ctx, id, k, ErrGone{Cause: src.Unlisted()})
	}
	return w.accept(ctx, s, it, at)
}

func (w *worker) removed(ctx context.Context, id string, k known, gone ErrGone) error {
	return w.remove(ctx, Stub{Ref: k.Ref, Key: k.Key, Kind: k.Kind}, id, k, gone, w.Now())
}

// unobserve records that items are out of sight, which says nothing of whether they still are.
func (w *worker) unobserve(ctx context.Context, ids []string, t tally) error {
	t.Why += ": a permission may be lost, so nothing is taken for deleted; see that the account of source " + w.src.Name() + " may read the project"
	t.Unobserved = len(ids)
	w.Logger.Warn("project unobserved", "source", w.src.Name(), "project", w.p.Name, "items", len(ids), "why", t.Why)
	w.rep.Warnings = append(w.rep.Warnings, fmt.Sprintf("%d items are unobserved: %s", len(ids), t.Why))
	for _, id := range ids {
		if k, ok := w.st.item(w.src.Name(), id); ok && k.Removed == "" {
			if err := w.removed(ctx, id, k, ErrGone{Cause: causeUnobserved}); err != nil {
				return err
			}
		}
	}
	return w.settle(ctx, t)
}

// settle writes what is in hand, then the tally that stands for it.
func (w *worker) settle(ctx context.Context, t tally) error {
	w.mu.Lock()
	err := w.flush(ctx)
	w.mu.Unlock()
	if err != nil {
		return err
	}
	return w.remember(ctx, w.progress(kindCensus, "", t))
}

// hidden is a project that the tracker does not show. Once that has lasted for [Options.Census], its items are
// unobserved.
func (w *worker) hidden(ctx context.Context, why error) error {
	_, read := w.st.value(w.src.Name(), w.p.Name, kindSuccess, "")
	if w.Now().Sub(read) < w.Census || w.tally().At.After(read) && w.Now().Sub(w.tally().At) < w.Census {
		return nil
	}
	here := w.st.members(w.src.Name(), w.p.Name)
	if len(here) == 0 {
		return nil
	}
	ids := make([]string, 0, len(here))
	for id := range here {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	now := w.Now().UTC()
	return w.unobserve(ctx, ids, tally{At: now, Compared: now, Why: why.Error()})
}

// members are the items that the log has of a project and that are not removed, by id.
func (s *State) members(source, project string) map[string]known {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := map[string]known{}
	for k, v := range s.known {
		if k.source == source && v.project == project && v.Digest != "" && v.Removed == "" {
			out[k.name] = v
		}
	}
	return out
}

// unobserved counts the items of a project that are out of sight.
func (s *State) unobserved(source, project string) (n int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for k, v := range s.known {
		if k.source == source && v.project == project && v.Removed == causeUnobserved {
			n++
		}
	}
	return n
}

// projects lists the projects of a source that the log has items of.
func (s *State) projects(source string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	seen := map[string]bool{}
	for k, v := range s.known {
		if k.source == source && v.Digest != "" && v.Removed == "" {
			seen[v.project] = true
		}
	}
	out := make([]string, 0, len(seen))
	for p := range seen {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}
