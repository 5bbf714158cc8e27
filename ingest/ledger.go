package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// What a run leaves for the coverage beside counts and failures of items.
const (
	kindRequests = "requests" // of the source as a whole; name: a day, such as 2026-03-04; value: spent
	kindTrouble  = "trouble"  // project "": of the source as a whole; name "": value: trouble
)

// spent is what a source spent in a day.
type spent struct {
	Requests    int64 `json:"requests"`
	NotModified int64 `json:"not_modified"` // of these, answered that nothing changed: free on GitHub
	Retried     int64 `json:"retried"`      // of these, answered wrongly and made again
	Limited     int64 `json:"limited"`      // of these, refused by a rate limit
}

// trouble is why the last run over a project did not end well.
type trouble struct {
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

// purse is what a process knows of a source's requests.
type purse struct {
	told Usage     // what is in the log
	at   time.Time // since when
}

// less is what was used since another usage.
func (u Usage) less(before Usage) Usage {
	u.Requests -= before.Requests
	u.NotModified -= before.NotModified
	u.Retried -= before.Retried
	u.Limited -= before.Limited
	return u
}

// spend adds to the day what was spent since the last time. Between two runs that found nothing it waits for successEvery.
func (r *run) spend(ctx context.Context, p *purse, quiet bool) error {
	now, u := r.Now().UTC(), r.src.Usage()
	since := u.less(p.told)
	if since.Requests == 0 || quiet && now.Sub(p.at) < successEvery {
		return nil
	}
	w := &worker{run: r}
	day := now.Format(time.DateOnly)
	var s spent
	if v, _ := r.st.value(r.src.Name(), "", kindRequests, day); v != nil {
		_ = json.Unmarshal(v, &s) // our own; another version's begins anew
	}
	s.Requests += since.Requests
	s.NotModified += since.NotModified
	s.Retried += since.Retried
	s.Limited += since.Limited
	if err := w.remember(ctx, w.progress(kindRequests, day, s)); err != nil {
		return err
	}
	p.told, p.at = u, now
	return nil
}

// troubles remembers which projects could not be read to their end, and forgets it of those that were.
func (r *run) troubles(ctx context.Context, rep *Report, ended error) error {
	why := map[string]error{"": ended}
	for _, p := range rep.Projects {
		why[p.Project] = p.Err
	}
	if ended == nil {
		for _, project := range r.st.troubled(r.src.Name()) {
			if _, ok := why[project]; !ok {
				why[project] = nil // it is no longer among those that are read
			}
		}
	}
	var keep []*event.Progress
	for project, err := range why {
		w := &worker{run: r, p: Project{Name: project}}
		var old trouble
		v, _ := r.st.value(r.src.Name(), project, kindTrouble, "")
		had := len(v) > 0 && json.Unmarshal(v, &old) == nil
		switch {
		case err != nil && (!had || old.Reason != err.Error()):
			t := trouble{Reason: err.Error(), Since: r.Now().UTC().Truncate(time.Millisecond)}
			if had {
				t.Since = old.Since
			}
			keep = append(keep, w.progress(kindTrouble, "", t))
		case err == nil && had && (project == "" || ended == nil):
			keep = append(keep, w.progress(kindTrouble, "", nil))
		}
	}
	return (&worker{run: r}).remember(ctx, keep...)
}

// account leaves a run's requests and troubles, unless it was stopped or the log is away.
func (r *run) account(ctx context.Context, rep *Report, ended error) error {
	if ctx.Err() != nil || errors.As(ended, &logError{}) {
		return ended
	}
	err := r.troubles(ctx, rep, ended)
	if err == nil {
		c := rep.Total()
		quiet := r.polls && c.Written+c.Listed+c.Removed+c.Failed+c.Oversize == 0
		err = r.spend(ctx, r.purse, quiet)
	}
	if ended != nil {
		return ended
	}
	return err
}

// troubled lists the projects of a source whose last run did not end well.
func (s *State) troubled(source string) (out []string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for k, p := range s.records {
		if k.source == source && k.kind == kindTrouble && len(p.Value) > 0 {
			out = append(out, k.project)
		}
	}
	slices.Sort(out)
	return out
}
