package retro

import (
	"fmt"
	"math"
	"strings"
)

// share is a fraction as a person reads it.
func share(f *F) string {
	if f == nil {
		return "–"
	}
	return strings.Replace(fmt.Sprintf("%.0f%%", tidy(100*float64(*f), 0)), "-", "−", 1)
}

// points is a difference of fractions.
func points(f *F) string {
	if f == nil {
		return "–"
	}
	return strings.Replace(fmt.Sprintf("%+.0f", tidy(100*float64(*f), 0)), "-", "−", 1)
}

// days are person-days.
func days(f F) string {
	return strings.Replace(fmt.Sprintf("%.1f", tidy(float64(f), 1)), "-", "−", 1)
}

func maybeDays(f *F) string {
	if f == nil {
		return "–"
	}
	return days(*f)
}

func decimal(f *F) string {
	if f == nil {
		return "–"
	}
	return strings.Replace(fmt.Sprintf("%.2f", tidy(float64(*f), 2)), "-", "−", 1)
}

// moved is a difference of decimals.
func moved(f *F) string {
	if f != nil && tidy(float64(*f), 2) > 0 {
		return "+" + decimal(f)
	}
	return decimal(f)
}

// tidy avoids a zero with a sign.
func tidy(f float64, decimals int) float64 {
	p := math.Pow(10, float64(decimals))
	if f = math.Round(f*p) / p; f == 0 {
		return 0
	}
	return f
}

// plain is a code as words.
func plain(code string) string {
	if w, ok := wording(code); ok {
		return w
	}
	return strings.ReplaceAll(code, "_", " ")
}

func wording(code string) (string, bool) {
	switch code {
	case "user_asks":
		return "user asks", true
	case "platform_quality":
		return "platform quality", true
	case "key_initiatives":
		return "key initiatives", true
	case "asks_from_others":
		return "unplanned asks from others", true
	case "other_asks":
		return "other user asks beyond their share", true
	case "baseline":
		return "platform quality beyond its share", true
	case "initiatives":
		return "key initiatives beyond their share", true
	case "scope":
		return "scope added after the freeze", true
	case "capacity":
		return "less capacity than planned", true
	case "help":
		return "help given to other teams", true
	case "unplaced":
		return "time that is not placed", true
	case "":
		return "not said", true
	}
	return "", false
}

// several is a count with its noun.
func several(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// who is what the retrospective is of, at the beginning of a sentence.
func (n *Numbers) who() string {
	if n.Team == "" {
		return "The organisation"
	}
	return n.TeamName
}

// Title names the retrospective.
func (n *Numbers) Title() string {
	what := "organisation"
	if n.Team != "" {
		what = n.TeamName
	}
	return fmt.Sprintf("Retrospective of %s: %s", n.Quarter, what)
}

// Sentence is the headline in one sentence.
func (n *Numbers) Sentence() string {
	h := n.Headline
	if h.Verdict == "no_effort" {
		return fmt.Sprintf("%s: nobody's work in %s is known, so nothing can be said.", n.who(), n.Quarter)
	}
	var b strings.Builder
	unplaced := pointer(float64(h.Unplaced))
	when := "in " + n.Quarter
	if !n.Complete {
		when = fmt.Sprintf("in %s so far (through %s)", n.Quarter, n.Through)
	}
	if h.First {
		fmt.Fprintf(&b, "%s of the time cannot be placed, so what follows is about the rest: ", share(unplaced))
	}
	switch h.Verdict {
	case "gap":
		fmt.Fprintf(&b, "%s spent %s points %s on %s than planned %s (%s of the placed time against %s; the difference lies between %s and %s points)",
			n.who(), strings.TrimLeft(points(h.Gap), "+−"), map[bool]string{true: "more", false: "less"}[*h.Gap > 0], plain(h.Category), when,
			share(h.Observed), share(h.Planned), points(h.Low), points(h.High))
		if h.Holds == "broad" {
			b.WriteString(", which holds only if ordinary defects count as forced work")
		}
	case "no_reliable_difference":
		fmt.Fprintf(&b, "no reliable difference between plan and actual for %s %s (the largest is %s, %s points, which may be anything from %s to %s)",
			n.object(), when, plain(h.Category), points(h.Gap), points(h.Low), points(h.High))
		if h.Holds == "strict" {
			b.WriteString(", but there is one if ordinary defects do not count as forced work")
		}
	default:
		fmt.Fprintf(&b, "%s had no plan %s, so there is no gap to tell; %s", n.who(), when, n.spread())
	}
	b.WriteString(".")
	s := b.String()
	return strings.ToUpper(s[:1]) + s[1:]
}

func (n *Numbers) object() string {
	if n.Team == "" {
		return "the organisation"
	}
	return n.TeamName
}

// spread tells the categories by their share.
func (n *Numbers) spread() string {
	var parts []string
	for _, a := range n.Allocation {
		if a.Observed != nil {
			parts = append(parts, fmt.Sprintf("%s %s", share(a.Observed), plain(a.Category)))
		}
	}
	if len(parts) == 0 {
		return "none of its time has a category"
	}
	return "its placed time went to " + strings.Join(parts, ", ")
}

// text is a question in words.
func (q Question) text() string {
	switch q.Rule {
	case "no_plan":
		return "There was no plan. What would you have planned, and would it have helped to say so?"
	case "unplaced":
		return fmt.Sprintf("%s of the time shows no work or no category. Is it meetings, support, hiring, or work that no tracker sees, and should it be seen?", share(q.Value))
	case "late_plan":
		return fmt.Sprintf("The plan of %s was written down %.0f days after the quarter began. Did it guide the work, or describe it?", q.Subject, float64(*q.Value))
	case "late_plans":
		return fmt.Sprintf("%s written down after the quarter had begun. Did they guide the work, or describe it?", several(q.Count, "plan was", "plans were"))
	case "plan_revised":
		return fmt.Sprintf("The plan was revised %s. What was known at the revision that could have been known at the start?", several(q.Count, "time", "times"))
	case "gap":
		return fmt.Sprintf("%s differs from the plan by %s points. Was the plan wrong, or did something push the team off it?", capital(plain(q.Subject)), points(q.Value))
	case "reading":
		return fmt.Sprintf("The headline holds only in the %s reading of forced work. Are your ordinary defects forced?", q.Subject)
	case "cause":
		if q.Subject == "unplaced" {
			return fmt.Sprintf("Key initiatives lost most to time that is not placed (%s days). Was some of it theirs?", days(F(*q.Value)))
		}
		return fmt.Sprintf("The largest cause of lost initiative days is %s (%s days). Would you decide the same again?", plain(q.Subject), days(F(*q.Value)))
	case "unresourced":
		return fmt.Sprintf("%s of forced-long work had no effort this quarter; half of it is older than %.0f days. What happens if it waits another quarter?", several(q.Count, "item", "items"), nanless(q.Value))
	case "avalanche":
		return fmt.Sprintf("%s went from mandatory future work to an emergency this quarter. Could it have been started earlier?", several(q.Count, "item", "items"))
	case "falling_behind":
		return "The backlog of forced work grows. What will you stop, or who will help?"
	case "digging_out":
		return "The backlog of forced work falls. What made the difference, and what will you do with the time?"
	case "bulk":
		return fmt.Sprintf("%s of forced work were closed in bulk and do not count as done. Should they have been?", several(q.Count, "item", "items"))
	case "no_forced":
		return "Next to nothing is forced. Are there no users yet, or does their feedback not reach you?"
	case "no_discretionary":
		return "Next to nothing is chosen. Who decides that everything must happen?"
	case "split":
		return "Emergencies and research each take three tenths or more, so the mean lies where nobody is. Is that one team?"
	case "firefighting":
		return "Six tenths or more of the effort is emergencies. Which one source of them would be the cheapest to dry up?"
	case "distance":
		return fmt.Sprintf("The team lies %s from where it wants to be on the grid. Is that still where it wants to be?", decimal(q.Value))
	case "overdue_initiative":
		return fmt.Sprintf("%s is %.0f days past its target and not done, and no new target was set. When will it be done, or what is left out?", q.Subject, float64(*q.Value))
	case "slip":
		return fmt.Sprintf("%s was moved %.0f days from its first target. What would have to go to bring it back?", q.Subject, float64(*q.Value))
	case "idle_initiative":
		return fmt.Sprintf("Nobody here worked on %s. Is it still a key initiative?", q.Subject)
	case "unanswered":
		return fmt.Sprintf("%s not answered. Do those who asked know?", several(q.Count, "of the first user asks was", "of the first user asks were"))
	case "unplanned":
		return fmt.Sprintf("%s of the effort was not planned at the freeze. Is there room for it in the next plan?", share(q.Value))
	case "unfinished":
		return fmt.Sprintf("%s of the effort is in work that nobody can use yet. What could be finished first?", share(q.Value))
	case "overdue":
		return fmt.Sprintf("%s agreed earlier %s overdue. Drop, or do?", several(q.Count, "action", "actions"), map[bool]string{true: "is", false: "are"}[q.Count == 1])
	case "late_overrides":
		return fmt.Sprintf("%s came after the quarter's end. Did anybody learn something, or did the numbers look wrong?", several(q.Count, "override", "overrides"))
	}
	return plain(q.Rule)
}

func nanless(f *F) float64 {
	if f == nil {
		return 0
	}
	return float64(*f)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
