package config

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestQuarter(t *testing.T) {
	for _, c := range []struct {
		calendar       Calendar
		name, from, to string
	}{
		{Calendar{}, "2026-Q3", "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z"},
		{Calendar{FiscalYearStarts: "april", Timezone: "Europe/Berlin"}, "2026-Q4", "2027-01-01T00:00:00+01:00", "2027-04-01T00:00:00+02:00"},
		{Calendar{FiscalYearStarts: "november"}, "2025-Q1", "2025-11-01T00:00:00Z", "2026-02-01T00:00:00Z"},
	} {
		from, to, err := c.calendar.Quarter(c.name)
		if err != nil || from.Format(time.RFC3339) != c.from || to.Format(time.RFC3339) != c.to {
			t.Errorf("%s: %v to %v, %v", c.name, from, to, err)
		}
	}
	for _, bad := range []string{"", "2026", "2026-Q5", "2026Q1", "Q1-2026", "2026-q1", "2026-Q1 "} {
		if _, _, err := (Calendar{}).Quarter(bad); err == nil {
			t.Errorf("%q is a quarter", bad)
		}
	}
}

// TestQuarterOf: an instant is in the quarter that is named for it, whatever the fiscal year and the time zone.
func TestQuarterOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Calendar{
			FiscalYearStarts: time.Month(rapid.IntRange(1, 12).Draw(t, "month")).String(),
			Timezone:         rapid.SampledFrom([]string{"", "UTC", "Europe/Berlin", "America/Los_Angeles"}).Draw(t, "zone"),
		}
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0)
		name, err := c.QuarterOf(at)
		if err != nil {
			t.Fatal(err)
		}
		from, to, err := c.Quarter(name)
		if err != nil || at.Before(from) || !at.Before(to) {
			t.Errorf("%v is said to be in %s, that is %v to %v (%v)", at, name, from, to, err)
		}
	})
}
