package normalize

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// diff returns the names of the fields in which two states differ, sorted; nil if none.
func diff(a, b *event.Item) []string {
	var names []string
	not := func(equal bool, name string) {
		if !equal {
			names = append(names, name)
		}
	}
	not(slices.Equal(a.Assignees, b.Assignees), "assignees")
	not(a.Author == b.Author, "author")
	not(a.AuthorBot == b.AuthorBot, "author_is_bot")
	not(same(a.Body, b.Body), "body")
	not(sameTime(a.ClosedAt, b.ClosedAt), "closed_at")
	not(slices.Equal(a.Components, b.Components), "components")
	not(a.CreatedAt.Equal(b.CreatedAt), "created_at")
	not(a.Draft == b.Draft, "draft")
	not(sameTime(a.DueAt, b.DueAt), "due_at")
	not(a.Kind == b.Kind, "kind")
	not(slices.Equal(a.Labels, b.Labels), "labels")
	not(sameTime(a.MergedAt, b.MergedAt), "merged_at")
	not(a.Milestone == b.Milestone, "milestone")
	not(a.ParentKey == b.ParentKey, "parent_key")
	not(same(a.Points, b.Points), "points")
	not(a.Priority == b.Priority, "priority")
	not(a.Resolution == b.Resolution, "resolution")
	not(same(a.Size, b.Size), "size")
	not(a.Sprint == b.Sprint, "sprint")
	not(sameTime(a.StartedAt, b.StartedAt), "started_at")
	not(a.State == b.State, "state")
	not(a.Status == b.Status, "status")
	not(a.Title == b.Title, "title")
	not(a.Type == b.Type, "type")
	return names
}

func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

func sameTime(a, b *time.Time) bool { return a == b || a != nil && b != nil && a.Equal(*b) }

// ref returns the address of a field by the name that [diff] gives it, or nil for a name that is none.
func ref(it *event.Item, name string) any {
	switch name {
	case "assignees":
		return &it.Assignees
	case "author":
		return &it.Author
	case "author_is_bot":
		return &it.AuthorBot
	case "body":
		return &it.Body
	case "closed_at":
		return &it.ClosedAt
	case "components":
		return &it.Components
	case "created_at":
		return &it.CreatedAt
	case "draft":
		return &it.Draft
	case "due_at":
		return &it.DueAt
	case "kind":
		return &it.Kind
	case "labels":
		return &it.Labels
	case "merged_at":
		return &it.MergedAt
	case "milestone":
		return &it.Milestone
	case "parent_key":
		return &it.ParentKey
	case "points":
		return &it.Points
	case "priority":
		return &it.Priority
	case "resolution":
		return &it.Resolution
	case "size":
		return &it.Size
	case "sprint":
		return &it.Sprint
	case "started_at":
		return &it.StartedAt
	case "state":
		return &it.State
	case "status":
		return &it.Status
	case "title":
		return &it.Title
	case "type":
		return &it.Type
	}
	return nil
}

// assign copies the named fields from one state to another.
func assign(to, from *event.Item, names []string) {
	for _, name := range names {
		switch p := ref(to, name).(type) {
		case *string:
			*p = *ref(from, name).(*string)
		case *[]string:
			*p = *ref(from, name).(*[]string)
		case *bool:
			*p = *ref(from, name).(*bool)
		case *event.Kind:
			*p = *ref(from, name).(*event.Kind)
		case *event.State:
			*p = *ref(from, name).(*event.State)
		case *time.Time:
			*p = *ref(from, name).(*time.Time)
		case **time.Time:
			*p = *ref(from, name).(**time.Time)
		case **string:
			*p = *ref(from, name).(**string)
		case **float64:
			*p = *ref(from, name).(**float64)
		case **event.Size:
			*p = *ref(from, name).(**event.Size)
		}
	}
}

// changeOf names a state by some of its fields: "observed/<hash>" or "correction/<hash>".
func changeOf(kind string, it *event.Item, names []string) string {
	parts := make([]string, 0, 2*len(names))
	for _, name := range names {
		value, err := json.Marshal(ref(it, name))
		if err != nil { // a time of the year 10000 or a number that is not finite: Validate refuses the one, JSON has not the other
			value = []byte(err.Error())
		}
		parts = append(parts, name, string(value))
	}
	return event.ChangeHash(kind, parts...)
}

// correct returns the step that sets the named fields to what the tracker's object says, because its history
// ends with something else.
func correct(want *event.Item, names []string, at time.Time) step {
	return step{
		change: changeOf("correction", want, names), at: at, correction: true,
		apply: func(it *event.Item) { assign(it, want, names) },
	}
}

// set returns the values sorted, each once, without empty ones; nil if none is left.
func set(values ...string) []string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		if v != "" {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) == 0 {
		return nil
	}
	return out
}

// with returns the set with a value added; the given one stays as it is.
func with(s []string, v string) []string { return set(append(slices.Clone(s), v)...) }

// without returns the set with a value removed; the given one stays as it is.
func without(s []string, v string) []string {
	return set(slices.DeleteFunc(slices.Clone(s), func(x string) bool { return x == v })...)
}

func ptr[T any](v T) *T { return &v }
