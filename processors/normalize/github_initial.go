package normalize

import (
	"slices"
	"strings"

	"github.com/workmix/workmix/internal/event"
)

// beginning returns the state at the creation: the current object with every change of the timeline undone.
func (g *gh) beginning() (first event.Item, h history) {
	first = g.want
	first.Body, first.Size, first.DueAt, first.MergedAt, first.ClosedAt = nil, nil, nil, nil, nil
	first.Status, first.Resolution = "open", ""
	labels, assignees := newMembers(g.want.Labels), newMembers(g.want.Assignees)
	h = history{
		milestone: slot{final: g.want.Milestone}, typ: slot{final: g.want.Type}, parent: slot{final: g.want.ParentKey},
		untold: []string{"body"},
	}
	titled, drafted := false, false
	for _, e := range g.events {
		switch e.Event {
		case "labeled", "unlabeled":
			if e.Label != nil {
				labels.change(e.Label.Name, e.Event == "labeled")
			}
		case "assigned", "unassigned":
			if e.Assignee != nil {
				assignees.change(e.Assignee.account(g.raw.Source).person, e.Event == "assigned")
			}
		case "renamed":
			if e.Rename != nil && !titled {
				titled, first.Title = true, e.Rename.From
			}
		case "convert_to_draft", "ready_for_review":
			if !drafted {
				drafted, first.Draft = true, e.Event == "ready_for_review"
			}
		}
		h.milestone.read(e, "milestoned", "", "demilestoned", milestoneName)
		h.typ.read(e, "issue_type_added", "issue_type_changed", "issue_type_removed", typeName)
		h.parent.read(e, "parent_issue_added", "", "parent_issue_removed", parentName)
	}
	first.Assignees = assignees.initial(nil)
	h.renamed = labels.renames()
	first.Labels = labels.initial(h.renamed)
	first.Milestone, first.Type, first.ParentKey = h.milestone.first(), h.typ.first(), h.parent.first()
	if g.want.Size != nil {
		h.untold = append(h.untold, "size")
	}
	if g.want.DueAt != nil {
		h.untold = append(h.untold, "due_at")
	}
	for name, s := range map[string]*slot{"milestone": &h.milestone, "type": &h.typ, "parent_key": &h.parent} {
		if s.untold {
			h.untold = append(h.untold, name)
		}
	}
	slices.Sort(h.untold)
	return first, h
}

// history is what one pass over the events learns for the fold.
type history struct {
	renamed                map[string]string // labels by their present name: their former one
	milestone, typ, parent slot
	untold                 []string // fields whose history is not told, sorted
}

// slot is a field that holds one value or none, and that events set and clear by name.
type slot struct {
	final    string
	begin    string
	begun    bool
	lastSet  *ghEvent // the last event that touches the field, if it sets it
	unnamed  []*ghEvent
	untold   bool
	lastName string
}

// read takes an event into account. change is the event that replaces one value by another, or "".
func (s *slot) read(e *ghEvent, set, change, clear string, name func(*ghEvent) (now, before string)) {
	if e.Event != set && e.Event != clear && (change == "" || e.Event != change) {
		return
	}
	now, before := name(e)
	if !s.begun {
		s.begun = true
		switch e.Event {
		case clear:
			s.begin = now
			s.untold = now == ""
		case change:
			s.begin = before
			s.untold = before == ""
		}
	}
	s.lastSet, s.lastName = nil, ""
	if e.Event != clear {
		s.lastSet, s.lastName = e, now
		if now == "" {
			s.unnamed = append(s.unnamed, e)
		}
	}
}

// first returns the value at the creation, and settles whether the history is told at all: it is not if an event
// sets a value without naming it, unless the object still shows that value.
func (s *slot) first() string {
	if !s.begun {
		return s.final
	}
	for _, e := range s.unnamed {
		s.untold = s.untold || e != s.lastSet || s.final == ""
	}
	if s.untold {
		return ""
	}
	return s.begin
}

// after returns the value that an event sets, which is named now, or the object's where it has no name.
func (s *slot) after(now string) string {
	if now == "" {
		return s.final
	}
	return now
}

func milestoneName(e *ghEvent) (now, before string) {
	if e.Milestone != nil {
		now = e.Milestone.Title
	}
	return now, ""
}

func typeName(e *ghEvent) (now, before string) {
	if e.Type != nil {
		now = e.Type.Name
	}
	if e.PreviousType != nil {
		before = e.PreviousType.Name
	}
	return now, before
}

func parentName(e *ghEvent) (now, before string) { return e.Parent.key(), "" }

// members follows the members of a set (labels, assignees) through the events that add and remove them.
type members struct {
	final  []string
	begin  map[string]bool // members at the creation, as their first event tells
	now    map[string]bool // members after the events so far
	known  []string        // names that an event bears, in order of their first
	born   map[string]bool // names that an event added
	number map[string]int  // the number of the last event that added a name
	first  map[string]int  // the number of the first event of a name
	count  int
}

func newMembers(final []string) *members {
	return &members{
		final: final, begin: map[string]bool{}, now: map[string]bool{}, born: map[string]bool{},
		number: map[string]int{}, first: map[string]int{},
	}
}

func (m *members) change(name string, added bool) {
	m.count++
	if _, ok := m.first[name]; !ok {
		m.first[name] = m.count
		m.known = append(m.known, name)
		m.begin[name] = !added
	}
	m.now[name] = added
	if added {
		m.born[name] = true
		m.number[name] = m.count
	}
}

// initial returns the members at the creation: those whose first event removes them, and those of the object
// that no event names, but for names that came by renaming.
func (m *members) initial(renamed map[string]string) []string {
	var out []string
	for _, name := range slices.Concat(m.known, m.final) {
		_, named := m.first[name]
		if _, ok := renamed[name]; !ok && (m.begin[name] || !named) {
			out = append(out, name)
		}
	}
	return set(out...)
}

// renames infers which members bear a new name: no event added the new name, and no event removed the old one,
// though the object has it no more. Two names that differ in case only are one label on GitHub. Otherwise a
// pair is safe only where one new and one old name are left, and the new one appears after the old one.
func (m *members) renames() map[string]string {
	var stale, orphans []string
	for _, name := range m.known {
		if m.now[name] && !slices.Contains(m.final, name) {
			stale = append(stale, name)
		}
		if m.begin[name] {
			orphans = append(orphans, name)
		}
	}
	for _, name := range m.final {
		if _, named := m.first[name]; !named {
			orphans = append(orphans, name)
		}
	}
	out := map[string]string{}
	pair := func(fit func(now, before string) bool) {
		for _, now := range slices.Clone(orphans) {
			i := slices.IndexFunc(stale, func(before string) bool { return fit(now, before) })
			if first, named := m.first[now]; i >= 0 && (!named || first > m.number[stale[i]]) {
				out[now] = stale[i]
				stale = slices.Delete(stale, i, i+1)
				orphans = slices.DeleteFunc(orphans, func(o string) bool { return o == now })
			}
		}
	}
	pair(strings.EqualFold)
	if len(stale) == 1 && len(orphans) == 1 {
		pair(func(string, string) bool { return true })
	}
	return out
}
