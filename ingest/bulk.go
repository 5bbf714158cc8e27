package ingest

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// Bulker is a [Source] that can read a whole project by lists over all of its items, which costs a fraction of
// the calls of reading each item.
type Bulker interface {
	// Bulk reads the lists of a project. nil without an error says that reading each item costs no more.
	Bulk(ctx context.Context, p Project) (*Bulk, error)
}

// Bulk is what the lists of a project told. Its functions may be called from several goroutines.
type Bulk struct {
	Stubs  []Stub                                     // all items, newest first; with their Data Fetch reads what the lists lack
	Item   func(context.Context, Stub) (*Item, error) // what the lists told of an item; nil: not enough to show it
	Counts map[event.Kind]int                         // how many items the tracker has
	Read   time.Time                                  // when the lists were begun
	Cursor json.RawMessage                            // for List: what changed since
	Calls  int                                        // what the lists cost
	Close  func() error
}

// backfill is remembered of a project that is being read for the first time.
type backfill struct {
	Began time.Time `json:"began"`
	Calls int       `json:"calls"` // what its lists cost
	Total int       `json:"total"` // items
	Left  int       `json:"left"`  // items of which only the lists' part is in the log
	// Reached is when the newest item that is left was updated last: what happened later is complete.
	Reached time.Time `json:"reached,omitzero"`
	Done    time.Time `json:"done,omitzero"`
}

// bulks are the lists at hand, by project, between the runs of one process.
type bulks struct {
	mu   sync.Mutex
	held map[string]*Bulk
}

func (b *bulks) get(project string) *Bulk {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held[project]
}

// put keeps the lists of a project, or with nil lets go of them.
func (b *bulks) put(project string, v *Bulk) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if old := b.held[project]; old != nil && old != v {
		_ = old.Close() // a temporary file
	}
	if b.held == nil {
		b.held = map[string]*Bulk{}
	}
	delete(b.held, project)
	if v != nil {
		b.held[project] = v
	}
}

func (b *bulks) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range b.held {
		_ = v.Close()
	}
	b.held = nil
}
