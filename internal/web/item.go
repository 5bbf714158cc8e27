package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/workmix/workmix/queries"
)

// itemPage is all that is known of one item.
type itemPage struct {
	Item                      map[string]string
	Labels                    []string
	Web                       string // where people open it; empty if that is no web address
	Facts                     []fact
	For, Against              []reason
	Evidence, History, Linked *panel
	From                      map[string]string // the item whose verdict it takes over; nil: it has its own
	Changes                   []change
	Neighbours                []neighbour
	Words, Effort             *panel
	Overridden                bool // a word of a person holds
	May                       bool // who asks may place the item by hand
	Said                      bool // a word was given just now
}

type fact struct{ Name, Value string }

// reason is a piece of evidence: how much it moves the verdict on each axis.
type reason struct {
	Rule, Because, Matched string
	Weights                []string // in words
}

// change is a point of the item's timeline.
type change struct {
	Number, At, Actor, Text, State, Quadrant string
	Moved                                    bool // the quadrant is another than before
}

type neighbour struct{ Direction, Relation, Key, Path, Since string }

func (s *server) item(w http.ResponseWriter, r *http.Request) {
	id := map[string]string{"item": r.PathValue("item")}
	it, status := s.tryAsk(r.Context(), "item", id)
	switch {
	case it.Error != "":
		s.fail(w, r, status, fmt.Errorf("%s", it.Error))
		return
	case len(it.Rows) == 0:
		s.fail(w, r, http.StatusNotFound, fmt.Errorf("there is no item %q: the list of items finds it by key or title", id["item"]))
		return
	}
	judged := id
	var from *panel
	if f := it.cell(0, "verdict_from"); f != "" && f != id["item"] {
		judged = map[string]string{"item": f}
		from, _ = s.tryAsk(r.Context(), "item", judged)
	}
	all := s.askAll(r.Context(), want{"item_evidence", judged}, want{"item_history", id}, want{"item_neighbours", id}, want{"item_words", id}, want{"item_effort", id})
	v := &itemPage{Item: map[string]string{}, Evidence: all[0], History: all[1], Linked: all[2], Words: all[3], Effort: all[4], Said: r.URL.Query().Has("said")}
	v.Words.Empty = "Nobody placed this item by hand."
	v.Effort.Empty = "No effort is known of it."
	v.Overridden = len(v.Words.Rows) > 0 && v.Words.cell(0, "cleared") != "true"
	for i, c := range it.Columns {
		v.Item[c] = it.Rows[0][i]
	}
	if from != nil && len(from.Rows) > 0 {
		v.From = map[string]string{}
		for i, c := range from.Columns {
			v.From[c] = from.Rows[0][i]
		}
	}
	v.May = s.o.Override != nil && asker(r).Edits(v.Item["team"])
	v.Labels = list(v.Item["labels"])
	if u := v.Item["url"]; strings.HasPrefix(u, "https://") || strings.HasPrefix(u, "http://") {
		v.Web = u
	}
	v.facts()
	v.reasons()
	v.changes()
	for i := range v.Linked.Rows {
		c := func(name string) string { return v.Linked.cell(i, name) }
		n := neighbour{c("direction"), c("relation"), c("key"), "", day(c("since"))}
		if c("item_id") != "" {
			n.Path = "/items/" + c("item_id")
		}
		v.Neighbours = append(v.Neighbours, n)
	}
	s.render(w, r, http.StatusOK, "item", v.Item["key"], "/items", v)
}

// facts are the item's fields that say something.
func (v *itemPage) facts() {
	for _, f := range []fact{
		{"Team", "team"},
		{"State", "state"},
		{"In the tracker", "status"},
		{"Kind", "kind"},
		{"Type", "type"},
		{"Priority", "priority"},
		{"Project", "project"},
		{"Source", "source"},
		{"Milestone", "milestone"},
		{"Sprint", "sprint"},
		{"Points", "points"},
		{"Parent", "parent_key"},
		{"Opened by", "author"},
		{"Opened", "created_at"},
		{"Started", "started_at"},
		{"Closed", "closed_at"},
		{"Changed", "updated_at"},
		{"Reopened", "reopened"},
		{"Gone because", "removed"},
		{"Known since", "recorded_at"},
	} {
		value := v.Item[f.Value]
		if f.Value == "team" && value == "" {
			value = queries.Unattributed
		}
		if value == "" || value == "0" {
			continue
		}
		if strings.HasSuffix(f.Value, "_at") {
			value = minute(value)
		}
		v.Facts = append(v.Facts, fact{f.Name, value})
	}
}

// reasons sorts the evidence by whether it speaks for the verdict or against it.
func (v *itemPage) reasons() {
	forced, long := v.Item["forced"], v.Item["long"]
	for i := range v.Evidence.Rows {
		c := func(name string) string { return v.Evidence.cell(i, name) }
		r := reason{Rule: c("rule"), Because: c("because"), Matched: c("matched")}
		f, l := amount(c("forced")), amount(c("long"))
		if f != 0 {
			r.Weights = append(r.Weights, weight(f, "forced", "discretionary"))
		}
		if l != 0 {
			r.Weights = append(r.Weights, weight(l, "long", "short"))
		}
		if side(forced)*f+side(long)*l >= 0 {
			v.For = append(v.For, r)
		} else {
			v.Against = append(v.Against, r)
		}
	}
}

func amount(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return f
}

// side is on which side of the border a score lies.
func side(score string) float64 {
	if amount(score) >= 0.5 {
		return 1
	}
	return -1
}

func weight(x float64, up, down string) string {
	if x < 0 {
		return fmt.Sprintf("%s %.2g", down, -x)
	}
	return fmt.Sprintf("%s %.2g", up, x)
}

// changes makes sentences of the history.
func (v *itemPage) changes() {
	before := ""
	for i := range v.History.Rows {
		c := func(name string) string { return v.History.cell(i, name) }
		ch := change{Number: c("number"), At: minute(c("at")), Actor: c("actor"), State: c("state"), Quadrant: c("quadrant")}
		ch.Moved = ch.Quadrant != "" && before != "" && ch.Quadrant != before
		if ch.Quadrant != "" {
			before = ch.Quadrant
		}
		var parts []string
		for _, f := range list(c("changed")) {
			switch f {
			case "title":
				parts = append(parts, "title: "+c("title"))
			case "status":
				parts = append(parts, "status: "+c("status"))
			case "labels":
				parts = append(parts, "labels: "+strings.Join(list(c("labels")), ", "))
			case "priority":
				parts = append(parts, "priority: "+c("priority"))
			case "state": // has a tag of its own
			default:
				parts = append(parts, strings.ReplaceAll(f, "_", " "))
			}
		}
		switch {
		case i == 0:
			ch.Text = "opened: " + c("title")
		case len(parts) > 0:
			ch.Text = "changed " + strings.Join(parts, "; ")
		default:
			ch.Text = "changed"
		}
		if c("correction") == "true" {
			ch.Text += " (the tracker's history does not tell this; its object does)"
		}
		v.Changes = append(v.Changes, ch)
	}
}

// list reads a cell that holds texts as JSON.
func list(cell string) []string {
	var out []string
	if json.Unmarshal([]byte(cell), &out) != nil {
		return nil
	}
	return out
}

// minute is a time without its seconds.
func minute(at string) string {
	if len(at) > len("2026-01-05 12:30") {
		return at[:len("2026-01-05 12:30")]
	}
	return at
}
