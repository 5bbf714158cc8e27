package normalize

import (
	"strings"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// jiraLink is a link as the issue's field has it.
type jiraLink struct {
	Type struct {
		Name    string `json:"name"`
		Inward  string `json:"inward"`
		Outward string `json:"outward"`
	} `json:"type"`
	Inward  *jiraNamed `json:"inwardIssue"`
	Outward *jiraNamed `json:"outwardIssue"`
}

// side returns the other issue, how the tracker describes the link from this issue's side, and whether this is
// the side that Jira calls outward.
func (l *jiraLink) side() (other *jiraNamed, says string, outward bool) {
	if l.Outward != nil {
		return l.Outward, l.Type.Outward, true
	}
	return l.Inward, l.Type.Inward, false
}

// relationOf reads the description of a link from one side: what it means, and whether it leads from that side
// to the other. A link that only relates two issues leads wherever the tracker says that it does.
func relationOf(says, name string, outward bool) (event.Relation, bool) {
	says = fold(says)
	switch name = fold(name); {
	case strings.Contains(says, "block"):
		return event.RelationBlocks, !strings.Contains(says, "blocked")
	case strings.Contains(says, "depends on"), strings.Contains(says, "requires"):
		return event.RelationBlocks, false // what it depends on blocks it
	case strings.Contains(says, "depend"), strings.Contains(says, "required"):
		return event.RelationBlocks, true
	case strings.Contains(says, "duplicate"):
		return event.RelationDuplicates, !strings.Contains(says, "duplicated")
	case strings.Contains(name, "block"):
		return event.RelationBlocks, outward
	case strings.Contains(name, "duplicate"):
		return event.RelationDuplicates, outward
	}
	return event.RelationMentions, outward
}

// span is a time during which a link or a parent stood.
type span struct {
	from time.Time
	to   *time.Time
}

// links returns the links that lead from this issue: the parents it had, and its links to others. A link has two
// ends and both tell of it; only the end that it leads from makes it a link, so that there is one.
func (j *jiraFold) links(c *chain, entries []jiraEntry, revisions []*event.Revision) ([]*event.Link, error) {
	out := &links{chain: c}
	j.parents(out, entries, revisions)
	var list []jiraLink
	if _, err := j.c.field("issuelinks", &list); err != nil {
		return nil, err
	}
	told := j.toldLinks(entries)
	for i := range list {
		other, says, outward := list[i].side()
		if other == nil || other.Key == "" {
			continue
		}
		key := linkKey{fold(says), other.Key}
		spans := told[key]
		delete(told, key)
		relation, leads := relationOf(says, list[i].Type.Name, outward)
		if !leads {
			continue
		}
		item := j.itemID(string(other.ID))
		if len(spans) == 0 || spans[len(spans)-1].to != nil { // the changelog does not tell when it began
			spans = append(spans, span{from: j.created})
		}
		for _, s := range spans {
			out.add(relation, other.Key, item, s.from, s.to)
		}
	}
	// What the changelog tells and the issue no longer has. Where the words do not say which way it led, it leads
	// from the lesser key, so that one of the two ends tells it.
	for _, key := range sortedLinks(told) {
		relation, leads := relationOf(key.says, "", j.raw.Key < key.other)
		if !leads {
			continue
		}
		for _, s := range told[key] {
			if s.to == nil { // a change of the other issue's key, or a lost entry
				s.to = &j.updated
				if s.from.After(j.updated) {
					s.to = &s.from
				}
			}
			out.add(relation, key.other, "", s.from, s.to)
		}
	}
	return out.list, nil
}

func (j *jiraFold) itemID(id string) string {
	if numericID(text(id)) != nil {
		return ""
	}
	return event.ItemID(j.raw.Source, event.KindIssue, id)
}

// parents adds a link to each parent that the revisions show.
func (j *jiraFold) parents(out *links, entries []jiraEntry, revisions []*event.Revision) {
	ids := map[string]string{j.current[slotParent].text: j.current[slotParent].id}
	for i := range entries {
		if entries[i].slot == slotParent {
			for _, v := range func(a, b value) []value { return []value{a, b} }(j.sides(&entries[i])) {
				if ids[v.text] == "" {
					ids[v.text] = v.id
				}
			}
		}
	}
	for i, r := range revisions {
		key := r.Item.ParentKey
		if key == "" || i > 0 && revisions[i-1].Item.ParentKey == key {
			continue
		}
		var to *time.Time
		for _, later := range revisions[i+1:] {
			if later.Item.ParentKey != key {
				to = &later.ValidFrom
				break
			}
		}
		out.add(event.RelationParent, key, j.itemID(ids[key]), r.ValidFrom, to)
	}
}
