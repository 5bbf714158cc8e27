package ingest_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/simulate"
)

// TestFirstReading stops a first reading of each kind of tracker in its middle and goes on: what is newest comes first,
// what is left and how long that takes is told, and remembered so that the weeks it has not reached are marked.
func TestFirstReading(t *testing.T) {
	d := simulate.Empty()
	const items = 90
	for n := range items {
		d.AddIssue("acme/api", scaleUser, scaleStart.Add(time.Duration(n)*time.Hour), "issue", "")
		d.AddIssue("OPS", scaleUser, scaleStart.Add(time.Duration(n)*time.Hour), "issue", "")
	}
	number := func(key string) int {
		n, _ := strconv.Atoi(key[strings.LastIndexAny(key, "#-")+1:])
		return n
	}
	for name, in := range ingesters() {
		t.Run(name, func(t *testing.T) {
			cl := ingesttest.At(scaleStart.Add(1000 * time.Hour))
			srv := httptest.NewServer(in.serve(d, in.o))
			defer srv.Close()
			src, err := in.source(srv.URL, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			project := "acme/api"
			if src.Tracker() == "jira" {
				project = "OPS"
			}
			type told struct {
				done, total int
				left        time.Duration
			}
			var heard []told
			log := &ingesttest.Log{}
			o := ingest.Options{Now: cl.Now, Workers: 1, OnBackfill: func(p string, done, total int, left time.Duration) {
				if p == project {
					heard = append(heard, told{done, total, left})
				}
				cl.Pass(20 * time.Second) // so that it is remembered each time
				if len(heard) == 2 {
					log.Kill()
				}
			}}
			ended := func() bool {
				return slices.ContainsFunc(log.Progress(t), func(p *event.Progress) bool {
					return p.Kind == "backfill" && p.Project == project && strings.Contains(string(p.Value), `"done"`)
				})
			}
			for try := 0; !ended(); try++ {
				_, err := ingest.Once(t.Context(), src, log.State(t), log, o)
				if stopped := len(heard) == 2; try > 3 || err != nil && !stopped {
					t.Fatal(err)
				}
				log.Revive()
			}
			var order []int
			for _, r := range log.Raws(t) {
				order = append(order, number(r.Key))
			}
			if !slices.IsSortedFunc(order[:items], func(a, b int) int { return b - a }) {
				t.Errorf("the order is %v", order)
			}
			var left []string
			for _, p := range log.Progress(t) {
				if p.Kind == "backfill" && p.Project == project {
					var b struct {
						Left, Total int
						Reached     time.Time
						Done        time.Time
					}
					if err := json.Unmarshal(p.Value, &b); err != nil || b.Total != items || !b.Done.IsZero() && (b.Left > 0 || !b.Reached.IsZero()) {
						t.Errorf("remembered: %s, %v", p.Value, err)
					}
					left = append(left, fmt.Sprint(b.Left))
				}
			}
			if n := len(left); n < 2 || left[0] != fmt.Sprint(items) || left[n-1] != "0" {
				t.Errorf("what was left: %v", left)
			}
			if src.Tracker() == "jira" && (len(heard) < 3 || heard[0].total != items || heard[0].left <= 0 || heard[len(heard)-1].left > heard[0].left) {
				t.Errorf("told: %v", heard)
			}
		})
	}
}
