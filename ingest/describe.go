package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// kindDirectory: name "": described; else kind and name of what a tracker told of its organisation, value its digest.
const kindDirectory = "directory"

// Describer is a [Source] that can tell of the organisation behind its items: teams, who owns which files, who leads a
// project. A source that cannot is asked nothing.
type Describer interface {
	// Describe calls tell with all that the tracker tells. What it could not read, for lack of a permission say, is a
	// sentence each in unread and stops nothing. Of the kinds in whole, what it did not tell is there no more.
	Describe(ctx context.Context, projects []Project, tell func(Told)) (whole, unread []string, err error)
}

// Told is one thing that a tracker tells of its organisation, see [event.Directory].
type Told struct {
	Kind, Name string
	Content    json.RawMessage
}

// described is what is remembered of the last reading.
type described struct {
	At     time.Time `json:"at"`
	Unread []string  `json:"unread,omitempty"` // what could not be read, a sentence each
}

// describe reads what the tracker tells of its organisation, as often as items are counted. Only what is new is written.
func (r *run) describe(ctx context.Context, projects []Project) error {
	src, ok := r.src.(Describer)
	if _, at := r.st.value(r.src.Name(), "", kindDirectory, ""); !ok || len(projects) == 0 || !at.IsZero() && r.Now().Sub(at) < r.Census {
		return nil
	}
	w := &worker{run: r, rep: &ProjectReport{Kinds: map[event.Kind]*Counts{}}}
	var records []event.Message
	var progress []*event.Progress
	var failed error
	seen := map[string]bool{}
	note := func(kind, name, digest string, content json.RawMessage) {
		key := kind + "/" + name
		if old, _ := r.st.value(r.src.Name(), "", kindDirectory, key); string(old) == fmt.Sprintf("%q", digest) {
			return
		}
		m, err := event.Encode(&event.Directory{
			Source: r.src.Name(), Tracker: r.src.Tracker(), Kind: kind, Name: name, Digest: digest, Content: content,
			RecordedAt: r.st.stamp(stateKey{r.src.Name(), "", kindDirectory, key}, r.Now()),
		})
		if err != nil && failed == nil {
			failed = err
			return
		}
		var value any = digest
		if content == nil {
			value = nil
		}
		records, progress = append(records, m), append(progress, w.progress(kindDirectory, key, value))
	}
	whole, unread, err := src.Describe(ctx, projects, func(t Told) {
		digest, err := Digest(t.Content, Volatile{})
		if err != nil {
			failed = err
			return
		}
		seen[t.Kind+"/"+t.Name] = true
		note(t.Kind, t.Name, digest, t.Content)
	})
	if err != nil {
		return err
	}
	for _, key := range r.st.directory(r.src.Name()) {
		if kind, name, _ := strings.Cut(key, "/"); slices.Contains(whole, kind) && !seen[key] {
			note(kind, name, "gone", nil)
		}
	}
	if failed != nil { // one that is too large, or no JSON
		unread = append(unread, failed.Error())
	}
	if len(records) > 0 {
		if err := r.log.Write(ctx, records...); err != nil {
			return logError{err}
		}
	}
	return w.remember(ctx, append(progress, w.progress(kindDirectory, "", described{At: r.Now().UTC().Truncate(time.Millisecond), Unread: unread}))...)
}

// directory lists what a tracker told of its organisation and still tells, as far as known: kind and name.
func (s *State) directory(source string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []string
	for k, p := range s.records {
		if k.kind == kindDirectory && k.source == source && k.name != "" && len(p.Value) > 0 {
			out = append(out, k.name)
		}
	}
	slices.Sort(out)
	return out
}
