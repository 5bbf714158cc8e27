package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/workmix/workmix/ingest"
)

// sampled is of how many repositories the first reading is predicted from their own counts; those of more are
// taken to be like them.
const sampled = 20

// Check implements [ingest.Checker]: one call about the credential, those that list repositories, one about teams, and five for each
// of a sample of them.
func (s *Source) Check(ctx context.Context, say func(ingest.Finding)) {
	bad := func(check string, err error) { say(ingest.Finding{Check: check, Bad: true, Text: err.Error()}) }
	limit, err := s.checkLogin(ctx, say)
	if err != nil {
		bad("login", err)
		return
	}
	projects, err := s.Projects(ctx)
	if err != nil {
		bad("repositories", err)
	}
	archived := 0
	for _, p := range projects {
		if p.Archived {
			archived++
		}
	}
	if len(projects) == 0 {
		bad("repositories", fmt.Errorf("there are none to read: name some under repositories of source %s", s.o.Name))
		return
	}
	say(ingest.Finding{Check: "repositories", Text: fmt.Sprintf("%d to read, %d of them archived and read once", len(projects), archived)})
	if err := s.checkTeams(ctx, projects, say); err != nil {
		bad("teams and owners", err)
		return
	}
	var sum predicted
	seen := 0
	step := max(1, len(projects)/sampled)
	for i := 0; i < len(projects) && seen < sampled; i += step {
		n, err := s.predict(ctx, projects[i])
		if err != nil {
			if errors.As(err, &ingest.SourceError{}) || ctx.Err() != nil {
				bad("repository "+projects[i].Name, err)
				return
			}
			bad("repository "+projects[i].Name, err)
			continue
		}
		seen++
		sum.add(n)
	}
	if seen == 0 {
		return
	}
	of := ""
	if seen < len(projects) {
		sum.scale(len(projects), seen)
		of = fmt.Sprintf(", going by %d of the repositories", seen)
	}
	whole := sum.lists + sum.whole
	say(ingest.Finding{Check: "first reading", Text: fmt.Sprintf("%d items: visible after about %d calls, whole after about %d (%s)%s", sum.items, sum.lists, whole, ingest.Takes(whole, limit), of)})
	live := len(projects) - archived
	say(ingest.Finding{Check: "round", Text: fmt.Sprintf("%d calls, none of which count while nothing changes; a changed issue takes one more, a changed pull request two to four; at most %d calls a minute are made", live+s.discoveries(), perMinute)})
}

// checkTeams says whether drafts of teams have something to be made of: a call for the first owner. That they have not is
// nothing that must be mended.
func (s *Source) checkTeams(ctx context.Context, projects []ingest.Project, say func(ingest.Finding)) error {
	owner, _, _ := strings.Cut(projects[0].Name, "/")
	text := "not asked for without a login: workmix suggest teams has nothing from here"
	if s.o.Token != "" || s.o.App != nil {
		_, err := s.get(ctx, "teams of "+owner, "orgs/"+url.PathEscape(owner)+"/teams", url.Values{"per_page": {"1"}}, "")
		switch {
		case errors.As(err, &ingest.SourceError{}) || ctx.Err() != nil:
			return err
		case err != nil:
			text = err.Error() + teamsHint + ": workmix suggest teams has less from here, and nothing else misses them"
		default:
			text = "the teams of " + owner + " are visible: workmix suggest teams drafts from them"
		}
	}
	say(ingest.Finding{Check: "teams and owners", Text: text})
	return nil
}

// checkLogin says what the credential is and returns what it may ask for in an hour.
func (s *Source) checkLogin(ctx context.Context, say func(ingest.Finding)) (limit int, err error) {
	req, err := s.client.NewRequest(http.MethodGet, "rate_limit", nil)
	if err != nil {
		return 0, err
	}
	resp, err := s.client.BareDo(ctx, req)
	if err != nil {
		if err = s.explain("login", err); status(err) == http.StatusNotFound {
			say(ingest.Finding{Check: "login", Text: "the server limits no calls, as an Enterprise server may"})
			return 0, nil
		}
		return 0, err
	}
	defer resp.Body.Close()
	var got struct {
		Resources struct {
			Core struct {
				Limit, Remaining int
				Reset            int64
			}
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		return 0, fmt.Errorf("login: %s does not answer as GitHub does: check base_url of source %s", s.root, s.o.Name)
	}
	scopes, classic := resp.Header["X-Oauth-Scopes"]
	who := "a token with rights of its own (fine-grained)"
	switch {
	case s.o.App != nil:
		who = fmt.Sprintf("installation %d of App %d", s.o.App.Installation, s.o.App.ID)
	case s.o.Token == "":
		who = "nobody: public repositories alone, and few calls; set token_env of the source"
	case classic:
		who = fmt.Sprintf("a classic token with the scopes %q", strings.Join(scopes, ", "))
		if slicesContain(strings.Split(strings.Join(scopes, ","), ","), "repo") {
			who += ", which may write: a fine-grained token that only reads would do"
		}
	}
	say(ingest.Finding{Check: "login", Text: who})
	c := got.Resources.Core
	text := fmt.Sprintf("%d of %d calls an hour are left", c.Remaining, c.Limit)
	if c.Reset > 0 {
		text += " until " + time.Unix(c.Reset, 0).UTC().Format("15:04 MST")
	}
	say(ingest.Finding{Check: "allowance", Bad: c.Limit > 0 && c.Remaining == 0, Text: text})
	return c.Limit, nil
}

func slicesContain(list []string, want string) bool {
	for _, s := range list {
		if strings.TrimSpace(s) == want {
			return true
		}
	}
	return false
}

// predicted is what the first reading of repositories takes, in calls.
type predicted struct{ items, lists, whole int }

func (p *predicted) add(q predicted) {
	p.items += q.items
	p.lists += q.lists
	p.whole += q.whole
}

func (p *predicted) scale(to, from int) {
	p.items, p.lists, p.whole = p.items*to/from, p.lists*to/from, p.whole*to/from
}

// predict counts a repository's lists, a call each.
func (s *Source) predict(ctx context.Context, p ingest.Project) (predicted, error) {
	n := map[string]int{}
	for _, list := range []string{"issues", "pulls", "issues/comments", "pulls/comments", "issues/events"} {
		c, _, err := s.pages(ctx, p, list)
		if err != nil {
			return predicted{}, err
		}
		n[list] = c
	}
	up := func(rows, per int) int { return (rows + per - 1) / per }
	items, pulls := n["issues"], n["pulls"]
	out := predicted{items: items}
	out.lists = max(1, up(items, 100)) + up(pulls, 100) + up(n["issues/comments"], 99) + up(n["pulls/comments"], 99) + up(n["issues/events"], 100)
	out.whole = pulls + pulls/40
	if s.o.Token != "" || s.o.App != nil {
		out.lists += up(pulls, 100) + up(items-pulls, 100) // GraphQL
	} else {
		out.whole += items + pulls/5 // timelines of issues, sizes of pull requests, and whose their commits are
	}
	return out, nil
}

// discoveries is how many owners' repositories are listed at each poll.
func (s *Source) discoveries() int {
	owners := map[string]bool{}
	for _, p := range s.o.Repositories {
		if owner, name, _ := strings.Cut(p, "/"); strings.ContainsAny(name, "*?[") {
			owners[owner] = true
		}
	}
	return len(owners)
}
