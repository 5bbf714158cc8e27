package retro

import (
	"cmp"
	"slices"
	"time"
)

// said are the actions and comments that a retrospective prints: actions of the quarter before, earlier ones that were
// not done when this quarter began, and those of the quarter itself; comments on the quarter.
func (k *whatIsKnown) said() ([]Action, []Note) {
	actions, notes := []Action{}, []Note{}
	q := k.o.Quarter
	all := slices.Clone(k.o.Said)
	slices.SortFunc(all, func(a, b Said) int {
		return cmp.Or(cmp.Compare(a.Quarter, b.Quarter), a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
	for _, s := range all {
		if s.Team != k.o.Team || s.Quarter > q.Name {
			continue
		}
		if !s.Action {
			if s.Quarter == q.Name {
				notes = append(notes, Note{ID: s.ID, Team: s.Team, Text: s.Text, At: instant{s.At}.text(), Late: !s.At.Before(q.To)})
			}
			continue
		}
		if s.Quarter < k.o.Previous && s.Done && s.DoneAt.Before(q.From) {
			continue
		}
		a := Action{ID: s.ID, Quarter: s.Quarter, Team: s.Team, Text: s.Text, Owner: s.Owner, Due: s.Due, State: "open", Carried: s.Quarter < q.Name}
		switch {
		case s.Done:
			a.State, a.DoneAt = "done", instant{s.DoneAt}.text()
		case s.Due != "" && (s.Due < q.Name || s.Due == q.Name && !k.at.Before(q.To)):
			a.State = "overdue"
		}
		actions = append(actions, a)
	}
	return actions, notes
}

// Known merges the tellings of comments and actions up to a time, all of them where it is zero.
func Known(tellings []Said, at time.Time) []Said {
	index := map[string]int{}
	var out []Said
	for _, t := range tellings {
		told := t.At
		if t.Done {
			told = t.DoneAt
		}
		if !at.IsZero() && told.After(at) {
			continue
		}
		i, ok := index[t.ID]
		if !ok {
			index[t.ID] = len(out)
			out = append(out, t)
			continue
		}
		begun := out[i].At
		if !t.At.IsZero() && (begun.IsZero() || t.At.Before(begun)) {
			begun = t.At
		}
		done, doneAt := out[i].Done, out[i].DoneAt // said again it stays done
		if t.Done && !done {
			done, doneAt = true, t.DoneAt
		}
		out[i] = t
		out[i].At, out[i].Done, out[i].DoneAt = begun, done, doneAt
	}
	return out
}
