package ingest

import (
	"errors"
	"fmt"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// Counts says what became of the items that a run looked at.
type Counts struct {
	Listed    int // written as the tracker's lists tell them, to be completed
	Read      int // read from the tracker
	Written   int // of these, new tellings, acknowledged by the log
	Unchanged int // the log has them already; not read where the list told so
	Failed    int // could not be read; tried again in the next run
	Oversize  int // over 16 MiB: a dead letter was written
	Removed   int // gone from the tracker, and recorded so
}

func (c *Counts) add(d Counts) {
	c.Listed += d.Listed
	c.Read += d.Read
	c.Written += d.Written
	c.Unchanged += d.Unchanged
	c.Failed += d.Failed
	c.Oversize += d.Oversize
	c.Removed += d.Removed
}

// ProjectReport is what a run did in one project.
type ProjectReport struct {
	Project  string
	Kinds    map[event.Kind]*Counts
	InSource map[event.Kind]int // by the tracker's own count; nil: not counted in this run
	Failures []Failure          // of this run
	Warnings []string           // what somebody should look at: a sentence each
	Err      error              // what stopped the run over this project, or nil

	left int // items that are in the log in part
}

func (p *ProjectReport) kind(k event.Kind) *Counts {
	if k == "" {
		k = event.KindIssue
	}
	if p.Kinds[k] == nil {
		p.Kinds[k] = &Counts{}
	}
	return p.Kinds[k]
}

// Report is what a run did.
type Report struct {
	Source   string
	Started  time.Time
	Took     time.Duration
	Projects []*ProjectReport // in the source's order
	Usage    Usage            // Requests, NotModified, Retried and Limited are those of this run
}

// Total sums up all projects and kinds.
func (r Report) Total() Counts {
	var c Counts
	for _, p := range r.Projects {
		for _, k := range p.Kinds {
			c.add(*k)
		}
	}
	return c
}

// Complete says that nothing failed and no project was stopped: otherwise a command exits with status 1.
func (r Report) Complete() bool {
	for _, p := range r.Projects {
		if p.Err != nil || len(p.Failures) > 0 {
			return false
		}
	}
	return true
}

// Err joins what Complete found wrong, a sentence each, or is nil.
func (r Report) Err() error {
	var errs []error
	for _, p := range r.Projects {
		if p.Err != nil {
			errs = append(errs, p.Err)
		}
		for _, f := range p.Failures {
			errs = append(errs, fmt.Errorf("%s not read, to be tried again: %s", f.Stub.Key, f.Reason))
		}
	}
	return errors.Join(errs...)
}
