package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/workmix/workmix/ingest"
)

var _ ingest.Namer = (*Source)(nil)

// milestone is what items tell of theirs. Its day is part of its name: an item is due when its milestone is.
type milestone struct {
	Title string `json:"title"`
	DueOn string `json:"due_on"`
}

func (m milestone) String() string { return "milestone " + m.Title + " " + m.DueOn }

// bears returns the names that an issue or pull request, as its list has it, bears: those of its labels and its milestone.
func bears(r ingest.Row) ([]string, error) {
	var labels []struct{ Name string }
	var m *milestone
	if err := pick(r, field{"labels", &labels}, field{"milestone", &m}); err != nil {
		return nil, fmt.Errorf("labels and milestone: %w", err)
	}
	out := make([]string, 0, len(labels)+1)
	for _, l := range labels {
		out = append(out, "label "+l.Name)
	}
	if m != nil {
		out = append(out, m.String())
	}
	return out, nil
}

// Named implements [ingest.Namer], with a call for a hundred labels and one for a hundred milestones.
func (s *Source) Named(ctx context.Context, p ingest.Project) (map[string]string, error) {
	out := map[string]string{}
	for list, name := range map[string]func(ingest.Row) (string, error){
		"labels": func(r ingest.Row) (name string, err error) {
			err = pick(r, field{"name", &name})
			return name, err
		},
		"milestones": func(r ingest.Row) (string, error) {
			var m milestone
			err := pick(r, field{"title", &m.Title}, field{"due_on", &m.DueOn})
			return m.String(), err
		},
	} {
		what := list + " of " + p.Name
		err := s.walk(ctx, what, "repos/"+p.Name+"/"+list, url.Values{"state": {"all"}}, func(page []ingest.Row, _ int) error {
			for _, row := range page {
				var id int64
				if err := pick(row, field{"id", &id}); err != nil || id == 0 {
					return fmt.Errorf("%s: one without an id", what)
				}
				called, err := name(row)
				if err != nil {
					return fmt.Errorf("%s: %w", what, err)
				}
				out[list+"/"+strconv.FormatInt(id, 10)] = called
			}
			return nil
		})
		if status(err) == http.StatusGone {
			continue // a repository without issues has no milestones
		}
		if err != nil {
			return nil, s.inProject(p, err)
		}
	}
	return out, nil
}
