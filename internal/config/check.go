package config

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// problem is what is wrong, and where.
type problem struct{ path, text string }

// problem returns the first thing that is wrong with values that parsed, or nil.
func (c *Config) problem() *problem {
	if p := c.stackProblem(); p != nil {
		return p
	}
	seen := map[string]bool{}
	for i := range c.Sources {
		s := &c.Sources[i]
		at := fmt.Sprintf("$.sources[%d]", i)
		if p := s.problem(at); p != nil {
			return p
		}
		if seen[s.Name] {
			return &problem{at + ".name", fmt.Sprintf("two sources are named %q: a source's name is part of every id, so it must be its own", s.Name)}
		}
		seen[s.Name] = true
	}
	if p := c.Serve.problem(); p != nil {
		return p
	}
	return c.calendarProblem()
}

// Roles are those of the dashboard's users, from the one that may least.
var Roles = []string{"viewer", "analyst", "editor", "admin"}

func (s *Serve) problem() *problem {
	seen := map[string]bool{}
	for i, u := range s.Users {
		at := fmt.Sprintf("$.serve.users[%d]", i)
		name := strings.ToLower(u.Name)
		switch {
		case u.Name == "":
			return &problem{at, "this user has no name: give the e-mail address, or what shall stand beside the user's decisions"}
		case seen[name]:
			return &problem{at + ".name", fmt.Sprintf("two users are named %q", u.Name)}
		case !slices.Contains(Roles, u.Role):
			return &problem{at, fmt.Sprintf("role %q of %s is none: use %s", u.Role, u.Name, strings.Join(Roles, ", "))}
		case len(u.Teams) > 0 && u.Role != "editor":
			return &problem{at, fmt.Sprintf("teams of %s say nothing, since only an editor is bound to teams", u.Name)}
		case u.TokenEnv == "" && s.OIDC == nil:
			return &problem{at, fmt.Sprintf("%s cannot log in: name a variable with a token in token_env, or configure serve.oidc", u.Name)}
		}
		seen[name] = true
	}
	return s.OIDC.problem()
}

func (o *OIDC) problem() *problem {
	if o == nil {
		return nil
	}
	for key, address := range map[string]string{"issuer": o.Issuer, "url": o.URL} {
		if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return &problem{"$.serve.oidc", fmt.Sprintf("%s %q is not an address such as https://login.acme.example", key, address)}
		}
	}
	switch {
	case o.ClientID == "":
		return &problem{"$.serve.oidc", "client_id is empty: the provider gives one when this server is registered there"}
	case o.ClientSecretEnv == "":
		return &problem{"$.serve.oidc", "client_secret_env is empty: name the variable that holds the client's secret"}
	case o.Role != "" && !slices.Contains(Roles, o.Role):
		return &problem{"$.serve.oidc.role", fmt.Sprintf("%q is not a role: use %s", o.Role, strings.Join(Roles, ", "))}
	}
	return nil
}

func (c *Config) stackProblem() *problem {
	if k := c.Kafka; k != nil {
		if len(k.Brokers) == 0 {
			return &problem{"$.kafka", "kafka.brokers is empty: name at least one host:port, or leave kafka out for the embedded broker"}
		}
		for i, b := range k.Brokers {
			if !HostPort(b) {
				return &problem{fmt.Sprintf("$.kafka.brokers[%d]", i), fmt.Sprintf("%q is not host:port", b)}
			}
		}
		if k.SASL != nil && !slices.Contains([]string{"scram-sha-256", "scram-sha-512", "plain"}, k.SASL.Mechanism) {
			return &problem{"$.kafka.sasl.mechanism", fmt.Sprintf("%q is not a mechanism: use scram-sha-512, scram-sha-256 or plain", k.SASL.Mechanism)}
		}
	}
	if w := c.ClickHouse; w != nil {
		if u, err := url.Parse(w.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return &problem{"$.clickhouse.url", fmt.Sprintf("%q is not an address such as https://host:8443/workmix", w.URL)}
		}
	}
	for _, l := range [][2]string{
		{"$.embedded.clickhouse_listen", c.Embedded.ClickHouseListen},
		{"$.serve.listen", c.Serve.Listen},
		{"$.webhooks.listen", c.Webhooks.Listen},
		{"$.admin.listen", c.Admin.Listen},
	} {
		if !HostPort(l[1]) {
			return &problem{l[0], fmt.Sprintf("%q is not host:port", l[1])}
		}
	}
	return nil
}

// HostPort reports whether a text is host:port, with a port that there can be.
func HostPort(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// foreign returns a key that is given and is of the other kind of tracker.
func (s *Source) foreign() string {
	given := map[string]bool{
		"deployment": s.Deployment != "", "email_env": s.EmailEnv != "", "projects": len(s.Projects) > 0, "label_fields": len(s.LabelFields) > 0,
		"story_points": s.StoryPoints != "",
	}
	if s.Kind == "jira" {
		given = map[string]bool{
			"app": s.App != nil, "exclude": len(s.Exclude) > 0, "repositories": len(s.Repositories) > 0, "since": s.Since != "",
		}
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if given[key] {
			return key
		}
	}
	return ""
}

func (s *Source) problem(at string) *problem {
	if s.Name == "" || strings.ContainsAny(s.Name, "/ \t") {
		return &problem{at + ".name", fmt.Sprintf("source name %q: give each source a name without spaces or slashes", s.Name)}
	}
	example := map[string]string{"github": "https://api.github.com", "jira": "https://acme.atlassian.net"}[s.Kind]
	if example == "" {
		return &problem{at + ".kind", fmt.Sprintf("source %s: kind %q is neither github nor jira", s.Name, s.Kind)}
	}
	if u, err := url.Parse(s.BaseURL); (s.BaseURL != "" || s.Kind == "jira") && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return &problem{at + ".base_url", fmt.Sprintf("source %s: base_url %q is not an address such as %s", s.Name, s.BaseURL, example)}
	}
	if key := s.foreign(); key != "" {
		return &problem{at + "." + key, fmt.Sprintf("source %s: %s is not for kind %s", s.Name, key, s.Kind)}
	}
	if _, err := time.Parse(time.DateOnly, s.Since); s.Since != "" && err != nil {
		return &problem{at + ".since", fmt.Sprintf("source %s: since %q is not a date such as 2024-01-31", s.Name, s.Since)}
	}
	switch s.Kind {
	case "github":
		if len(s.Repositories) == 0 {
			return &problem{at, fmt.Sprintf("source %s: repositories is empty: name owner/repo or owner/*", s.Name)}
		}
		for i, r := range s.Repositories {
			if o, n, ok := strings.Cut(r, "/"); !ok || o == "" || n == "" || strings.Contains(n, "/") {
				return &problem{fmt.Sprintf("%s.repositories[%d]", at, i), fmt.Sprintf("source %s: repository %q is not owner/repo or owner/*", s.Name, r)}
			}
		}
	case "jira":
		if len(s.Projects) == 0 {
			return &problem{at, fmt.Sprintf("source %s: projects is empty: name project keys, or \"*\" for all", s.Name)}
		}
		if !slices.Contains([]string{"", "cloud", "datacenter"}, s.Deployment) {
			return &problem{at + ".deployment", fmt.Sprintf("source %s: deployment %q is neither cloud nor datacenter", s.Name, s.Deployment)}
		}
		for _, id := range slices.Sorted(maps.Keys(s.LabelFields)) {
			name := s.LabelFields[id]
			switch {
			case !strings.HasPrefix(id, "customfield_") || strings.Trim(id[len("customfield_"):], "0123456789") != "" || len(id) == len("customfield_"):
				return &problem{at + ".label_fields", fmt.Sprintf("source %s: label_fields: %q is not a field's id such as customfield_10050: the site lists them at /rest/api/2/field", s.Name, id)}
			case name == "" || strings.Join(strings.Fields(name), " ") != name:
				return &problem{at + ".label_fields." + id, fmt.Sprintf("source %s: label_fields: %q is not the beginning of a label: write it as customer", s.Name, name)}
			}
		}
	}
	return nil
}

func (c *Config) calendarProblem() *problem {
	for _, d := range []struct {
		path  string
		value Duration
	}{{"schedule.poll", c.Schedule.Poll}, {"schedule.census", c.Schedule.Census}} {
		if d.value <= 0 {
			return &problem{"$." + d.path, d.path + " is not a duration above zero: write it as 2m or 24h"}
		}
	}
	if _, err := time.LoadLocation(c.Calendar.Timezone); err != nil {
		return &problem{"$.calendar.timezone", fmt.Sprintf("%q is not a time zone such as Europe/Berlin", c.Calendar.Timezone)}
	}
	if _, err := time.Parse("January", title(c.Calendar.FiscalYearStarts)); err != nil {
		return &problem{"$.calendar.fiscal_year_starts", fmt.Sprintf("%q is not a month such as january", c.Calendar.FiscalYearStarts)}
	}
	if !slices.Contains([]string{"monday", "sunday"}, c.Calendar.WeekStarts) {
		return &problem{"$.calendar.week_starts", fmt.Sprintf("%q is neither monday nor sunday", c.Calendar.WeekStarts)}
	}
	for i, l := range c.Asker.Labels {
		if strings.Count(l, "*") != 1 || l == "*" {
			return &problem{fmt.Sprintf("$.asker.labels[%d]", i), fmt.Sprintf("%q must hold one * in the place of who asked, as in asker/*", l)}
		}
	}
	for i, r := range c.Inherit {
		if among := Default().Inherit; !slices.Contains(among, r) {
			return &problem{fmt.Sprintf("$.inherit[%d]", i), fmt.Sprintf("%q is not a link that hands down: use %s", r, strings.Join(among, ", "))}
		}
	}
	if c.Effort.FullDay <= 0 || c.Effort.WTime < 0 || c.Effort.WActivity < 0 {
		return &problem{"$.effort", "effort: full_day must be above 0 and the weights not below 0"}
	}
	return nil
}

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
