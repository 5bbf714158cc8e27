package normalize

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/workmix/workmix/internal/event"
)

// jiraFold folds one issue: from the current fields back to the first state, then forward through the changelog.
type jiraFold struct {
	n         *Normalizer
	raw       *event.Raw
	c         *jiraContent
	histories []*jiraHistory
	twins     int // items of histories that came a second time
	current   jiraState
	adf       bool // the description is a document, which the changelog writes otherwise
	creator   *jiraUser
	created   time.Time
	updated   time.Time
	resolved  time.Time // zero: not told
	moved     time.Time // when the status's category changed last; zero: not told
	accounts  map[string]string
	wordLists map[string]bool // label fields whose values are a list of texts
	holders   map[string]bool // those that hold accounts
	things    map[string]bool // those that hold something else
	bots      map[string]bool
	byID      map[string]string // categories of statuses
	byName    map[string]string
	earlier   map[string][]formerCategory // by the status's id
}

// jiraStep is one state of an issue: what made it, the slots and the item after it.
type jiraStep struct {
	change     string
	at         time.Time
	actor      string
	correction bool
	state      jiraState
	item       event.Item
	inferred   []string
}

func newJiraFold(n *Normalizer, r *event.Raw, c *jiraContent) (*jiraFold, error) {
	j := &jiraFold{n: n, raw: r, c: c, accounts: map[string]string{}, wordLists: map[string]bool{}, holders: map[string]bool{}, things: map[string]bool{}, bots: map[string]bool{}}
	if err := numericID(c.Issue.ID); err != nil {
		return nil, err
	}
	if len(c.Issue.Fields) == 0 {
		return nil, errors.New("the issue has no fields: ask the search for them by name")
	}
	var created, updated, resolved, moved jiraTime
	for name, t := range map[string]*jiraTime{"created": &created, "updated": &updated, "resolutiondate": &resolved, "statuscategorychangedate": &moved} {
		if _, err := c.field(name, t); err != nil {
			return nil, err
		}
	}
	if created.IsZero() {
		return nil, errors.New("fields.created is missing")
	}
	j.created, j.updated, j.resolved, j.moved = created.Time, updated.Time, resolved.Time, moved.Time
	if j.updated.Before(j.created) {
		j.updated = j.created
	}
	var err error
	if j.histories, j.twins, err = c.histories(); err != nil {
		return nil, err
	}
	for _, h := range j.histories {
		j.learnAccounts(h.Author)
	}
	return j, j.currentFields()
}

// steps returns the states of the issue in their order, the first being that of its creation.
func (j *jiraFold) steps(entries []jiraEntry) []jiraStep {
	first := j.undo(entries)
	var unset []string
	if j.pastStatusUnknown(entries) {
		first[slotStatus], unset = value{}, []string{"resolution", "status"}
	} else if j.pastResolutionUnknown(entries) {
		unset = []string{"resolution"}
	}
	if len(unset) > 0 {
		first[slotResolution] = value{}
	}
	list := []jiraStep{{change: "created", at: j.created, actor: event.Pseudonym(j.raw.Source, j.creator.id()), state: first, inferred: unset}}
	for i := range entries {
		e := &entries[i]
		at := e.history.Created.Time
		if at.Before(j.created) {
			at = j.created
		}
		list = append(list, jiraStep{
			change: e.change, at: at, actor: event.Pseudonym(j.raw.Source, e.history.Author.id()), state: j.step(list[len(list)-1].state, e),
		})
	}
	j.sameDocument(entries, list)
	list = j.recategorised(j.correct(entries, list))
	before := &event.Item{}
	for i := range list {
		s := &list[i]
		s.item = j.item(&s.state)
		if j.settle(&s.item, before, &s.state, s.at) {
			s.inferred = set(append(s.inferred, "state")...)
		}
		before = &s.item
	}
	return list
}

// pastStatusUnknown says whether the issue has a status that it cannot be known to have had from the beginning:
// no changelog tells of it, and it was resolved later than it was created; or there is no changelog at all, work
// on it has begun, and the tracker does not say that its status is as old as itself.
func (j *jiraFold) pastStatusUnknown(entries []jiraEntry) bool {
	if tells(entries, slotStatus) || tells(entries, slotResolution) {
		return false
	}
	state, _ := j.state(&j.current, time.Time{}, false)
	if state == event.StateOpen || !j.updated.After(j.created) {
		return false
	}
	if isClosed(state) && j.resolved.After(j.created) {
		return true
	}
	return len(entries) == 0 && (j.moved.IsZero() || j.moved.Sub(j.created) > time.Minute)
}

// pastResolutionUnknown says the same of the resolution alone.
func (j *jiraFold) pastResolutionUnknown(entries []jiraEntry) bool {
	return j.current[slotResolution].text != "" && j.resolved.After(j.created) && !tells(entries, slotResolution)
}

func tells(entries []jiraEntry, s jiraSlot) bool {
	return slices.ContainsFunc(entries, func(e jiraEntry) bool { return e.slot == s })
}

// stateSlots are the slots that decide the state: a correction of them holds from the resolution on.
var stateSlots = []jiraSlot{slotStatus, slotResolution}

// correct adds the corrections: where the changelog ends with something else than the current fields, what is
// current holds from a time that the tracker gives, and not earlier than the last change it contradicts. The
// state's is the resolution date, else (without a changelog) when the status's category changed; the others'
// is when the issue was updated.
func (j *jiraFold) correct(entries []jiraEntry, list []jiraStep) []jiraStep {
	var state, rest []jiraSlot
	end := &list[len(list)-1].state
	for s := slotNone + 1; s < slots; s++ {
		if !j.current[s].known || s.equal(end[s], j.current[s]) {
			continue
		}
		if slices.Contains(stateSlots, s) {
			state = append(state, s)
		} else {
			rest = append(rest, s)
		}
	}
	at := j.updated
	if state, _ := j.state(&j.current, time.Time{}, false); isClosed(state) && !j.resolved.IsZero() {
		at = j.resolved
	} else if !j.moved.IsZero() && len(entries) == 0 {
		at = j.moved
	}
	list = j.correction(entries, list, state, at)
	return j.correction(entries, list, rest, j.updated)
}

// correction puts the current values of some slots into the steps from an instant on.
func (j *jiraFold) correction(entries []jiraEntry, list []jiraStep, which []jiraSlot, at time.Time) []jiraStep {
	if len(which) == 0 {
		return list
	}
	for i := range entries {
		if at2 := entries[i].history.Created.Time; slices.Contains(which, entries[i].slot) && at2.After(at) {
			at = j.updated
		}
	}
	for i := range entries {
		if at2 := entries[i].history.Created.Time; slices.Contains(which, entries[i].slot) && at2.After(at) {
			at = at2
		}
	}
	if at.Before(j.created) {
		at = j.created
	}
	names := make([]string, len(which))
	for i, s := range which {
		names[i] = slotField[s]
	}
	want := j.item(&j.current)
	place := len(list)
	for place > 1 && list[place-1].at.After(at) {
		place--
	}
	step := jiraStep{change: changeOf("correction", &want, names), at: at, correction: true, state: list[place-1].state}
	list = slices.Insert(list, place, step)
	for i := place; i < len(list); i++ {
		for _, s := range which {
			list[i].state[s] = j.current[s]
		}
	}
	return list
}

// sameDocument spares a correction where the last description of the changelog and the current one differ only
// in form: in how lines end or, where the current one is a document, in markup. Then the current text is the one
// that the last change wrote.
func (j *jiraFold) sameDocument(entries []jiraEntry, list []jiraStep) {
	now, last := j.current[slotDescription], list[len(list)-1].state[slotDescription]
	if !now.known || plainLines(last.text) != plainLines(now.text) && (!j.adf || letters(last.text) != letters(now.text)) {
		return
	}
	for i := len(list) - 1; i >= 0; i-- {
		list[i].state[slotDescription] = now
		if i > 0 && entries[i-1].slot == slotDescription {
			return
		}
	}
}

func plainLines(s string) string {
	return strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), " \n")
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}
