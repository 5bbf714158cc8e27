package decisions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Epic is a large piece of work that is open.
type Epic struct {
	Key, Title, Team string
	From             time.Time // when work on it started, else when it was opened
	Due              time.Time // zero: it does not say
	Items, Open      int       // directly below it, and of those how many are open
}

// usualMonths is how long an initiative is taken to last that does not say: as long as one should at most.
const usualMonths = 6

// draftedInitiatives is how many epics are drafted as initiatives; more at once are none that anybody finishes.
const draftedInitiatives = 3

// DraftInitiatives is a decision file of the open epics with most open below them. The others stand in comments.
func DraftInitiatives(epics []Epic) string {
	var b strings.Builder
	draftHead(&b, "initiatives", "the trackers' open epics")
	if len(epics) == 0 {
		comment(&b, "", "There is no open epic.")
		return b.String()
	}
	epics = slices.Clone(epics)
	slices.SortStableFunc(epics, func(x, y Epic) int {
		return cmp.Or(cmp.Compare(y.Open, x.Open), cmp.Compare(y.Items, x.Items), strings.Compare(x.Key, y.Key))
	})
	taken := map[string]bool{}
	b.WriteString("initiatives:\n")
	for n, e := range epics {
		if n == draftedInitiatives {
			comment(&b, "  ", "Two or three at once are as many as get finished. The next ones:")
		}
		if n < draftedInitiatives {
			comment(&b, "  ", "Possibly: %d items are below it, %d of them open%s.", e.Items, e.Open, also(&e))
		}
		line := fmt.Sprintf("- {id: %s, name: %s, from: %s, target: %s, items: {epics: [%s]}}",
			scalar(unique(cmp.Or(slug(e.Key), "epic"), taken)), scalar(e.Title), e.From.Format(time.DateOnly), e.target().Format(time.DateOnly), scalar(e.Key))
		if n < draftedInitiatives {
			b.WriteString("  " + line + "\n")
		} else {
			comment(&b, "  ", "%s", line)
		}
	}
	return b.String()
}

func also(e *Epic) string {
	var s string
	if !e.dated() {
		s += fmt.Sprintf("; it names no day, so target is %d months after from", usualMonths)
	}
	if e.Team != "" {
		s += "; it is of team " + e.Team + ": name that as its owner once the team is in your files"
	}
	return s
}

func (e *Epic) target() time.Time {
	if e.dated() {
		return e.Due
	}
	return e.From.AddDate(0, usualMonths, 0)
}

// dated says that the epic names a day that can be its end.
func (e *Epic) dated() bool { return e.Due.After(e.From.AddDate(0, 0, 1)) }
