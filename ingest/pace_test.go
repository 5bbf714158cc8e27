package ingest

import (
	"testing"
	"time"
)

// TestPace counts in how many of the rounds of a day projects of different activity are asked about, and how late a
// change of each is seen at worst.
func TestPace(t *testing.T) {
	const every = 2 * time.Minute
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		changes time.Duration // between changes; 0: none
		least   int
		most    int
		late    time.Duration
	}{
		"every minute":      {time.Minute, 715, 720, every},
		"every half hour":   {30 * time.Minute, 600, 720, 2 * every},
		"every three hours": {3 * time.Hour, 140, 300, paceMost*every + every},
		"never":             {0, 85, 100, paceMost*every + every},
	} {
		t.Run(name, func(t *testing.T) {
			p := &pace{changed: map[string]time.Time{"a": start.Add(-24 * time.Hour)}}
			asked := 0
			var seen time.Time // the newest change that was seen
			var worst time.Duration
			for now := start; now.Before(start.Add(24 * time.Hour)); now = now.Add(every) {
				if !p.due("a", now, every) {
					continue
				}
				asked++
				if c.changes == 0 {
					continue
				}
				for at := now.Truncate(c.changes); at.After(seen) && !at.Before(start); at = at.Add(-c.changes) {
					if !seen.IsZero() {
						worst = max(worst, now.Sub(at))
					}
				}
				if at := now.Truncate(c.changes); at.After(seen) {
					seen = at
					p.change("a", now)
				}
			}
			if asked < c.least || asked > c.most || worst > c.late {
				t.Errorf("asked %d times, want %d to %d; a change is seen %v late, want at most %v", asked, c.least, c.most, worst, c.late)
			}
		})
	}
	p := &pace{}
	if !p.due("a", start, every) || p.due("a", start.Add(every), every) {
		t.Error("a project of which nothing is known is quiet")
	}
	p.again("a")
	if !p.due("a", start.Add(every), every) {
		t.Error("what was not read to its end is not due")
	}
}
