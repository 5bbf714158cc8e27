package jira

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/workmix/workmix/ingest"
)

// site is what issues refer to by id: the statuses with their categories, and the fields that every site
// numbers differently.
type site struct {
	statuses map[string]statusMeta
	fields   []fieldMeta
	named    bool // the field that the configuration names is among them
}

type statusMeta struct {
	Name     string `json:"name"`
	Category string `json:"category"` // new, indeterminate or done
	// Earlier are the categories that it had before, the first one first. What happened before it was seen for the
	// first time is taken to have happened under the first.
	Earlier []earlier `json:"earlier,omitempty"`
}

type earlier struct {
	Category string    `json:"category"`
	Until    time.Time `json:"until"` // when another one was seen first
}

type fieldMeta struct {
	id, name string
	use      string // points, sprint or epic
	named    bool   // by the configuration: a changelog without ids knows it by name alone
}

// about returns the site's statuses, those that it no longer tells of included, and fields, read once a run.
func (s *Source) about(ctx context.Context) (*site, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.site != nil {
		return s.site, nil
	}
	var statuses []struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Category struct {
			Key string `json:"key"`
		} `json:"statusCategory"`
	}
	if err := s.get(ctx, "statuses", "status", nil, &statuses); err != nil {
		return nil, err
	}
	var fields []struct {
		ID      string `json:"id"`
		Name    string `json:"name"`
		English string `json:"untranslatedName"` // where name is a translation
		Schema  struct {
			Custom string `json:"custom"`
		} `json:"schema"`
	}
	if err := s.get(ctx, "fields", "field", nil, &fields); err != nil {
		return nil, err
	}
	now := map[string]statusMeta{}
	for _, st := range statuses {
		now[st.ID] = statusMeta{Name: st.Name, Category: st.Category.Key}
	}
	about := &site{}
	var err error
	if about.statuses, err = s.learn(ctx, now); err != nil {
		return nil, err
	}
	for _, f := range fields {
		use, named := use(f.Schema.Custom, f.Name, f.English), s.pointed(f.ID, f.Name, f.English)
		if named {
			use, about.named = "points", true
		}
		if use != "" {
			about.fields = append(about.fields, fieldMeta{f.ID, f.Name, use, named})
		}
	}
	if s.o.StoryPoints != "" && !about.named && !s.lacked {
		s.lacked = true
		s.gate.Logger().Warn("the site has no field that story_points names and this account sees", "source", s.o.Name, "story_points", s.o.StoryPoints)
	}
	if about.named { // then no other field's points count
		about.fields = slices.DeleteFunc(about.fields, func(f fieldMeta) bool { return f.use == "points" && !f.named })
	}
	slices.SortFunc(about.fields, func(a, b fieldMeta) int { return strings.Compare(a.id, b.id) }) // of several that hold points the first counts
	s.site = about
	return about, nil
}

// pointed says that the configuration names a field as that of story points.
func (s *Source) pointed(id string, names ...string) bool {
	want := s.o.StoryPoints
	return want != "" && (id == want || slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimSpace(n), want) }))
}

// use says what a custom field is for, by its type; story points of classic projects are a number field that
// only its name tells from others, in English where the site tells that.
func use(custom string, names ...string) string {
	switch custom {
	case "com.pyxis.greenhopper.jira:jsw-story-points":
		return "points"
	case "com.pyxis.greenhopper.jira:gh-sprint":
		return "sprint"
	case "com.pyxis.greenhopper.jira:gh-epic-link":
		return "epic"
	case "com.atlassian.jira.plugin.system.customfieldtypes:float":
		for _, name := range names {
			if n := strings.ToLower(strings.TrimSpace(name)); n == "story points" || n == "story point estimate" {
				return "points"
			}
		}
	}
	return ""
}

// Projects implements [ingest.Source]. It begins a run: what is known of the site is forgotten, and where it was not asked in
// the last hour, the zone in which Jira reads the dates of our queries is asked for, and what projects there are.
func (s *Source) Projects(ctx context.Context) ([]ingest.Project, error) {
	a, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(a.Zone)
	if err != nil {
		return nil, fmt.Errorf("own account: %w", err)
	}
	s.mu.Lock()
	if s.zone != nil && s.zone.String() != zone.String() {
		s.stands = map[string]stand{} // told of by queries that may have been misread
	}
	s.site, s.zone, s.round, s.counts, s.anew = nil, zone, &round{}, &counts{}, false
	s.mu.Unlock()
	var out []ingest.Project
	seen := map[string]bool{}
	add := func(key string) {
		if !seen[key] {
			seen[key] = true
			out = append(out, ingest.Project{Name: key})
		}
	}
	for _, p := range s.o.Projects {
		if p != "*" {
			add(p)
			continue
		}
		for _, k := range a.Keys {
			add(k)
		}
	}
	s.mu.Lock()
	s.counts.projects = out
	s.mu.Unlock()
	return out, nil
}

// noAPI is the error where the first call finds no Jira: a page of another program, or another path.
func (s *Source) noAPI() error {
	deployment, other := "cloud", "datacenter for a server of your own"
	if s.o.DataCenter {
		deployment, other = "datacenter", "cloud for a site of Atlassian's"
	}
	return fmt.Errorf("own account: no Jira answers at %s%s: check base_url of source %s (the site's address, with the path below which Jira is served there) and its deployment, which is %s (%s)",
		s.root, s.api, s.o.Name, deployment, other)
}

// discover lists the keys of all projects that the account sees, sorted.
func (s *Source) discover(ctx context.Context) ([]string, error) {
	type project struct {
		Key string `json:"key"`
	}
	var all []project
	if s.o.DataCenter {
		if err := s.get(ctx, "projects", "project", nil, &all); err != nil {
			return nil, err
		}
	}
	size := 50
	for more := !s.o.DataCenter; more; {
		var page struct {
			Values []project `json:"values"`
			IsLast bool      `json:"isLast"`
		}
		q := url.Values{"startAt": {strconv.Itoa(len(all))}, "orderBy": {"key"}}
		if _, err := s.sized(ctx, "projects", &size, "project/search", q, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Values...)
		more = !page.IsLast && len(page.Values) > 0
	}
	var keys []string
	for _, p := range all {
		keys = append(keys, p.Key)
	}
	slices.Sort(keys)
	return keys, nil
}
