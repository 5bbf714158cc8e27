package ingest

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/event"
)

const (
	dueAtOnce = 200                    // items read before they are done with
	dueSettle = 250 * time.Millisecond // a person's act makes several deliveries: they are awaited
	dueGap    = time.Second            // between two readings of what is due
)

// NewDue returns the record that says that an item is to be read anew, because its tracker said at a time that it
// changed. Several of one item are one.
func NewDue(source, project string, s Stub, at time.Time) *event.Progress {
	value, _ := json.Marshal(s) // our own struct
	return &event.Progress{Source: source, Project: project, Kind: kindDue, Name: s.Key, Value: value, RecordedAt: at}
}

// NewDueItem is [NewDue] where the tracker tells the item's id alone: ref is what the source reads it by, item its id in the log.
// It is of no project until whoever reads it looks into the state. One that the log does not have comes with a list.
func NewDueItem(source, item, ref string, at time.Time) *event.Progress {
	p := NewDue(source, "", Stub{Ref: ref, Kind: event.KindIssue}, at)
	p.Name = item
	return p
}

// dueProject is the project of something due, "" if it is not known. The caller holds s.mu.
func (s *State) dueProject(p *event.Progress) string {
	if p.Project != "" {
		return p.Project
	}
	return s.known[stateKey{p.Source, "", kindDigest, p.Name}].project
}

// Labelled is a [Source] of which a label can get another name without any item being changed by it, as far as its lists
// tell.
type Labelled interface {
	// Labelled lists the items of a project that bear a label.
	Labelled(ctx context.Context, p Project, label string) ([]Stub, error)
}

// labelRef stands before a label in the Ref of a stub that is due for all items that bear it.
const labelRef = "label/"

// LabelStub returns the stub that is due for all items of a project that bear a label, see [NewDue].
func LabelStub(project, label string) Stub {
	return Stub{Ref: labelRef + label, Key: project + ":" + label}
}

// IsDue says whether a record of topic workmix.ingest is one of [NewDue], which a running ingester must hear of.
func IsDue(p *event.Progress) bool { return p.Kind == kindDue && len(p.Value) > 0 }

// applyDue takes in a record of kind due. The caller holds s.mu.
func (s *State) applyDue(k stateKey, p *event.Progress) {
	if len(p.Value) == 0 {
		delete(s.due, k)
		return
	}
	s.due[k] = p
	select {
	case s.waker(k.source) <- struct{}{}:
	default: // it was woken and has not looked yet
	}
}

func (s *State) waker(source string) chan struct{} {
	c := s.wake[source]
	if c == nil {
		c = make(chan struct{}, 1)
		s.wake[source] = c
	}
	return c
}

// woken returns the channel that tells that something of a source became due.
func (s *State) woken(source string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waker(source)
}

// Due says how many items of a source are to be read anew.
func (s *State) Due(source string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := 0
	for k := range s.due {
		if k.source == source {
			n++
		}
	}
	return n
}

// dueOf returns what is due, by project as the tracker wrote it in the delivery; project "" means all. GitHub's names
// do not differ by case.
func (s *State) dueOf(source, project string) []*event.Progress {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []*event.Progress
	for k, p := range s.due {
		if k.source == source && (project == "" || strings.EqualFold(s.dueProject(p), project)) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *event.Progress) int {
		if c := a.RecordedAt.Compare(b.RecordedAt); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}

// dues reads what is due in the project.
func (w *worker) dues(ctx context.Context) error {
	for list := range slices.Chunk(w.st.dueOf(w.src.Name(), w.p.Name), dueAtOnce) {
		var stubs []Stub
		var later []*event.Progress // stays due, and a later run sees to it
		seen := map[string]bool{}
		for _, p := range list {
			var s Stub
			if json.Unmarshal(p.Value, &s) != nil || s.Ref == "" {
				continue // another version's: the next list finds the item
			}
			if p.Project == "" {
				_, k, _ := w.st.byRef(w.src.Name(), w.p.Name, s.Ref)
				s.Key = k.Key
			} else {
				s.Key = strings.Replace(s.Key, p.Project, w.p.Name, 1)
			}
			of := []Stub{s}
			if s.Ref == namesRef && w.namesLater() {
				later = append(later, p)
				continue
			}
			if s.Ref == namesRef {
				w.told = true
				err := w.names(ctx, true)
				w.told = false
				if err != nil {
					return err
				}
				continue
			}
			if label, ok := strings.CutPrefix(s.Ref, labelRef); ok {
				var err error
				if of, err = w.labelled(ctx, label); err != nil {
					return err
				}
			}
			for _, s := range of {
				if _, k, ok := w.st.byRef(w.src.Name(), w.p.Name, s.Ref); seen[s.Ref] || ok && k.ReadAt.After(p.RecordedAt) {
					continue // it was read since
				}
				seen[s.Ref] = true
				stubs = append(stubs, s)
			}
		}
		w.told = true
		err := w.read(ctx, stubs)
		w.told = false
		if err != nil {
			return err
		}
		if err := w.settled(ctx, slices.DeleteFunc(list, func(p *event.Progress) bool { return slices.Contains(later, p) })); err != nil {
			return err
		}
	}
	return nil
}

// labelled lists the items that bear a label.
func (w *worker) labelled(ctx context.Context, label string) ([]Stub, error) {
	src, ok := w.src.(Labelled)
	if !ok {
		return nil, nil
	}
	return src.Labelled(ctx, w.p, label)
}

// settled forgets what was due. What became due since is recorded later, and so stays.
func (w *worker) settled(ctx context.Context, list []*event.Progress) error {
	done := make([]*event.Progress, len(list))
	for i, p := range list {
		done[i] = &event.Progress{Source: p.Source, Project: p.Project, Kind: kindDue, Name: p.Name, RecordedAt: p.RecordedAt}
	}
	return w.remember(ctx, done...)
}

// projects lists the source's projects, anew where a delivery tells of one that is not among them.
func (r *run) projects(ctx context.Context) ([]Project, error) {
	projects, err := r.src.Projects(ctx)
	src, ok := r.src.(Discoverer)
	if !ok || err != nil {
		return projects, err
	}
	for _, p := range r.st.dueOf(r.src.Name(), "") {
		if p.Project != whole && p.Project != "" && !slices.ContainsFunc(projects, func(o Project) bool { return strings.EqualFold(o.Name, p.Project) }) {
			src.Discover(p.Project)
		}
	}
	if src.Undiscovered() {
		return r.src.Projects(ctx)
	}
	return projects, nil
}

// foreign forgets what is due in projects that the source does not read.
func (r *run) foreign(ctx context.Context, projects []Project) error {
	mine := map[string]bool{}
	for _, p := range projects {
		mine[strings.ToLower(p.Name)] = true
	}
	var list []*event.Progress
	other := map[string]bool{}
	for _, p := range r.st.dueOf(r.src.Name(), "") {
		r.st.mu.RLock()
		project := r.st.dueProject(p)
		r.st.mu.RUnlock()
		switch {
		case project == whole || mine[strings.ToLower(project)]:
			continue
		case project != "":
			other[project] = true
		}
		list = append(list, p)
	}
	if len(list) == 0 {
		return nil
	}
	if len(other) == 0 {
		return (&worker{run: r}).settled(ctx, list)
	}
	r.Logger.Warn("deliveries about projects that the source does not read: take the webhook off them, or name them under the source",
		"source", r.src.Name(), "projects", slices.Sorted(maps.Keys(other)))
	return (&worker{run: r}).settled(ctx, list)
}

// idle waits until a time and reads meanwhile what becomes due in the projects of the last run.
func (r *run) idle(ctx context.Context, last Report, until time.Time) error {
	var projects []Project
	for _, p := range last.Projects {
		if p.Err == nil {
			projects = append(projects, Project{Name: p.Project})
		}
	}
	woken := r.st.woken(r.src.Name())
	for {
		t := time.NewTimer(time.Until(until))
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
			return nil
		case <-woken:
			t.Stop()
		}
		if r.st.asked(r.src.Name()) != nil {
			return nil
		}
		if len(projects) == 0 {
			continue // the next run reads it
		}
		if err := Sleep(ctx, dueSettle); err != nil {
			return err
		}
		if err := r.refresh(ctx, projects); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			r.Logger.Error("what deliveries made due is not read yet; the next run tries again", "source", r.src.Name(), "error", err)
			woken = nil
		}
		if err := Sleep(ctx, dueGap); err != nil {
			return err
		}
	}
}

// refresh reads what is due in some projects.
func (r *run) refresh(ctx context.Context, projects []Project) error {
	rep := Report{Source: r.src.Name()}
	for _, p := range projects {
		if len(r.st.dueOf(r.src.Name(), p.Name)) == 0 {
			continue
		}
		w := &worker{run: r, p: p, rep: &ProjectReport{Project: p.Name, Kinds: map[event.Kind]*Counts{}}}
		rep.Projects = append(rep.Projects, w.rep)
		if err := w.dues(ctx); err != nil {
			return err
		}
	}
	if c := rep.Total(); c != (Counts{}) {
		r.Logger.Info("read what deliveries told of", "source", r.src.Name(), "read", c.Read, "written", c.Written, "unchanged", c.Unchanged, "failed", c.Failed, "removed", c.Removed)
	}
	return nil
}
