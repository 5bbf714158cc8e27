package normalize

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// activities returns what people did on the item, in order of time: the opening, the timeline, reviews, review
// comments and commits, each once.
func (g *gh) activities() []*event.Activity {
	a := acts{gh: g, seen: map[string]bool{}}
	author := g.object.User.account(g.raw.Source)
	a.add("opened", author, "opened", g.object.CreatedAt)
	a.commits()
	for _, e := range g.events {
		a.event(e)
	}
	for i := range g.content.Reviews {
		r := &g.content.Reviews[i]
		a.add("review/"+strconv.FormatInt(r.ID, 10), r.User.account(g.raw.Source), reviewAction(r.State), r.SubmittedAt)
	}
	a.comments(g.content.Comments)
	slices.SortStableFunc(a.list, func(x, y *event.Activity) int { return x.At.Compare(y.At) })
	return a.list
}

type acts struct {
	*gh
	list []*event.Activity
	seen map[string]bool
}

// add adds an activity, unless it is there already or has no time (a review that is not handed in yet).
func (a *acts) add(id string, who account, action string, at time.Time) {
	if a.seen[id] || !sane(at) || action == "" {
		return
	}
	a.seen[id] = true
	a.list = append(a.list, a.activity(id, who.person, action, who.bot, at))
}

func (a *acts) comments(list []ghComment) {
	for i := range list {
		c := &list[i]
		a.add("review_comment/"+strconv.FormatInt(c.ID, 10), c.User.account(a.raw.Source), "review_commented", c.CreatedAt)
	}
}

func (a *acts) event(e *ghEvent) {
	id := strconv.FormatInt(e.ID, 10)
	switch e.Event {
	case "mentioned", "subscribed", "unsubscribed", "referenced", "cross-referenced", "":
		// Not done on this item: the actor was named here, follows it, or named it elsewhere.
	case "committed":
		if e.SHA != "" {
			a.add("commit/"+e.SHA, a.committer(e.Author), "committed", a.committed(e.Author, e.Committer))
		}
	case "reviewed":
		a.add("review/"+id, e.actorsAccount, reviewAction(e.State), e.SubmittedAt)
	case "commented":
		a.add("comment/"+id, e.actorsAccount, "commented", e.at)
	case "line-commented", "commit-commented":
		a.comments(e.Comments)
	case "closed":
		if !a.isMerge(e) { // the merge says it
			a.add(e.change, e.actorsAccount, "closed", e.at)
		}
	case "head_ref_force_pushed":
		a.add(e.change, e.actorsAccount, "force_pushed", e.at)
	case "convert_to_draft":
		a.add(e.change, e.actorsAccount, "converted_to_draft", e.at)
	default: // merged, reopened, labeled, assigned, renamed, ...: the tracker's own word, known today or not
		a.add(e.change, e.actorsAccount, e.Event, e.at)
	}
}

func reviewAction(state string) string {
	switch strings.ToUpper(state) {
	case "APPROVED":
		return "approved"
	case "CHANGES_REQUESTED":
		return "changes_requested"
	case "PENDING":
		return ""
	}
	return "reviewed"
}

// commits adds the commits of the list that names their accounts; the timeline knows e-mail addresses only.
func (a *acts) commits() {
	for i := range a.content.Commits {
		c := &a.content.Commits[i]
		who := a.committer(c.Commit.Author)
		if c.Author != nil && c.Author.ID > 0 {
			who = c.Author.account(a.raw.Source)
		}
		if c.SHA != "" {
			a.add("commit/"+c.SHA, who, "committed", a.committed(c.Commit.Author, c.Commit.Committer))
		}
	}
}

// committer returns the account of a commit's author. GitHub's own private addresses hold the account's id, and of others
// the record says whose they are; of one that is no account's a pseudonym is made, so that the address does not appear.
func (a *acts) committer(s *ghSignature) account {
	if s == nil || s.Email == "" {
		return account{person: event.Pseudonym(a.raw.Source, "")}
	}
	email := fold(s.Email)
	if local, ok := strings.CutSuffix(email, "@users.noreply.github.com"); ok {
		id, login, found := strings.Cut(local, "+")
		if _, err := strconv.ParseInt(id, 10, 64); err == nil && found {
			return account{event.Pseudonym(a.raw.Source, id), strings.HasSuffix(login, "[bot]")}
		}
	}
	for i := range a.content.Authors {
		if who := &a.content.Authors[i]; who.ID > 0 && fold(who.Email) == email {
			return (&ghUser{ID: who.ID, Login: who.Login}).account(a.raw.Source)
		}
	}
	return account{person: event.Pseudonym(a.raw.Source, "git:"+email)}
}

// committed returns when a commit was made: the author's date, or the committer's, whichever is first to be
// possible. Clocks of people's machines are wrong at times; then the item's creation has to do.
func (a *acts) committed(author, committer *ghSignature) time.Time {
	for _, s := range []*ghSignature{author, committer} {
		if s != nil && s.Date.Year() >= 2005 && !s.Date.After(a.object.UpdatedAt) { // git began in 2005
			return s.Date.UTC()
		}
	}
	return a.object.CreatedAt
}
