package ingest

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// The kinds of [event.Progress].
const (
	kindCursor = "cursor" // name "": the source's own cursor of the project's list
	kindETag   = "etag"   // name "": validator of the list, a string
	kindDigest = "digest" // name: item id; value: known
	kindCount  = "count"  // name: kind of item; value: how many the tracker has
	// kindUncounted, name "", value true: the log has items that were not there when the tracker was counted.
	kindUncounted = "uncounted"
	kindFailure   = "failure"  // name: the item's key; value: Failure
	kindDue       = "due"      // name: the item's key; value: a Stub that a webhook says has changed
	kindBackfill  = "backfill" // name "": backfill
	kindArchived  = "archived" // name "": true: the project was read to its end after it was archived
	kindSuccess   = "success"  // name "": when a run over the project last ended well
)

// known is what is remembered of an item that the log has.
type known struct {
	Digest  string     `json:"digest"`
	Ref     string     `json:"ref"`
	Kind    event.Kind `json:"kind"`
	Key     string     `json:"key"`
	Updated time.Time  `json:"updated"`           // the tracker's time of update of what was read
	ReadAt  time.Time  `json:"read_at"`           // when it was read
	Dead    bool       `json:"dead,omitempty"`    // too large: its record is a dead letter
	Removed string     `json:"removed,omitempty"` // why it can no longer be read
	Partial bool       `json:"partial,omitempty"` // the log has only what lists told
	Bears   string     `json:"bears,omitempty"`   // stands for the names of its labels and milestone

	project string // where it was read last
}

// Failure is an item that could not be read, kept to be tried again.
type Failure struct {
	Project string    `json:"-"`
	Stub    Stub      `json:"item"`
	Reason  string    `json:"reason"`
	Tries   int       `json:"tries"`
	Since   time.Time `json:"since"`
}

type stateKey struct{ source, project, kind, name string }

// State is what ingesters remember, as the records of topic workmix.ingest tell it. It may be shared by all
// sources. The zero value is not ready: use [NewState].
type State struct {
	mu      sync.RWMutex
	records map[stateKey]*event.Progress
	known   map[stateKey]known  // by source, item id
	refs    map[stateKey]string // by source, project, ref: the item's id
	due     map[stateKey]*event.Progress
	wake    map[string]chan struct{} // by source
	leases  map[string]lease         // by source
	claims  map[string]time.Time     // by source and holder: when the last one was made
	held    map[string]time.Time     // by credential: until when the tracker told one of its holders to make no calls
}

// NewState returns an empty state.
func NewState() *State {
	return &State{
		records: map[stateKey]*event.Progress{}, known: map[stateKey]known{}, refs: map[stateKey]string{},
		due: map[stateKey]*event.Progress{}, wake: map[string]chan struct{}{}, leases: map[string]lease{}, claims: map[string]time.Time{}, held: map[string]time.Time{},
	}
}

func keyOf(p *event.Progress) stateKey {
	k := stateKey{p.Source, p.Project, p.Kind, p.Name}
	if p.Kind == kindDigest || p.Kind == event.ProgressKept {
		k.project = "" // an item keeps its id when it moves to another project
	}
	return k
}

// Apply takes in one record of the topic. Of a key the one recorded last counts, in whatever order they come.
// A record that it cannot read is as good as none: the work that it stands for is done again.
func (s *State) Apply(p *event.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.Kind == kindLease {
		s.applyLease(p)
		return
	}
	k := keyOf(p)
	if old := s.records[k]; old != nil && old.RecordedAt.After(p.RecordedAt) {
		return
	}
	if p.Kind == kindDue {
		s.applyDue(k, p)
	}
	if p.Kind != kindDigest {
		s.records[k] = p
		return
	}
	var v known
	if len(p.Value) > 0 && json.Unmarshal(p.Value, &v) != nil {
		v = known{}
	}
	// The decoded form replaces the bytes: there is one for every item.
	s.records[k] = &event.Progress{Source: p.Source, Project: p.Project, RecordedAt: p.RecordedAt}
	v.project = p.Project
	s.known[k] = v
	s.refs[stateKey{p.Source, p.Project, kindDigest, v.Ref}] = p.Name
}

// stamp returns a time for a new record of a key: now, but later than the record before, whatever the clock did.
func (s *State) stamp(k stateKey, now time.Time) time.Time {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now = now.UTC().Truncate(time.Millisecond)
	if old := s.records[k]; old != nil && !now.After(old.RecordedAt) {
		return old.RecordedAt.Add(time.Millisecond)
	}
	return now
}

func (s *State) value(source, project, kind, name string) (json.RawMessage, time.Time) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if p := s.records[stateKey{source, project, kind, name}]; p != nil {
		return p.Value, p.RecordedAt
	}
	return nil, time.Time{}
}

// item returns what is known of an item by its id.
func (s *State) item(source, id string) (known, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, ok := s.known[stateKey{source, "", kindDigest, id}]
	return v, ok && v.Digest != ""
}

// byRef returns what is known of an item by the reference that the tracker reads it by.
func (s *State) byRef(source, project, ref string) (id string, v known, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if id, ok = s.refs[stateKey{source, project, kindDigest, ref}]; !ok {
		return "", known{}, false
	}
	v, ok = s.known[stateKey{source, "", kindDigest, id}]
	return id, v, ok && v.Digest != "" && v.Ref == ref && v.project == project
}

// partial returns what the log has only in part of a project.
func (s *State) partial(source, project string) []known {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []known
	for k, v := range s.known {
		if k.source == source && v.project == project && v.Partial && v.Removed == "" {
			out = append(out, v)
		}
	}
	return out
}

// Failures lists what could not be read of a source so far; project "" means all of its projects.
func (s *State) Failures(source, project string) []Failure {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []Failure
	for k, p := range s.records {
		if k.kind != kindFailure || k.source != source || project != "" && k.project != project || len(p.Value) == 0 {
			continue
		}
		f := Failure{Project: k.project}
		if json.Unmarshal(p.Value, &f) == nil {
			out = append(out, f)
		}
	}
	return out
}

// LastSuccess says by project when a run over it last ended well.
func (s *State) LastSuccess(source string) map[string]time.Time {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := map[string]time.Time{}
	for k, p := range s.records {
		if k.kind == kindSuccess && k.source == source {
			out[k.project] = p.RecordedAt
		}
	}
	return out
}
