package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/report/retro"
)

// mostPublished is how large a stored retrospective may be: the log takes records of 16 MiB, with their envelope.
const mostPublished = 15 << 20

// publication is a retrospective as it was published: the body of a decision of kind retrospective. What was rendered is
// compressed, as it is read whenever decisions are.
type publication struct {
	Quarter  string `json:"quarter"`
	Team     string `json:"team,omitempty"`
	KnownAt  string `json:"known_at"`
	Program  string `json:"program"` // version of workmix that rendered it
	JSON     []byte `json:"json"`    // these three gzip
	Markdown []byte `json:"markdown"`
	HTML     []byte `json:"html"`

	at       time.Time
	revision int
}

func (p *publication) render(format string) ([]byte, error) {
	packed := map[string][]byte{"json": p.JSON, "html": p.HTML, "markdown": p.Markdown}[format]
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("published retrospective of %s: %w", p.Quarter, err)
	}
	return io.ReadAll(z)
}

func pack(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b) // into memory
	_ = z.Close()
	return out.Bytes()
}

func (a *app) newReportPublish() *cobra.Command {
	var w whichRetro
	var reason string
	var again bool
	cmd := &cobra.Command{
		Use:   "publish --quarter Q [--team T] --reason TEXT [--as-known-at TIME] [--again]",
		Short: "Store the retrospective as it is printed now, to be served unchanged for ever",
		Long: `Store the retrospective as it is printed now, with its numbers. workmix report retro --published prints it unchanged
whatever happens later, and workmix report compare says what would differ. A second publication of the same quarter
needs --again; the first is kept.`,
		Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if strings.TrimSpace(reason) == "" {
				return usagef("workmix report publish needs --reason: why it is published as it is")
			}
			o, err := a.options(cmd, w)
			if err != nil {
				return err
			}
			s, err := a.open(cmd.Context(), cmd, how{process: true})
			if err != nil {
				return err
			}
			defer s.close()
			id, err := s.publishRetro(cmd.Context(), author(), o, reason, again)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), id)
			return s.settle(cmd.Context())
		},
	}
	w.flags(cmd)
	cmd.Flags().StringVar(&w.known, "as-known-at", "", "what was learned until then counts (default: everything)")
	cmd.Flags().StringVar(&reason, "reason", "", "why, kept with the publication")
	cmd.Flags().BoolVar(&again, "again", false, "publish although it was published before")
	return cmd
}

// publishRetro renders a retrospective and publishes it in somebody's name; it returns the publication's id.
func (s *session) publishRetro(ctx context.Context, who string, o retro.Options, reason string, again bool) (string, error) {
	before, err := s.publications(ctx, o)
	if err != nil {
		return "", err
	}
	if n := len(before); n > 0 && !again {
		return "", usagef("%s of %s was published on %s: --again publishes it once more and keeps the first", o.Quarter.Name, scopeName(o.Team), before[n-1].at.Format(time.DateOnly))
	}
	n, err := s.retro(ctx, o)
	if err != nil {
		return "", err
	}
	numbers, err := n.JSON()
	if err != nil {
		return "", err
	}
	page, err := n.HTML()
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(publication{
		Quarter: o.Quarter.Name, Team: o.Team, KnownAt: n.KnownAt, Program: version,
		JSON: pack(numbers), Markdown: pack(n.Markdown()), HTML: pack(page),
	})
	if err != nil {
		return "", err
	}
	if len(body) > mostPublished {
		return "", fmt.Errorf("the retrospective of %s has %d MiB, more than the %d that the log takes: publish it team by team", o.Quarter.Name, len(body)>>20, mostPublished>>20)
	}
	id := fmt.Sprintf("%s/%s/%d", o.Quarter.Name, o.Team, len(before)+1)
	return id, s.publish(ctx, who, reason, event.Decision{Kind: event.KindRetrospective, ID: id, Body: body})
}

func scopeName(team string) string {
	if team == "" {
		return "the organisation"
	}
	return team
}

// publications are those of a quarter and team, the oldest first. What was published once stays what it is: a second
// telling of the same id counts for nothing.
func (s *session) publications(ctx context.Context, o retro.Options) ([]publication, error) {
	var out []publication
	seen := map[string]bool{}
	err := s.everyDecision(ctx, func(d *event.Decision) error {
		if d.Kind != event.KindRetrospective || d.Retracted || seen[d.ID] || !strings.HasPrefix(d.ID, o.Quarter.Name+"/"+o.Team+"/") {
			return nil
		}
		p := publication{at: d.RecordedAt, revision: len(out) + 1}
		if err := json.Unmarshal(d.Body, &p); err != nil {
			return fmt.Errorf("published retrospective %s: %w", d.ID, err)
		}
		seen[d.ID] = true
		out = append(out, p)
		return nil
	})
	return out, err
}

// publication is one of a quarter and team: the newest, or a certain one.
func (s *session) publication(ctx context.Context, o retro.Options, revision int) (*publication, error) {
	all, err := s.publications(ctx, o)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, usagef("%s of %s was never published: workmix report publish does that", o.Quarter.Name, scopeName(o.Team))
	}
	if revision == 0 {
		revision = len(all)
	}
	if revision < 1 || revision > len(all) {
		return nil, usagef("%s of %s has %d publications, not %d", o.Quarter.Name, scopeName(o.Team), len(all), revision)
	}
	return &all[revision-1], nil
}
