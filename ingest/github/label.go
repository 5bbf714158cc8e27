package github

import (
	"bytes"
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/workmix/workmix/ingest"
)

var _ ingest.Labelled = (*Source)(nil)

// Labelled implements [ingest.Labelled]: a label that is renamed makes no event and changes no item's time of update, so
// the list of what changed never tells. The newest come first.
func (s *Source) Labelled(ctx context.Context, p ingest.Project, label string) ([]ingest.Stub, error) {
	what := "items of " + p.Name + " with the label " + label
	if strings.Contains(label, ",") {
		s.o.Gate.Logger().Warn("GitHub cannot list the items of a label with a comma in its name; they get its new name when they change", "source", s.o.Name, "project", p.Name, "label", label)
		return nil, nil
	}
	var out []ingest.Stub
	err := s.walk(ctx, what, "repos/"+p.Name+"/issues", url.Values{"labels": {label}, "state": {"all"}, "per_page": {"100"}}, func(raws []ingest.Row, _ int) error {
		for _, raw := range raws {
			raw.Raw = bytes.Clone(raw.Raw) // the stub keeps it
			r, err := rowOf(raw, what)
			if err != nil {
				return err
			}
			out = append(out, ingest.Stub{Ref: strconv.Itoa(r.Number), Key: key(p, r.Number), Kind: r.kind(), Updated: r.UpdatedAt, Data: r})
		}
		return nil
	})
	if err != nil {
		return nil, s.inProject(p, err)
	}
	return out, nil
}
