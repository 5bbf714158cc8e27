package main

import (
	"context"
	"errors"
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

// needSources refuses a configuration without the source named, or without any, or with one that cannot be made.
func needSources(only string) func(*config.Config) error {
	return func(c *config.Config) error {
		_, err := (&session{cfg: c}).sources(only)
		return err
	}
}

// soundSources refuses a configuration with a source that cannot be made; there may be none.
func soundSources(c *config.Config) error {
	if len(c.Sources) == 0 {
		return nil
	}
	return needSources("")(c)
}

func newSource(c *config.Source, gates map[string]*ingest.Gate) (ingest.Source, error) {
	token, err := env(c.TokenEnv, "token_env")
	if err != nil {
		return nil, err
	}
	base := strings.ToLower(strings.TrimRight(c.BaseURL, "/"))
	if base == "" && c.Kind == "github" {
		base = "https://api.github.com"
	}
	secret, where := token, []string{base}
	app, err := appOf(c)
	if err != nil {
		return nil, err
	}
	if app != nil { // a budget of its own
		secret, where = "", append(where, fmt.Sprintf("app %d %d", app.ID, app.Installation))
	}
	key := ingest.Credential(secret, where...)
	if gates[key] == nil {
		gates[key] = ingest.NewGate(ingest.GateOptions{Logger: slog.Default(), Credential: key})
	}
	if c.Kind == "jira" {
		email, err := env(c.EmailEnv, "email_env")
		if err != nil {
			return nil, err
		}
		return jira.New(jira.Options{
			Name: c.Name, BaseURL: c.BaseURL, DataCenter: c.Deployment == "datacenter", Email: email, Token: token, Projects: c.Projects,
			StoryPoints: c.StoryPoints, Gate: gates[key],
		})
	}
	var since time.Time
	if c.Since != "" {
		if since, err = time.Parse(time.DateOnly, c.Since); err != nil {
			return nil, err
		}
	}
	return github.New(github.Options{
		Name: c.Name, BaseURL: c.BaseURL, Token: token, App: app, Repositories: c.Repositories, Exclude: c.Exclude, Since: since, Gate: gates[key],
	})
}

// appOf returns the GitHub App that a source logs in as, or nil.
func appOf(c *config.Source) (*github.App, error) {
	if c.App == nil {
		return nil, nil
	}
	switch {
	case c.TokenEnv != "":
		return nil, errors.New("token_env and app are both given: keep one of them")
	case c.App.ID <= 0 || c.App.Installation <= 0 || c.App.PrivateKeyFile == "":
		return nil, errors.New("app needs id, installation and private_key_file: see the App's settings at GitHub")
	}
	text, err := os.ReadFile(c.App.PrivateKeyFile)
	if err != nil {
		return nil, fmt.Errorf("app.private_key_file: %w", err)
	}
	key, err := github.ParseKey(text)
	if err != nil {
		return nil, fmt.Errorf("app.private_key_file: %s: %w", c.App.PrivateKeyFile, err)
	}
	return &github.App{ID: c.App.ID, Installation: c.App.Installation, Key: key}, nil
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
	err := patiently(ctx, "read what was ingested", func(ctx context.Context) error { return s.readState(ctx, st) })
	return st, err
}

// readState takes in what the log says; to take it in twice is harmless.
func (s *session) readState(ctx context.Context, st *ingest.State) error {
	return s.log.ReadAll(ctx, event.TopicIngest, func(m event.Message) error {
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
}
