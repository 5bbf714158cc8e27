package normalize

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/workmix/workmix/internal/event"
)

// jiraEntry is one item of the changelog with its place in it.
type jiraEntry struct {
	*jiraChange
	history *jiraHistory
	change  string // "changelog/<history id>/<index>"
	slot    jiraSlot
}

// histories returns the changelog's histories in their order: by time, then id. A history that comes twice is
// taken once; twins counts the items of those left out.
func (c *jiraContent) histories() (list []*jiraHistory, twins int, err error) {
	if c.Issue.Changelog == nil {
		return nil, 0, nil
	}
	all := c.Issue.Changelog.Histories
	list = make([]*jiraHistory, len(all))
	telling := make(map[*jiraHistory][]byte, len(all))
	for i := range all {
		h := &all[i]
		if h.ID == "" {
			return nil, 0, fmt.Errorf("changelog.histories[%d]: field id is missing", i)
		}
		if h.Created.IsZero() {
			return nil, 0, fmt.Errorf("changelog.histories[%d]: field created is missing", i)
		}
		if telling[h], err = json.Marshal(h); err != nil {
			return nil, 0, fmt.Errorf("changelog.histories[%d]: %w", i, err)
		}
		list[i] = h
	}
	slices.SortFunc(list, func(a, b *jiraHistory) int {
		return cmp.Or(a.Created.Compare(b.Created.Time), compareIDs(string(a.ID), string(b.ID)), bytes.Compare(telling[a], telling[b]))
	})
	seen := make(map[text]bool, len(list))
	list = slices.DeleteFunc(list, func(h *jiraHistory) bool {
		if seen[h.ID] {
			twins += len(h.Items)
			return true
		}
		seen[h.ID] = true
		return false
	})
	return list, twins, nil
}

// entries returns the items of the histories in their order, each with the slot that it changes.
func (j *jiraFold) entries() []jiraEntry {
	var list []jiraEntry
	for _, h := range j.histories {
		for i := range h.Items {
			it := &h.Items[i]
			list = append(list, jiraEntry{it, h, fmt.Sprintf("changelog/%s/%d", h.ID, i), j.slotOf(it)})
		}
	}
	return list
}

// slotOf returns the slot that an item of the changelog changes, or slotNone. The names of system fields are in
// English whatever the site's language.
func (j *jiraFold) slotOf(it *jiraChange) jiraSlot {
	if it.FieldID != "" {
		if j.labelField(it) != "" {
			return slotLabelFields
		}
		switch f := &j.c.Meta.Fields; {
		case slices.Contains(f.Points, it.FieldID):
			return slotPoints
		case slices.Contains(f.Sprint, it.FieldID):
			return slotSprint
		case slices.Contains(f.Epic, it.FieldID):
			return slotParent
		}
	}
	switch strings.ToLower(it.Field) {
	case "summary":
		return slotSummary
	case "description":
		return slotDescription
	case "status":
		return slotStatus
	case "resolution":
		return slotResolution
	case "priority":
		return slotPriority
	case "labels":
		return slotLabels
	case "assignee":
		return slotAssignee
	case "reporter":
		return slotReporter
	case "component", "components":
		return slotComponents
	case "fix version", "fixversions":
		return slotVersions
	case "sprint":
		return slotSprint
	case "story points", "story point estimate":
		if j.c.Meta.PointsName == "" { // else that field's alone count
			return slotPoints
		}
	case "parent", "parent issue", "epic link", "parent link", "issueparentassociation":
		return slotParent
	case "issuetype":
		return slotType
	case "duedate":
		return slotDue
	}
	if n := j.c.Meta.PointsName; n != "" && it.FieldID == "" && fold(n) == fold(it.Field) {
		return slotPoints
	}
	if j.labelField(it) != "" {
		return slotLabelFields
	}
	return slotNone
}

// sides returns the values before and after a change of a slot.
func (j *jiraFold) sides(e *jiraEntry) (from, to value) {
	if e.slot == slotLabelFields {
		return j.labelSides(e)
	}
	from = value{known: true, id: string(e.From), text: string(e.FromString)}
	to = value{known: true, id: string(e.To), text: string(e.ToString)}
	switch e.slot {
	case slotAssignee, slotReporter:
		from.id = j.account(e.FromAccount, from)
		to.id = j.account(e.ToAccount, to)
	case slotSummary, slotDescription, slotLabels:
		from.id, to.id = "", ""
	case slotParent:
		from.text, to.text = parentKey(from), parentKey(to)
	case slotSprint:
		from, to = sprintList(from), sprintList(to)
	case slotPoints:
		from.text, to.text = cmp.Or(from.text, from.id), cmp.Or(to.text, to.id)
	}
	return from, to
}

// parentKey returns the key in a change of the parent: the text, but where Data Center puts it the id.
func parentKey(v value) string {
	if jiraKey(v.text) == 0 && jiraKey(v.id) > 0 {
		return v.id
	}
	return v.text
}

// account returns the stable id of an account that the changelog names by account id, user key, user name or,
// where there is no id at all, by what people call it.
func (j *jiraFold) account(accountID string, v value) string {
	for _, id := range [...]string{accountID, v.id} {
		if id != "" {
			return cmp.Or(j.accounts[id], id)
		}
	}
	return cmp.Or(j.accounts["name "+v.text], v.text)
}

// learnAccounts collects the accounts that the record shows, so that an old changelog's user keys and names find
// the account that they belong to.
func (j *jiraFold) learnAccounts(users ...*jiraUser) {
	for _, u := range users {
		id := u.id()
		if id == "" {
			continue
		}
		j.bots[id] = j.bots[id] || u.bot()
		for _, name := range [...]string{u.Key, u.Name} {
			if name != "" && (j.accounts[name] == "" || id < j.accounts[name]) {
				j.accounts[name] = id
			}
		}
		if name := "name " + u.DisplayName; u.DisplayName != "" && (j.accounts[name] == "" || id < j.accounts[name]) {
			j.accounts[name] = id
		}
	}
}

// undo returns the state before the first entry: in a slot that the changelog tells of, what the earliest entry
// says stood there before; members that were added later are taken out, those removed put back; else the
// current value.
func (j *jiraFold) undo(entries []jiraEntry) jiraState {
	st := j.current
	for i := len(entries) - 1; i >= 0; i-- {
		e := &entries[i]
		if e.slot == slotNone {
			continue
		}
		from, to := j.sides(e)
		if e.slot == slotLabelFields {
			st[e.slot] = st[e.slot].relabelled(j.labelField(e.jiraChange), from)
			continue
		}
		if !e.slot.multiple() {
			st[e.slot] = from
			continue
		}
		v := st[e.slot]
		v.known = true
		if to.id != "" || to.text != "" {
			v = v.without(elem{to.id, to.text})
		}
		if from.id != "" || from.text != "" {
			v = v.with(elem{from.id, from.text})
		}
		st[e.slot] = v
	}
	if first := slices.IndexFunc(entries, func(e jiraEntry) bool { return e.slot == slotParent }); first >= 0 {
		st[slotParent] = j.parentBefore(entries[first:])
	}
	return st
}

// parentBefore returns the parent before the first of the entries. An epic and a parent are two fields in Jira
// and one here: when a history takes the epic away and gives a parent, in any order, the epic stood there before.
func (j *jiraFold) parentBefore(entries []jiraEntry) value {
	var given []string
	before, _ := j.sides(&entries[0])
	for i := range entries {
		e := &entries[i]
		if e.history != entries[0].history || before.text != "" {
			break
		}
		if e.slot != slotParent {
			continue
		}
		from, to := j.sides(e)
		if to.text == "" && !slices.Contains(given, from.text) {
			before = from
		}
		given = append(given, to.text)
	}
	return before
}

// step returns the state after an entry.
func (j *jiraFold) step(st jiraState, e *jiraEntry) jiraState {
	if e.slot == slotNone {
		return st
	}
	from, to := j.sides(e)
	switch {
	case e.slot.multiple():
		v := st[e.slot]
		v.known = true
		if from.id != "" || from.text != "" {
			v = v.without(elem{from.id, from.text})
		}
		if to.id != "" || to.text != "" {
			v = v.with(elem{to.id, to.text})
		}
		st[e.slot] = v
	case e.slot == slotLabelFields:
		st[e.slot] = st[e.slot].relabelled(j.labelField(e.jiraChange), to)
	case e.slot == slotParent && to.text == "" && st[slotParent].text != from.text:
		// The epic is taken away after a parent was given: the parent stays.
	default:
		st[e.slot] = to
	}
	return st
}

// activity returns what a person did by a history, or nil for a worklog that the issue tells of itself.
func (j *jiraFold) activity(c *chain, h *jiraHistory, seen map[string]bool) *event.Activity {
	id, action, worklog := "changelog/"+string(h.ID), "edited", ""
	var kinds [slots]bool
	quiet, names := true, map[string]bool{}
	for i := range h.Items {
		it := &h.Items[i]
		kinds[j.slotOf(it)] = true
		name := strings.ToLower(it.Field)
		names[name] = true
		quiet = quiet && (name == "workflow" || name == "rank")
		if name == "worklogid" && it.To != "" {
			worklog = "worklog/" + string(it.To)
		}
	}
	switch {
	case kinds[slotStatus] || kinds[slotResolution]:
		action = "transitioned"
	case names["key"] || names["project"]:
		action = "moved"
	case kinds[slotAssignee]:
		action = "assigned"
	case quiet && names["workflow"]:
		action = "migrated"
	case quiet && names["rank"]:
		action = "ranked"
	case worklog != "":
		id, action = worklog, "logged_work"
	case names["timespent"]:
		action = "logged_work"
	case names["link"] || names["remoteissuelink"]:
		action = "linked"
	case names["attachment"]:
		action = "attached"
	}
	if seen[id] {
		return nil
	}
	seen[id] = true
	return c.activity(id, event.Pseudonym(j.raw.Source, h.Author.id()), action, h.Author.bot(), h.Created.Time)
}

// numericID checks that a Jira id is the number that it must be to be part of an item's id.
func numericID(s text) error {
	if s == "" {
		return errors.New("field issue.id is missing")
	}
	if _, err := strconv.ParseUint(string(s), 10, 64); err != nil {
		return fmt.Errorf("field issue.id is %.40q, want a number", string(s))
	}
	return nil
}
