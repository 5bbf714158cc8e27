package config

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// Holidays reads the days on which nobody is expected to work from the calendar's file: one date a line, "#" begins a
// comment. Without a file there are none.
func (c *Calendar) Holidays() ([]time.Time, error) {
	if c.HolidaysFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.HolidaysFile)
	if err != nil {
		return nil, fmt.Errorf("calendar.holidays_file: %w: name a file with one date a line", err)
	}
	var out []time.Time
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		day, err := time.Parse(time.DateOnly, line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %q is not a date such as 2026-12-25", c.HolidaysFile, n, line)
		}
		out = append(out, day)
	}
	return out, nil
}
