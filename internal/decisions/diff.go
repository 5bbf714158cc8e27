package decisions

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// kinds are those that files can express, in the order in which they are taken back: what refers to others first.
var kinds = []string{"ask", "plan", "initiative", "absence", "membership", "person", "team", "group"}

// Change is one difference between the files and the log.
type Change struct {
	Verb     string // "add", "change", "retract", or "keep": nothing is to be published
	Decision event.Decision
	Before   json.RawMessage // the body that holds until now, where one does
}

// Fields says how a changed decision's fields differ from those that hold, one a line; none where nothing held.
func (c Change) Fields() []string {
	var before, after map[string]json.RawMessage
	if c.Verb != "change" || json.Unmarshal(c.Before, &before) != nil || json.Unmarshal(c.Decision.Body, &after) != nil {
		return nil
	}
	said := func(v json.RawMessage) string {
		if v == nil {
			return "nothing"
		}
		return string(v)
	}
	var out []string
	names := maps.Clone(before)
	maps.Copy(names, after)
	for _, n := range slices.Sorted(maps.Keys(names)) {
		if string(before[n]) != string(after[n]) {
			out = append(out, fmt.Sprintf("%s: %s -> %s", n, said(before[n]), said(after[n])))
		}
	}
	return out
}

// Diff says what to publish so that the log, whose newest decisions of each kind and id are current, holds what
// was read: what is new or different in the order of wanted, then what the files do not name, sorted. That is
// retracted if prune is set, else kept. Decisions of kinds that files cannot express are left alone.
//
// It is an error if what is kept and what was read do not go together, as each is checked by itself only.
func Diff(current, wanted []event.Decision, prune bool) ([]Change, error) {
	key := func(d event.Decision) string { return d.Kind + "/" + d.ID }
	have := map[string]event.Decision{}
	for _, d := range current {
		have[key(d)] = d
	}
	var out []Change
	want := map[string]bool{}
	for _, d := range wanted {
		want[key(d)] = true
		old, ok := have[key(d)]
		switch {
		case !ok || old.Retracted:
			out = append(out, Change{Verb: "add", Decision: d})
		case string(old.Body) != string(d.Body) || !old.ValidFrom.Equal(d.ValidFrom):
			out = append(out, Change{"change", d, old.Body})
		}
	}
	var absent []event.Decision
	for _, d := range current {
		if !want[key(d)] && !d.Retracted && slices.Contains(kinds, d.Kind) {
			absent = append(absent, d)
		}
	}
	slices.SortFunc(absent, func(a, b event.Decision) int {
		if a.Kind != b.Kind {
			return slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind)
		}
		return strings.Compare(a.ID, b.ID)
	})
	for _, d := range absent {
		if prune {
			out = append(out, Change{"retract", event.Decision{Kind: d.Kind, ID: d.ID, ValidFrom: d.ValidFrom, Retracted: true}, d.Body})
		} else {
			out = append(out, Change{"keep", d, d.Body})
		}
	}
	if prune || len(absent) == 0 {
		return out, nil
	}
	if err := together(slices.Concat(absent, wanted)); err != nil {
		return out, err
	}
	return out, besides(absent, wanted)
}

// besides checks what was read against what is kept: an item is in one initiative only, and an ask has its rank alone. What was
// published so before, when nobody checked, does not stand in the way of others.
func besides(kept, wanted []event.Decision) error {
	initiatives, asks := map[string]string{}, map[string]string{} // what an item bears, and a rank, to the id
	for i, d := range slices.Concat(kept, wanted) {
		mine := i >= len(kept)
		switch d.Kind {
		case "initiative":
			in, err := bodyOf[initiative](d)
			if err != nil {
				return err
			}
			for sign := range in.Items.signs() {
				if other, ok := initiatives[sign]; ok && mine && other != d.ID {
					return fmt.Errorf("initiative %s: %s belongs to initiative %s already, which the files do not name and which is kept, and an item is in one only: change that one, or retract it with --prune", d.ID, sign, other)
				}
				initiatives[sign] = d.ID
			}
		case "ask":
			a, err := bodyOf[ask](d)
			if err != nil {
				return err
			}
			rank := rankOf(a)
			if other, ok := asks[rank]; ok && mine && other != d.ID {
				return fmt.Errorf("ask %s: %s is that of ask %s already, which the files do not name and which is kept: give one of them another rank, or retract it with --prune", d.ID, rank, other)
			}
			asks[rank] = d.ID
		}
	}
	return nil
}

// together checks decisions of which some are in no file: nobody is over 100% on a day, and no account has two persons.
func together(all []event.Decision) error {
	spans := map[string][]span{}
	accounts := map[string]string{}
	for _, d := range all {
		switch d.Kind {
		case "membership":
			m, err := bodyOf[membershipBody](d)
			if err != nil {
				return err
			}
			s := span{share: m.Share}
			if s.from, err = time.Parse(time.DateOnly, m.From); err == nil && m.To != "" {
				s.to, err = time.Parse(time.DateOnly, m.To)
			}
			if err != nil {
				return unreadable(d, err)
			}
			spans[m.Person] = append(spans[m.Person], s)
			if day, sum := overfull(spans[m.Person]); sum > 1+1e-9 {
				return fmt.Errorf("person %s is over 100%% on %s, to %.0f%%, with the memberships that the files do not name and that are kept: name those too, or retract them with --prune",
					m.Person, day.Format(time.DateOnly), sum*100)
			}
		case "person":
			p, err := bodyOf[struct {
				Accounts []string `json:"accounts"`
			}](d)
			if err != nil {
				return err
			}
			for _, a := range p.Accounts {
				if other, ok := accounts[a]; ok && other != d.ID {
					return fmt.Errorf("account %s belongs to person %s, whom the files do not name and who is kept, and to %s: retract the former with --prune", a, other, d.ID)
				}
				accounts[a] = d.ID
			}
		}
	}
	return nil
}
