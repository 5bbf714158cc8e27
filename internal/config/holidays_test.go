package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHolidays(t *testing.T) {
	f := filepath.Join(t.TempDir(), "holidays.txt")
	c := Calendar{HolidaysFile: f}
	if _, err := c.Holidays(); err == nil || !strings.Contains(err.Error(), "one date a line") {
		t.Errorf("a missing file: %v", err)
	}
	for text, want := range map[string]string{
		"# 2026\n2026-12-25 # Christmas\n\n2026-12-26": "2026-12-25 2026-12-26",
		"":                         "",
		"2026-12-25\nBoxing Day\n": f + `:2: "Boxing Day" is not a date such as 2026-12-25`,
	} {
		if err := os.WriteFile(f, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		days, err := c.Holidays()
		var got []string
		for _, d := range days {
			got = append(got, d.Format("2006-01-02"))
		}
		if err != nil {
			got = []string{err.Error()}
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("%q: %q, want %q", text, g, want)
		}
	}
}
