package decisions

import (
	"strings"
	"testing"
	"time"
)

func TestDraftInitiatives(t *testing.T) {
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 9, 30, 0, 0, time.UTC) }
	got := DraftInitiatives([]Epic{
		{Key: "OPS-1", Title: "Small", From: day(1, 5), Items: 1},
		{Key: "PLAT-7", Title: "Service mesh: all of it", Team: "platform", From: day(1, 6), Due: day(6, 30), Items: 12, Open: 9},
		{Key: "acme/api#12", Title: "yes", From: day(2, 1), Due: day(1, 1), Items: 8, Open: 8},
		{Key: "OPS-2", Title: "Next # one\ninitiatives: []", From: day(3, 1), Items: 4},
		{Key: "OPS-3", Title: "Last", From: day(3, 1), Items: 2, Open: 1},
	})
	const want = `initiatives:
  # Possibly: 12 items are below it, 9 of them open; it is of team platform: name that as its owner once the team is in your files.
  - {id: plat-7, name: "Service mesh: all of it", from: 2026-01-06, target: 2026-06-30, items: {epics: [PLAT-7]}}
  # Possibly: 8 items are below it, 8 of them open; it names no day, so target is 6 months after from.
  - {id: acme-api-12, name: "yes", from: 2026-02-01, target: 2026-08-01, items: {epics: ["acme/api#12"]}}
  # Possibly: 2 items are below it, 1 of them open; it names no day, so target is 6 months after from.
  - {id: ops-3, name: Last, from: 2026-03-01, target: 2026-09-01, items: {epics: [OPS-3]}}
  # Two or three at once are as many as get finished. The next ones:
  # - {id: ops-2, name: "Next # one\ninitiatives: []", from: 2026-03-01, target: 2026-09-01, items: {epics: [OPS-2]}}
  # - {id: ops-1, name: Small, from: 2026-01-05, target: 2026-07-05, items: {epics: [OPS-1]}}
`
	if _, body, _ := strings.Cut(got, "above it.\n"); body != want {
		t.Errorf("got\n%s\nwant\n%s", body, want)
	}
	if n := len(drafted(t, got)); n != 3 {
		t.Errorf("%d decisions, want 3", n)
	}
	if n := len(drafted(t, DraftInitiatives(nil))); n != 0 {
		t.Errorf("%d decisions of nothing", n)
	}
}
