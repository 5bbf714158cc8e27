package simulate

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// History says which part of a recorded history is loaded, and how.
type History struct {
	Keep func(number int) bool // which items; nil: all
	// Late is how long after a version's own time of update the tracker begins to show it, as real lists are late; nil:
	// at once. No version is held back past its capture or the next one of its item.
	Late func() time.Duration
}

// Version is an item's object as it was captured.
type Version struct {
	Key    string    // "owner/repo#12"
	Shown  time.Time // since when the dataset shows it
	Object Object    // the issue, or the pull request
}

// LoadHistory reads a folder of recorded GitHub items as [LoadRecorded] does, and beside them
// github/*/versions.jsonl.gz, a line being {"captured_at", "number", "object"}: the items' objects as they were captured
// again and again, newest last. The dataset begins as it was when the first of them were captured; what changed since is
// in store for [Dataset.Advance], at the time that each object calls its last update. An item shows of its timeline and
// of its review comments what is not later than its object.
//
// All versions are returned in the order in which they are shown; those that the dataset begins with are shown since the
// time of the first capture.
func LoadHistory(dir string, h History) (*Dataset, []Version, error) {
	d := newDataset()
	folders, err := filepath.Glob(filepath.Join(dir, "github", "*", "versions.jsonl.gz"))
	if err != nil {
		return nil, nil, err
	}
	var all []*version
	for _, f := range folders {
		err := readLines(filepath.Join(filepath.Dir(f), "items.jsonl.gz"), func(line []byte) error {
			if keeps, err := h.keeps(line); !keeps {
				return err
			}
			return d.addGitHubLine(line)
		})
		if err != nil {
			return nil, nil, err
		}
		err = readLines(f, func(line []byte) error {
			if keeps, err := h.keeps(line); !keeps {
				return err
			}
			v, err := d.version(line)
			all = append(all, v)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if len(all) == 0 {
		return nil, nil, fmt.Errorf("%s holds no github/*/versions.jsonl.gz that captured anything: name the folder above github", dir)
	}
	d.rewind(all, h.Late)
	out := make([]Version, len(all))
	for n, v := range all {
		out[n] = Version{v.item.key(), v.shown, v.object}
	}
	return d, out, nil
}

// keeps says whether the item of a line is wanted. It reads the number alone, which costs little.
func (h *History) keeps(line []byte) (bool, error) {
	if h.Keep == nil {
		return true, nil
	}
	var rec struct {
		Number      int
		Issue, Pull struct{ Number int }
	}
	err := decode(line, &rec)
	return err == nil && h.Keep(cmp.Or(rec.Number, rec.Issue.Number, rec.Pull.Number)), err
}

// version is a [Version] of an item, and when it was captured.
type version struct {
	item            *githubItem
	object          Object
	captured, shown time.Time
	updated         time.Time
}

func (d *Dataset) version(line []byte) (*version, error) {
	var rec struct {
		CapturedAt string `json:"captured_at"`
		Number     int
		Object     Object
	}
	if err := decode(line, &rec); err != nil {
		return nil, err
	}
	v := &version{object: rec.Object, captured: parseTime(rec.CapturedAt), updated: parseTime(rec.Object["updated_at"])}
	if r := d.repos[repoName(rec.Object)]; r != nil {
		v.item = r.items[rec.Number]
	}
	if v.item == nil || v.captured.IsZero() || v.updated.IsZero() {
		return nil, fmt.Errorf("a capture of number %d without times, or of an item that was not recorded", rec.Number)
	}
	return v, nil
}

// rewind sets a dataset back to the time of the first capture, sorts the versions by when they are shown, and puts those
// that are later in store.
func (d *Dataset) rewind(all []*version, late func() time.Duration) {
	start := all[0].captured
	next := map[*githubItem]*version{}
	for _, v := range all {
		if v.captured.Before(start) {
			start = v.captured
		}
	}
	for _, v := range slices.Backward(all) {
		v.shown = v.updated
		if late != nil {
			v.shown = v.shown.Add(late())
		}
		if v.shown.After(v.captured) {
			v.shown = v.captured
		}
		if n := next[v.item]; n != nil && !v.shown.Before(n.updated) {
			v.shown = n.updated.Add(-time.Second)
		}
		if next[v.item] = v; v.shown.Before(start) {
			v.shown = start
		}
	}
	slices.SortStableFunc(all, func(a, b *version) int { return a.shown.Compare(b.shown) })
	whole := map[*githubItem]githubParts{}
	for it := range next {
		whole[it] = githubParts{it.timeline, it.comments}
		delete(it.repo.items, it.number)
	}
	for _, v := range all {
		s := step{v.shown, func() { v.apply(whole[v.item]) }}
		if v.shown.After(start) {
			d.future = append(d.future, s)
			continue
		}
		s.do()
	}
}

// githubParts are the parts of an item that grow.
type githubParts struct{ timeline, comments []Object }

// apply makes the item what it was. Of all its events and comments it gets those that are not later.
func (v *version) apply(whole githubParts) {
	it := v.item
	if it.pull != nil {
		it.pull = v.object
	} else {
		it.issue = v.object
	}
	it.updated = v.updated
	it.timeline, it.comments = until(whole.timeline, v.updated), until(whole.comments, v.updated)
	if it.pull != nil {
		it.issue = issueOf(it)
	}
	it.row.Store(nil)
	it.repo.items[it.number] = it
}

// until returns the events or comments that are not later than a time, in their order.
func until(all []Object, at time.Time) []Object {
	out := []Object{}
	for _, o := range all {
		if !happened(o).After(at) {
			out = append(out, o)
		}
	}
	return out
}

// happened is when an event of a timeline was; reviews and commits have times of their own.
func happened(o Object) time.Time {
	for _, t := range []any{o["created_at"], o["submitted_at"], at(o, "committer", "date")} {
		if when := parseTime(t); !when.IsZero() {
			return when
		}
	}
	return time.Time{}
}
