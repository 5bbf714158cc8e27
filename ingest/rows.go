package ingest

import (
	"encoding/json"
	"io"
)

// Text is JSON that a tracker answered. Where it is a list and came through a [Transport], the check of it noted where its
// rows and their members stand, so that nobody need look for them once more.
type Text struct {
	Bytes []byte // not to be changed
	marks []mark // nil: not noted
	free  func()
}

// Free gives the memory back, once. Nothing of the text, its rows or their members may be used any more.
func (t Text) Free() {
	if t.free != nil {
		t.free()
	}
}

// mark is where a member of a row stands: its value, and its name between the quotes. Behind those of a row
// stands a mark of the row itself, which has no name.
type mark struct {
	from, to, name, nameEnd uint32 // an answer is much shorter than 4 GiB
}

// mostMarks bounds what is noted of one answer: 1 MB.
const mostMarks = 64 << 10

// ReadText reads the body of an answer; that of a [Transport] it does not copy.
func ReadText(r io.Reader) (Text, error) {
	if w, ok := r.(*wholeBody); ok && w.Len() == len(w.all) {
		return Text{w.all, w.marks, w.free}, nil
	}
	b, err := io.ReadAll(r)
	return Text{Bytes: b}, err
}

// Rows returns the elements of a list.
func (t Text) Rows() ([]Row, error) {
	out := []Row{}
	if t.marks == nil {
		raws, err := Elements(t.Bytes)
		for _, raw := range raws {
			out = append(out, Row{Raw: raw})
		}
		return out, err
	}
	for i, first := 0, 0; i < len(t.marks); i++ {
		if m := t.marks[i]; m.name == 0 {
			out = append(out, Row{t.Bytes[m.from:m.to:m.to], m.from, t.marks[first:i]})
			first = i + 1
		}
	}
	return out, nil
}

// Row is an element of a list, or the text of any object.
type Row struct {
	Raw     json.RawMessage
	base    uint32 // where it stands in what the marks are of
	members []mark // empty: not noted, or there are none
}

// Members is [Members] of the row.
func (r Row) Members(do func(name, value []byte) error) error {
	if len(r.members) == 0 {
		return Members(r.Raw, do)
	}
	for _, m := range r.members {
		if err := do(r.cut(m.name, m.nameEnd), r.cut(m.from, m.to)); err != nil {
			return err
		}
	}
	return nil
}

func (r Row) cut(from, to uint32) []byte {
	return r.Raw[from-r.base : to-r.base : to-r.base]
}

// Without returns what stands before and behind the members of a name, which together are the row without them, and the value of
// the last of those; nil: there is none.
func (r Row) Without(name string) (before, behind, value []byte, err error) {
	at, found := 0, 0
	for i, m := range r.members {
		if string(r.cut(m.name, m.nameEnd)) == name {
			at, found = i, found+1
		}
	}
	if found != 1 {
		before, value, err = Without(r.Raw, name)
		return before, nil, value, err
	}
	m := r.members[at]
	end := uint32(len(r.Raw)) + r.base //nolint:gosec // as a mark
	switch {
	case at > 0:
		before, behind = r.cut(r.base, r.members[at-1].to), r.cut(m.to, end)
	case len(r.members) > 1: // what stood before it is gone: so is the comma behind
		before, behind = r.cut(r.base, m.name-1), r.cut(r.members[1].name-1, end)
	default:
		before, behind = r.cut(r.base, m.name-1), r.cut(m.to, end)
	}
	return before, behind, r.cut(m.from, m.to), nil
}
