package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/event"
)

// sources makes the configured sources, or the one named. Sources of one credential share a gate.
func (s *session) sources(only string) ([]ingest.Source, error) {
	if len(s.cfg.Sources) == 0 {
		return nil, usagef("no sources are configured: name GitHub repositories or Jira projects under sources in workmix.yaml")
	}
	gates := map[string]*ingest.Gate{}
	var out []ingest.Source
	var names []string
	for i := range s.cfg.Sources {
		c := &s.cfg.Sources[i]
		names = append(names, c.Name)
		if only != "" && c.Name != only {
			continue
		}
		src, err := newSource(c, gates)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", c.Name, err)
		}
		out = append(out, src)
	}
	if len(out) == 0 {
		return nil, usagef("no source is named %q: the configuration has %s", only, strings.Join(names, ", "))
	}
	return out, nil
}

func newSource(c *config.Source, gates map[string]*ingest.Gate) (ingest.Source, error) {
	token, err := env(c.TokenEnv, "token_env")
	if err != nil {
		return nil, err
	}
	key := c.BaseURL + "\x00" + token
	if gates[key] == nil {
		gates[key] = ingest.NewGate(ingest.GateOptions{Logger: slog.Default()})
	}
	if c.Kind == "jira" {
		email, err := env(c.EmailEnv, "email_env")
		if err != nil {
			return nil, err
		}
		return jira.New(jira.Options{
			Name: c.Name, BaseURL: c.BaseURL, DataCenter: c.Deployment == "datacenter", Email: email, Token: token, Projects: c.Projects, Gate: gates[key],
		})
	}
	if c.App != nil {
		return nil, fmt.Errorf("app: logging in as a GitHub App is not supported yet: give token_env")
	}
	var since time.Time
	if c.Since != "" {
		if since, err = time.Parse(time.DateOnly, c.Since); err != nil {
			return nil, err
		}
	}
	return github.New(github.Options{
		Name: c.Name, BaseURL: c.BaseURL, Token: token, Repositories: c.Repositories, Exclude: c.Exclude, Since: since, Gate: gates[key],
	})
}

func env(name, field string) (string, error) {
	if name == "" {
		return "", nil
	}
	v := os.Getenv(name)
	if v == "" {
		return "", fmt.Errorf("%s names the environment variable %s, which is not set", field, name)
	}
	return v, nil
}

// ingestState reads what earlier runs remembered.
func (s *session) ingestState(ctx context.Context) (*ingest.State, error) {
	st := ingest.NewState()
	err := s.log.ReadAll(ctx, event.TopicIngest, func(m event.Message) error {
		p, err := event.Decode(&m)
		if err != nil {
			// It becomes a dead letter where the sink reads it; the work that it stands for is done again.
			slog.Warn("a record of what was ingested cannot be read", "offset", m.Offset, "error", err)
			return nil
		}
		if pr, ok := p.(*event.Progress); ok {
			st.Apply(pr)
		}
		return nil
	})
	return st, err
}
