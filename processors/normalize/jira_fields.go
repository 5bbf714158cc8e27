package normalize

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// currentFields reads the fields as they are now. A slot whose field the issue does not have stays
// unknown, and then the changelog alone counts.
func (j *jiraFold) currentFields() error {
	c, st := j.c, &j.current
	for _, f := range [...]struct {
		slot jiraSlot
		name string
	}{
		{slotStatus, "status"}, {slotResolution, "resolution"}, {slotPriority, "priority"}, {slotType, "issuetype"}, {slotParent, "parent"},
	} {
		var v jiraNamed
		ok, err := c.field(f.name, &v)
		if err != nil {
			return err
		}
		st[f.slot] = value{known: ok, id: string(v.ID), text: v.Name}
		if f.slot == slotParent {
			st[f.slot].text = v.Key
		}
		if f.slot == slotStatus {
			if v.Name == "" {
				return fmt.Errorf("fields.status: the issue has no status")
			}
			j.learnStatuses(v)
		}
	}
	for _, f := range [...]struct {
		slot jiraSlot
		name string
	}{{slotSummary, "summary"}, {slotDue, "duedate"}} {
		var v text
		ok, err := c.field(f.name, &v)
		if err != nil {
			return err
		}
		st[f.slot] = value{known: ok, text: string(v)}
	}
	var labels []string
	ok, err := c.field("labels", &labels)
	if err != nil {
		return err
	}
	st[slotLabels] = value{known: ok, text: strings.Join(labels, " ")}
	for _, f := range [...]struct {
		slot jiraSlot
		name string
	}{{slotComponents, "components"}, {slotVersions, "fixVersions"}} {
		var list []jiraNamed
		ok, err := c.field(f.name, &list)
		if err != nil {
			return err
		}
		v := value{known: ok}
		for _, n := range list {
			v = v.with(elem{string(n.ID), n.Name})
		}
		st[f.slot] = v
	}
	if err := j.currentPeople(); err != nil {
		return err
	}
	if err := j.currentLabelFields(); err != nil {
		return err
	}
	var raw json.RawMessage
	if ok, err = c.field("description", &raw); err != nil {
		return err
	}
	body, adf, err := bodyText(raw)
	if err != nil {
		return fmt.Errorf("fields.description: %w", err)
	}
	st[slotDescription], j.adf = value{known: ok, text: body}, adf
	return j.currentPlan()
}

func (j *jiraFold) currentPeople() error {
	for _, f := range [...]struct {
		slot jiraSlot
		name string
	}{{slotAssignee, "assignee"}, {slotReporter, "reporter"}, {slotNone, "creator"}} {
		var u *jiraUser
		ok, err := j.c.field(f.name, &u)
		if err != nil {
			return err
		}
		j.learnAccounts(u)
		if f.slot == slotNone {
			j.creator = u
			continue
		}
		j.current[f.slot] = value{known: ok, id: u.id()}
	}
	if r := &j.current[slotReporter]; !r.known {
		*r = value{known: j.creator != nil, id: j.creator.id()}
	}
	return nil
}

// currentPlan reads sprint, points and epic: custom fields named by meta or found in the changelog, or the plain
// keys of Jira's agile interface.
func (j *jiraFold) currentPlan() error {
	st := &j.current
	for _, name := range j.customFields(slotPoints, j.c.Meta.Fields.Points) {
		var v json.RawMessage
		ok, err := j.c.field(name, &v)
		if err != nil {
			return err
		}
		var t text
		if !ok || len(v) > 0 && t.UnmarshalJSON(v) != nil { // an object is no number of points
			continue
		}
		if st[slotPoints].points() == nil {
			st[slotPoints] = value{known: true, text: string(t)}
		}
	}
	for _, name := range append(j.customFields(slotSprint, j.c.Meta.Fields.Sprint), "sprint", "closedSprints") {
		var v json.RawMessage
		ok, err := j.c.field(name, &v)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		st[slotSprint].known = true
		for _, e := range sprints(v) {
			st[slotSprint] = st[slotSprint].with(e)
		}
	}
	for _, name := range append(j.customFields(slotParent, j.c.Meta.Fields.Epic), "epic") {
		if st[slotParent].text != "" {
			break
		}
		var v json.RawMessage
		ok, err := j.c.field(name, &v)
		if err != nil {
			return err
		}
		if ok {
			st[slotParent] = epic(v)
		}
	}
	return nil
}

// customFields returns the ids of the fields that meta names for a slot, and of those that the changelog shows
// to be it.
func (j *jiraFold) customFields(s jiraSlot, meta []string) []string {
	names := slices.Clone(meta)
	for _, h := range j.histories {
		for i := range h.Items {
			it := &h.Items[i]
			if strings.HasPrefix(it.FieldID, "customfield_") && !slices.Contains(names, it.FieldID) && j.slotOf(it) == s {
				names = append(names, it.FieldID)
			}
		}
	}
	return names
}

// sprints reads sprints in any of their forms: objects, one object, or Data Center's
// "com.atlassian...Sprint@1f[id=7,...,name=Sprint 1,startDate=...]".
func sprints(raw json.RawMessage) (found []elem) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	for _, one := range list {
		var o *jiraNamed
		var s string
		switch {
		case json.Unmarshal(one, &s) == nil:
			if e := greenhopper(s); e.name != "" {
				found = append(found, e)
			}
		case json.Unmarshal(one, &o) == nil && o != nil && o.Name != "":
			found = append(found, elem{string(o.ID), o.Name})
		}
	}
	return found
}

func greenhopper(s string) (e elem) {
	_, s, ok := strings.Cut(s, "[")
	if !ok {
		return e
	}
	s = strings.TrimSuffix(s, "]")
	last := ""
	for part := range strings.SplitSeq(s, ",") {
		key, v, ok := strings.Cut(part, "=")
		switch {
		case ok && key == "id":
			e.id = v
		case ok && key == "name":
			e.name = v
		case !ok && last == "name": // a comma in the name
			e.name += "," + part
			continue
		}
		last = key
	}
	return e
}

// epic reads an epic: a key, or an object with a key.
func epic(raw json.RawMessage) value {
	var key string
	if json.Unmarshal(raw, &key) == nil {
		return value{known: true, text: key}
	}
	var o *jiraNamed
	if json.Unmarshal(raw, &o) == nil && o != nil {
		return value{known: true, id: string(o.ID), text: o.Key}
	}
	return value{known: true}
}
