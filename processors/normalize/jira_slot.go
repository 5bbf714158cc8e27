package normalize

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// jiraSlot is a field of an issue that is part of a work item's state.
type jiraSlot int

const (
	slotNone jiraSlot = iota
	slotSummary
	slotDescription
	slotStatus
	slotResolution
	slotPriority
	slotLabels
	slotAssignee
	slotReporter
	slotComponents
	slotVersions
	slotSprint
	slotPoints
	slotParent
	slotType
	slotDue
	slotLabelFields
	slots
)

// names of the item's fields that each slot decides, for the names of corrections.
var slotField = [slots]string{
	"", "title", "body", "status", "resolution", "priority", "labels", "assignees", "author", "components", "milestone",
	"sprint", "points", "parent_key", "type", "due_at", "labels",
}

// elem is one member of a slot that holds several: a component, a version, a sprint.
type elem struct{ id, name string }

// value is what stands in a slot. id and text are as the changelog has them: the id of a status and its name,
// an account's id.
type value struct {
	known    bool // false: the issue as fetched does not have this field
	id, text string
	elems    []elem // components, versions, sprints, and labels from fields by the field's id
}

type jiraState [slots]value

// multiple says whether a slot holds several members, of which an item of the changelog adds or removes one.
func (s jiraSlot) multiple() bool { return s == slotComponents || s == slotVersions }

// equal says whether two values of a slot mean the same.
func (s jiraSlot) equal(a, b value) bool {
	switch s {
	case slotStatus:
		return a.text == b.text && (a.id == b.id || a.id == "" || b.id == "")
	case slotAssignee, slotReporter:
		return a.id == b.id
	case slotComponents, slotVersions, slotLabelFields:
		return slices.Equal(a.names(), b.names())
	case slotLabels:
		return slices.Equal(set(strings.Fields(a.text)...), set(strings.Fields(b.text)...))
	case slotSprint:
		return a.sprint() == b.sprint()
	case slotPoints:
		return same(a.points(), b.points())
	case slotDue:
		return sameTime(a.due(), b.due())
	}
	return a.text == b.text
}

func (v value) names() []string {
	names := make([]string, len(v.elems))
	for i, e := range v.elems {
		names[i] = e.name
	}
	return set(names...)
}

// without returns the value without a member, found by id, or by name where one of the two has no id.
func (v value) without(e elem) value {
	v.elems = slices.DeleteFunc(slices.Clone(v.elems), func(x elem) bool { return x.same(e) })
	return v
}

func (v value) with(e elem) value {
	v = v.without(e)
	v.elems = append(v.elems, e)
	return v
}

func (e elem) same(o elem) bool {
	if e.id != "" && o.id != "" {
		return e.id == o.id
	}
	return e.name == o.name
}

// sprint returns the name of the newest of the value's sprints: the one with the greatest id.
func (v value) sprint() string {
	var newest elem
	for i, e := range v.elems {
		if i == 0 || compareIDs(e.id, newest.id) > 0 {
			newest = e
		}
	}
	return newest.name
}

// sprintList pairs the ids and the names of sprints in an item of the changelog, "7, 17" and "One, Two". Names
// may contain commas; where the two cannot be paired, the whole text stands for the newest.
func sprintList(v value) value {
	ids, names := splitList(v.id), splitList(v.text)
	switch {
	case v.text == "" && v.id == "":
	case len(ids) == len(names):
		for i := range ids {
			v = v.with(elem{ids[i], names[i]})
		}
	default:
		e := elem{name: v.text}
		for _, id := range ids {
			if e.id == "" || compareIDs(id, e.id) > 0 {
				e.id = id
			}
		}
		v = v.with(e)
	}
	v.id, v.text = "", ""
	return v
}

func splitList(s string) []string {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	parts := strings.Split(s, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// compareIDs orders ids that are numbers by number, others after them by text.
func compareIDs(a, b string) int {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	switch {
	case errX == nil && errY == nil:
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
	case errX == nil:
		return -1
	case errY == nil:
		return 1
	}
	return cmp.Compare(a, b)
}
