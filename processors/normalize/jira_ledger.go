package normalize

import "github.com/workmix/workmix/internal/event"

// ledger says what became of the items of a changelog: Items = Revisions + the sum of Exceptions.
type ledger struct {
	Items, Revisions int
	// Exceptions counts items that made no revision, by the reason's name: "not state: Rank" (the field is no
	// part of a work item's state; the history is an activity all the same), "no change: status" (the field had
	// that value), "twin" (the history came twice).
	Exceptions map[string]int
}

func newLedger(entries []jiraEntry, revisions []*event.Revision, twins int) *ledger {
	l := &ledger{Items: len(entries) + twins, Exceptions: map[string]int{}}
	made := make(map[string]bool, len(revisions))
	for _, r := range revisions {
		made[r.Change] = true
	}
	for _, e := range entries {
		switch {
		case made[e.change]:
			l.Revisions++
		case e.slot == slotNone:
			l.Exceptions["not state: "+e.Field]++
		default:
			l.Exceptions["no change: "+e.Field]++
		}
	}
	if twins > 0 {
		l.Exceptions["twin"] = twins
	}
	return l
}
