package config

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// quarterForm is how quarters are written: the fiscal year and the quarter in it.
var quarterForm = regexp.MustCompile(`^([12][0-9]{3})-Q([1-4])$`)

// Quarter returns the instants at which a quarter such as 2026-Q3 begins and ends, the third of the fiscal year that
// begins in 2026, in the calendar's time zone.
func (c Calendar) Quarter(name string) (from, to time.Time, err error) {
	m := quarterForm.FindStringSubmatch(name)
	if m == nil {
		return from, to, fmt.Errorf("quarter %q is not written as 2026-Q3", name)
	}
	start, zone, err := c.cuts()
	if err != nil {
		return from, to, err
	}
	year, _ := strconv.Atoi(m[1])
	n, _ := strconv.Atoi(m[2])
	from = time.Date(year, start+time.Month(3*(n-1)), 1, 0, 0, 0, 0, zone)
	return from, from.AddDate(0, 3, 0), nil
}

// QuarterOf is the name of the quarter that an instant is in.
func (c Calendar) QuarterOf(at time.Time) (string, error) {
	start, zone, err := c.cuts()
	if err != nil {
		return "", err
	}
	year, month, _ := at.In(zone).Date()
	months := int(month - start)
	if months < 0 {
		year, months = year-1, months+12
	}
	return fmt.Sprintf("%04d-Q%d", year, months/3+1), nil
}

// cuts are the month in which the fiscal year begins and the time zone; where nothing is said January and UTC.
func (c Calendar) cuts() (time.Month, *time.Location, error) {
	start := time.January
	if c.FiscalYearStarts != "" {
		t, err := time.Parse("January", title(c.FiscalYearStarts))
		if err != nil {
			return 0, nil, fmt.Errorf("calendar.fiscal_year_starts %q is not a month such as january", c.FiscalYearStarts)
		}
		start = t.Month()
	}
	zone, err := time.LoadLocation(c.Timezone)
	return start, zone, err
}
