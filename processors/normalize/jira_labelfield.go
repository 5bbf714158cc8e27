package normalize

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/workmix/workmix/internal/event"
)

// A label field is one that the configuration names, such as the customer who asked: what stands in it is a label of the item too,
// "NAME: VALUE", so that rules, teams, incidents and askers find it where they look for words. An account's is its pseudonym.

// maxLabelValue is how many characters of a field's value a label has.
const maxLabelValue = 100

// labelField returns the id of the label field that an item of the changelog changes, or "". A Data Center's changelog has no ids: there
// a field is known by its name, where its labels bear that.
func (j *jiraFold) labelField(it *jiraChange) string {
	fields := j.n.labelFields[j.raw.Source]
	if it.FieldID != "" {
		if fields[it.FieldID] == "" {
			return ""
		}
		return it.FieldID
	}
	for _, id := range slices.Sorted(maps.Keys(fields)) {
		if fold(fields[id]) == fold(it.Field) {
			return id
		}
	}
	return ""
}

// currentLabelFields reads what stands in the label fields now.
func (j *jiraFold) currentLabelFields() error {
	v := &j.current[slotLabelFields]
	for field, name := range j.n.labelFields[j.raw.Source] {
		var raw json.RawMessage
		ok, err := j.c.field(field, &raw)
		if err != nil {
			return err
		}
		v.known = v.known || ok
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			list = []json.RawMessage{raw}
		}
		for _, one := range list {
			words, account := j.labelValue(one)
			j.wordLists[field] = j.wordLists[field] || len(one) > 0 && one[0] == '"' && raw[0] == '['
			j.holders[field] = j.holders[field] || account
			j.things[field] = j.things[field] || !account && words != ""
			*v = v.labelled(field, name, words)
		}
	}
	return nil
}

// labelValue returns the words of one value of a field: a text, a number, an option (of a cascade, the first), something with a name, or an
// account, and whether it is an account.
func (j *jiraFold) labelValue(raw json.RawMessage) (words string, account bool) {
	var t text
	if len(raw) > 0 && t.UnmarshalJSON(raw) == nil {
		return string(t), false
	}
	var o struct {
		jiraUser
		Value text `json:"value"`
		Title text `json:"title"`
	}
	if json.Unmarshal(raw, &o) != nil {
		return "", false
	}
	switch {
	case o.Value != "":
		return string(o.Value), false
	case o.AccountID != "" || o.DisplayName != "":
		j.learnAccounts(&o.jiraUser)
		return event.Pseudonym(j.raw.Source, o.id()), true
	case o.Name != "":
		return o.Name, false
	}
	return string(o.Title), false
}

// labelSides returns what a label field's labels were before and after a change. The changelog has several options as "A, B" with ids as
// "[1, 2]", a list of words as "A B", a cascade as "Parent values: A(1)Level 1 values: B(2)", and an account's name beside its id.
func (j *jiraFold) labelSides(e *jiraEntry) (from, to value) {
	field := j.labelField(e.jiraChange)
	name := j.n.labelFields[j.raw.Source][field]
	side := func(account string, id, words string) value {
		v := value{known: true}
		numbers, several := strings.CutPrefix(id, "[")
		numbers = strings.TrimSuffix(numbers, "]")
		if several { // a group's words have them, too
			words = strings.TrimSuffix(strings.TrimPrefix(words, "["), "]")
		}
		ids, parts := splitList(numbers), splitList(words)
		parent, cascade := strings.CutPrefix(words, "Parent values: ")
		switch {
		case cascade:
			parent, _, _ = strings.Cut(parent, ")Level 1 values: ")
			if n := strings.LastIndexByte(parent, '('); n >= 0 {
				parent = parent[:n]
			}
			return v.labelled(field, name, parent)
		case account != "" || j.maybeHolder(field, numbers, e.FieldID == ""):
			for _, one := range ids {
				v = v.labelled(field, name, event.Pseudonym(j.raw.Source, j.account(account, value{id: one})))
			}
		case id == "" && j.wordLists[field]:
			for one := range strings.FieldsSeq(words) {
				v = v.labelled(field, name, one)
			}
		case several && len(ids) == len(parts): // else a name has a comma
			for _, one := range parts {
				v = v.labelled(field, name, one)
			}
		default:
			return v.labelled(field, name, words)
		}
		return v
	}
	return side(e.FromAccount, string(e.From), string(e.FromString)), side(e.ToAccount, string(e.To), string(e.ToString))
}

// maybeHolder says whether a change of a label field is, or could be, of accounts, whose names are no labels: the field holds accounts; or
// nothing now, and the id could be one's. Options have numbers; so do accounts of some Data Centers.
func (j *jiraFold) maybeHolder(field, ids string, dataCenter bool) bool {
	switch {
	case ids == "" || j.things[field]:
		return false
	case j.holders[field] || dataCenter:
		return true
	}
	return strings.Trim(ids, "0123456789-:, ") != ""
}

// labelled returns the value with a label of a field.
func (v value) labelled(field, name, words string) value {
	words = strings.Join(strings.Fields(words), " ")
	if r := []rune(words); len(r) > maxLabelValue {
		words = strings.TrimSpace(string(r[:maxLabelValue]))
	}
	if e := (elem{field, name + ": " + words}); words != "" && !slices.Contains(v.elems, e) {
		v.elems = append(slices.Clone(v.elems), e)
	}
	return v
}

// relabelled returns the value with those of the other instead of what a field had.
func (v value) relabelled(field string, by value) value {
	v.elems = append(slices.DeleteFunc(slices.Clone(v.elems), func(e elem) bool { return e.id == field }), by.elems...)
	return v
}
