package queries

import "regexp"

// asKnown matches the views as known at a time that have a twin of the same columns without it.
var asKnown = regexp.MustCompile(`\b(effort|allocation_quarterly|gap_attribution|teams)_(?:at|within|of)\(known_at = \{known_at:DateTime64\(3, 'UTC'\)\}(?:, \w+ = \{\w+:Date\})*\)`)

// itemsAt matches the items as they stood at a time, as known at another; their twin has the first time alone.
var itemsAt = regexp.MustCompile(`\bwork_items_at\((at = \{\w+:DateTime64\(3, 'UTC'\)\}), known_at = \{known_at:DateTime64\(3, 'UTC'\)\}\)`)

// Now is the question asked of what is known now: views as known at its parameter known_at become the ones without, which
// read rows that are kept ready and are much faster to ask. Its answer is that of the greatest known_at, as soon as what was
// stored last is derived.
func (q *Question) Now() *Question {
	out := *q
	out.SQL = itemsAt.ReplaceAllString(asKnown.ReplaceAllString(q.SQL, "$1"), "work_items_as_of($1)")
	return &out
}
