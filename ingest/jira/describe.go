package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/workmix/workmix/ingest"
)

var _ ingest.Describer = (*Source)(nil)

// Describe implements [ingest.Describer]: each project's name and lead, and its components' leads, in two calls.
// Without a login people are not shown.
func (s *Source) Describe(ctx context.Context, projects []ingest.Project, tell func(ingest.Told)) (whole, unread []string, err error) {
	if s.o.Token == "" {
		return nil, nil, nil
	}
	for _, p := range projects {
		content, err := s.describe(ctx, p)
		switch {
		case err == nil:
			tell(ingest.Told{Kind: "project", Name: p.Name, Content: content})
		case ctx.Err() != nil || errors.As(err, &ingest.SourceError{}):
			return nil, nil, err
		default:
			unread = append(unread, err.Error())
		}
	}
	if len(unread) == 0 {
		whole = []string{"project"}
	}
	return whole, unread, nil
}

// lead is an account as projects and components name it, without what tells nothing of who it is.
type lead struct {
	AccountID string `json:"accountId,omitempty"`
	Key       string `json:"key,omitempty"`
	Name      string `json:"name,omitempty"`
	Display   string `json:"displayName,omitempty"`
	Email     string `json:"emailAddress,omitempty"`
	Type      string `json:"accountType,omitempty"`
}

func (s *Source) describe(ctx context.Context, p ingest.Project) (json.RawMessage, error) {
	var project struct {
		Key  string `json:"key"`
		Name string `json:"name"`
		Lead *lead  `json:"lead,omitempty"`
	}
	path := "project/" + url.PathEscape(p.Name)
	if err := s.get(ctx, "lead of project "+p.Name, path, nil, &project); err != nil {
		return nil, err
	}
	var components []struct {
		Name string `json:"name"`
		Lead *lead  `json:"lead,omitempty"`
	}
	if err := s.get(ctx, "components of project "+p.Name, path+"/components", nil, &components); err != nil {
		return nil, err
	}
	b, err := json.Marshal(map[string]any{"project": project, "components": components})
	if err != nil {
		return nil, fmt.Errorf("project %s: %w", p.Name, err)
	}
	return b, nil
}
