package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/workmix/workmix/ingest"
)

var _ ingest.Describer = (*Source)(nil)

// describing gathers what is told of owners and repositories.
type describing struct {
	s      *Source
	tell   func(ingest.Told)
	unread []string
	torn   map[string]bool // kinds of which a part could not be read
}

// Describe implements [ingest.Describer]: the teams of the repositories' owners with their members and repositories, the
// owners' members by name, and the files that say who owns what. Without a login there is nothing to be told. It takes two
// calls a team, and where GraphQL answers one for a hundred members and one for fifty repositories.
func (s *Source) Describe(ctx context.Context, projects []ingest.Project, tell func(ingest.Told)) (whole, unread []string, err error) {
	if s.o.Token == "" && s.o.App == nil {
		return nil, nil, nil
	}
	d := &describing{s: s, tell: tell, torn: map[string]bool{}}
	var owners []string
	var live []ingest.Project
	for _, p := range projects {
		owner, _, _ := strings.Cut(p.Name, "/")
		if !slices.Contains(owners, owner) {
			owners = append(owners, owner)
		}
		if !p.Archived {
			live = append(live, p)
		}
	}
	for _, owner := range owners {
		if err := d.teams(ctx, owner); err != nil {
			return nil, nil, err
		}
		if err := d.people(ctx, owner); err != nil {
			return nil, nil, err
		}
	}
	if err := d.codeowners(ctx, live); err != nil {
		return nil, nil, err
	}
	for _, kind := range []string{"team", "members", "codeowners"} {
		if !d.torn[kind] {
			whole = append(whole, kind)
		}
	}
	return whole, d.unread, nil
}

// missed takes note of what could not be read, or returns the error if nothing can be.
func (d *describing) missed(ctx context.Context, kind string, err error, hint string) error {
	if ctx.Err() != nil || errors.As(err, &ingest.SourceError{}) {
		return err
	}
	d.torn[kind] = true
	text := err.Error()
	if st := status(err); st == http.StatusForbidden || st == http.StatusNotFound {
		text += hint
	}
	d.unread = append(d.unread, text)
	return nil
}

func (d *describing) say(kind, name string, content any) error {
	b, err := json.Marshal(content)
	if err != nil {
		return err
	}
	d.tell(ingest.Told{Kind: kind, Name: name, Content: b})
	return nil
}

// ownedRepository is the part of a team's repository that says how far it is the team's; the rest changes with each push.
type ownedRepository struct {
	FullName    string          `json:"full_name"`
	Archived    bool            `json:"archived"`
	RoleName    string          `json:"role_name,omitempty"`
	Permissions map[string]bool `json:"permissions,omitempty"`
}

const teamsHint = "; teams need read access to the organisation's members, and a user has none"

func (d *describing) teams(ctx context.Context, owner string) error {
	path := "orgs/" + url.PathEscape(owner) + "/teams"
	all, err := d.s.unchanged(ctx, "teams of "+owner, path)
	if err != nil {
		return d.missed(ctx, "team", err, teamsHint)
	}
	for _, raw := range all {
		var t struct {
			Slug string `json:"slug"`
		}
		if err := json.Unmarshal(raw, &t); err != nil || t.Slug == "" {
			d.torn["team"] = true
			d.unread = append(d.unread, "teams of "+owner+": a team without a slug")
			continue
		}
		name, at := owner+"/"+t.Slug, path+"/"+url.PathEscape(t.Slug)
		members, err := d.s.unchanged(ctx, "members of team "+name, at+"/members")
		if err == nil {
			var repositories elements
			if repositories, err = d.s.all(ctx, "repositories of team "+name, at+"/repos"); err == nil {
				owned := make([]ownedRepository, len(repositories.rows))
				for i, r := range repositories.rows {
					if err = json.Unmarshal(r, &owned[i]); err != nil {
						break
					}
				}
				if err == nil {
					err = d.say("team", name, map[string]any{"team": raw, "members": members, "repositories": owned})
				}
			}
		}
		if err != nil {
			if err := d.missed(ctx, "team", err, teamsHint); err != nil {
				return err
			}
		}
	}
	return nil
}

// peopleQuery asks for what no list of REST tells: names, and the addresses that the organisation's domains vouch for.
const peopleQuery = `query workmixPeople($owner: String!, $after: String) {
  organization(login: $owner) {
    membersWithRole(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { databaseId login name email organizationVerifiedDomainEmails(login: $owner) }
    }
  }
}`

func (d *describing) people(ctx context.Context, owner string) error {
	what := "names of the members of " + owner
	people := []json.RawMessage{}
	for after := any(nil); ; {
		var got struct {
			Data struct {
				Organization struct {
					Members *struct {
						PageInfo struct {
							HasNextPage bool
							EndCursor   string
						}
						Nodes []json.RawMessage
					} `json:"membersWithRole"`
				}
			}
			Errors []struct{ Message string }
		}
		err := errNoGraphQL
		if !d.s.noGraphQL.Load() {
			err = d.s.ask(ctx, map[string]any{"query": peopleQuery, "variables": map[string]any{"owner": owner, "after": after}}, &got)
		}
		page := got.Data.Organization.Members
		if err == nil && page == nil {
			err = errors.New("an organisation's members are not visible to this token")
			if len(got.Errors) > 0 {
				err = errors.New(got.Errors[0].Message)
			}
		}
		if err != nil {
			return d.missed(ctx, "members", fmt.Errorf("%s: %w", what, err), "")
		}
		people = append(people, page.Nodes...)
		if !page.PageInfo.HasNextPage || after == any(page.PageInfo.EndCursor) {
			return d.say("members", owner, map[string]any{"people": people})
		}
		after = page.PageInfo.EndCursor
	}
}
