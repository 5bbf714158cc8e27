package lines

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/event"
)

// DefaultSource is the source of what is handed over without another name.
const DefaultSource = "import"

// Problem is what is wrong with a line.
type Problem struct {
	Line  int    `json:"line"`
	Field string `json:"field,omitempty"` // empty: the line as a whole
	Text  string `json:"problem"`
}

func (p *Problem) Error() string {
	if p.Field == "" {
		return fmt.Sprintf("line %d: %s", p.Line, p.Text)
	}
	return fmt.Sprintf("line %d: field %s: %s", p.Line, p.Field, p.Text)
}

// MaxProblems is how many problems are told.
const MaxProblems = 100

// Problems is the error of lines that are not sound.
type Problems struct {
	Lines int // how many were read
	Bad   int // how many of them are not sound
	First []*Problem
}

func (p *Problems) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d lines cannot be imported, so nothing was", p.Bad, p.Lines)
	for _, l := range p.First {
		b.WriteString("\n" + l.Error())
	}
	if more := p.Bad - len(p.First); more > 0 {
		fmt.Fprintf(&b, "\nand %d more", more)
	}
	return b.String()
}

// Import is what was handed over, and found sound.
type Import struct {
	Source string
	Lines  int // that hold something

	in    io.ReadSeeker
	form  string
	now   time.Time
	items map[string]*seen // by id
}

// seen is what the check of an item remembers.
type seen struct {
	lines int
	times map[int64]toldAt // by milliseconds
}

type toldAt struct {
	line int
	hash [16]byte
}

// Check reads all lines. Its error is [*Problems] if any of them is not sound. Now is the time, which nothing may lie
// far ahead of.
func Check(in io.ReadSeeker, form, source string, now time.Time) (*Import, error) {
	im := &Import{Source: cmp.Or(source, DefaultSource), in: in, form: form, now: now, items: map[string]*seen{}}
	bad := &Problems{}
	add := func(p *Problem) {
		if bad.Bad++; len(bad.First) < MaxProblems {
			bad.First = append(bad.First, p)
		}
	}
	err := im.each(func(l *line) error {
		im.Lines++
		if l.err == nil {
			l.field, l.err = im.see(l)
		}
		if l.err != nil {
			add(&Problem{l.number, l.field, l.err.Error()})
		}
		return nil
	})
	var p *Problem
	switch {
	case errors.As(err, &p):
		add(p)
		bad.Lines = max(im.Lines+1, p.Line)
	case err != nil:
		return nil, err
	}
	if bad.Bad > 0 {
		bad.Lines = max(bad.Lines, im.Lines)
		return nil, bad
	}
	return im, nil
}

// each reads from the beginning and completes each line.
func (im *Import) each(do func(*line) error) error {
	if _, err := im.in.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return read(im.in, im.form, func(l *line) error {
		if l.err == nil {
			l.field, l.err = complete(&l.row, im.now)
			l.row.Project = cmp.Or(l.row.Project, im.Source)
		}
		return do(l)
	})
}

// id is the item's id: what the row says identifies it, else its key.
func (im *Import) id(r *event.Row) (string, event.Kind) {
	kind := event.KindIssue
	if r.Kind == event.KindPullRequest {
		kind = r.Kind
	}
	return event.ItemID(im.Source, kind, cmp.Or(r.ID, r.Key)), kind
}

// see takes note of a line, and refuses one that contradicts another.
func (im *Import) see(l *line) (field string, err error) {
	id, _ := im.id(&l.row)
	s := im.items[id]
	if s == nil {
		s = &seen{times: map[int64]toldAt{}}
		im.items[id] = s
	}
	b, err := json.Marshal(&l.row)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	told := toldAt{l.number, [16]byte(sum[:16])}
	at := l.row.ValidFrom().UnixMilli()
	if old, ok := s.times[at]; ok && old.hash != told.hash {
		return "updated_at", fmt.Errorf("line %d says something else of %s as of the same time (%s): give each its own updated_at, or keep one of them",
			old.line, l.row.Key, l.row.ValidFrom().Format(time.RFC3339))
	}
	if s.lines++; s.lines > maxItems {
		return "", fmt.Errorf("it is the %dth line about %s: %d are the most", s.lines, l.row.Key, maxItems)
	}
	s.times[at] = told
	return "", nil
}

// Items returns what was handed over, item by item. An error ends it: what was handed over can no longer be read, or is
// no longer what was checked.
func (im *Import) Items() iter.Seq2[ingest.Given, error] {
	return func(yield func(ingest.Given, error) bool) {
		open := map[string][]event.Row{}
		left := len(im.items)
		err := im.each(func(l *line) error {
			id, kind := im.id(&l.row)
			s := im.items[id]
			if l.err != nil || s == nil {
				return errChanged
			}
			open[id] = append(open[id], l.row)
			rows := open[id]
			if len(rows) < s.lines {
				return nil
			}
			delete(open, id)
			left--
			if len(rows) > s.lines {
				return errChanged
			}
			if !yield(ingest.Given{ID: id, Kind: kind, Rows: rows}, nil) {
				return errStop
			}
			return nil
		})
		if err == nil && left != 0 {
			err = errChanged
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(ingest.Given{}, err)
		}
	}
}

var errChanged = errors.New("it changed while it was read: import it again")
