package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// Source is one configured tracker. All methods may be called from several goroutines.
type Source interface {
	// Name is the configured name, part of every id.
	Name() string
	// Tracker is "github" or "jira".
	Tracker() string
	// Volatile says which parts of an item's content are not content.
	Volatile() Volatile
	// Projects lists what the configuration names and the tracker has, in order. Projects that cannot be
	// read are in the error (see [ProjectError]) while the others are still returned.
	Projects(ctx context.Context) ([]Project, error)
	// List calls page for each page of items that may have changed since pass.Cursor, and ends with the
	// error of page or its own. It must leave out no change: to list an item twice is harmless.
	List(ctx context.Context, p Project, pass Pass, page func(Page) error) error
	// Fetch reads one item whole. It works from the stub's Ref alone if Data is nil. Its error may be [ErrGone].
	Fetch(ctx context.Context, p Project, s Stub) (*Item, error)
	// Count says how many items of each kind the tracker has in a project, as cheaply as it can.
	Count(ctx context.Context, p Project) (map[event.Kind]int, error)
	// Usage says what the source has spent, and what its credential has left.
	Usage() Usage
}

// Announcer is a [Source] that can tell for the price of one call in which of all projects something changed.
type Announcer interface {
	// Changed says whether something in a project changed since it was listed, where that is known: then it is read
	// although it is not due.
	Changed(ctx context.Context, p Project, pass Pass) bool
}

// Discoverer is a [Source] that does not ask in every run what projects there are.
type Discoverer interface {
	// Undiscovered says whether the run found something of a project that is not listed: the next one, which lists it, is to
	// begin at once.
	Undiscovered() bool
	// Discover makes Projects ask, since something else told of a project.
	Discover(project string)
}

// Project is a repository or a Jira project.
type Project struct {
	Name     string // "owner/repo", or the project's key
	Archived bool   // nothing in it changes any more: it is read once
}

// Pass is what a source needs to know to list what changed.
type Pass struct {
	Cursor  json.RawMessage // of the last acknowledged page; nil: from the beginning
	ETag    string          // of the last list that was complete in one page
	Now     time.Time       // when the pass began
	Overlap time.Duration   // how far behind its own changes a tracker's list may be
	// Known says that the item was read, with this time of update and long enough after it.
	Known func(ref string, updated time.Time) bool
}

// Page is a part of a list.
type Page struct {
	Stubs  []Stub
	Cursor json.RawMessage // to be kept once all of the page is acknowledged
	ETag   string          // set if the list was complete with this page: it stays valid until the list changes
}

// Stub names an item that may have changed.
type Stub struct {
	Ref     string     `json:"ref"` // what the source can read it by: an issue's number or id
	ID      string     `json:"-"`   // of the item that the log has under Ref; empty: none, or the list tells it anyway
	Key     string     `json:"key"`
	Kind    event.Kind `json:"kind,omitempty"`
	Updated time.Time  `json:"updated,omitzero"`
	Gone    string     `json:"gone,omitempty"` // what a webhook says became of it; it counts if the tracker no longer has it
	Data    any        `json:"-"`              // what the list already told, for Fetch
}

// Item is an item as read.
type Item struct {
	ID      string // see [event.ItemID]
	Kind    event.Kind
	Key     string
	Project string    // empty: the project in whose list it is
	Updated time.Time // the tracker's own time of the last update
	Read    time.Time // when the part of it that is oldest was read; zero: just now
	Partial bool      // parts of its history are still to be read
	Bears   []string  // what a [Namer] calls its labels and milestone; nil elsewhere
	Content json.RawMessage
	Free    func() // if set, is called once nobody uses Content any more
}

// Usage is what was spent of a credential and what is left of it.
type Usage struct {
	Requests    int64     // answered requests, repeated ones included
	NotModified int64     // of these, answered 304: free on GitHub
	Retried     int64     // of these, answered wrongly and made again
	Limited     int64     // of these, refused by a rate limit
	Limit       int       // the allowance, 0 if the tracker does not say
	Remaining   int       // what is left of it
	Reset       time.Time // when it is whole again
	HeldUntil   time.Time // no call is made before
	HeldWhy     string
}

// ErrGone says that the tracker no longer has an item under this reference.
type ErrGone struct {
	Cause string // a cause of [event.Tombstone]
	// Content is what the tracker says of a transferred item at its new place, in the form of the item's own; or nil.
	Content json.RawMessage
}

func (e ErrGone) Error() string { return "the item is gone: " + e.Cause }

// SourceError stops the run over a source: a wrong token, a tracker that cannot be reached.
type SourceError struct{ Err error }

func (e SourceError) Error() string { return e.Err.Error() }
func (e SourceError) Unwrap() error { return e.Err }

// ProjectError stops the run over one project: the others go on.
type ProjectError struct {
	Project string
	Err     error
}

func (e ProjectError) Error() string { return fmt.Sprintf("project %s: %v", e.Project, e.Err) }
func (e ProjectError) Unwrap() error { return e.Err }

// projectErrors takes an error apart into those of single projects and the rest.
func projectErrors(err error) (of []ProjectError, rest error) {
	if err == nil {
		return nil, nil
	}
	if j, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // only a join at the top is taken apart
		for _, e := range j.Unwrap() {
			o, r := projectErrors(e)
			of, rest = append(of, o...), errors.Join(rest, r)
		}
		return of, rest
	}
	var p ProjectError
	if errors.As(err, &p) {
		return []ProjectError{p}, nil
	}
	return nil, err
}
