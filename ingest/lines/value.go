package lines

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/workmix/workmix/internal/event"
)

const timeForms = "2026-03-04T05:06:07Z, 2026-03-04 05:06:07 (UTC) or 2026-03-04"

// value is what a line says of a field: a text, or a list of them.
type value struct {
	text string
	list []string
	many bool // it is a list
}

// set puts a value where it belongs.
func (f *Field) set(r *event.Row, v value) error {
	if v.many != (f.Type == "list") {
		if v.many {
			return errors.New("it is a list: give one value")
		}
		return errors.New(`it is one value: give a list, such as ["one", "two"]`)
	}
	if v.many {
		return f.setList(r, v.list)
	}
	text := v.text
	if f.Type != "long text" {
		text = strings.TrimSpace(text)
	}
	if text == "" {
		return nil
	}
	if err := f.sound(text); err != nil {
		return err
	}
	switch p := f.at(r).(type) {
	case *string:
		*p = text
	case *event.Kind:
		*p = event.Kind(text)
	case *event.State:
		*p = event.State(text)
	case *bool:
		b, ok := map[string]bool{"true": true, "false": false, "1": true, "0": false, "yes": true, "no": false}[strings.ToLower(text)]
		if !ok {
			return fmt.Errorf("%.40q is neither true nor false", text)
		}
		*p = b
	case **float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || n < 0 {
			return fmt.Errorf("%.40q is not a number from 0 on, such as 2.5", text)
		}
		*p = &n
	case *time.Time:
		t, err := instant(text)
		*p = t
		return err
	case **time.Time:
		t, err := instant(text)
		*p = &t
		return err
	}
	return nil
}

func (f *Field) setList(r *event.Row, list []string) error {
	var out []string
	for _, v := range list {
		if v = strings.TrimSpace(v); v == "" {
			continue
		}
		if err := f.sound(v); err != nil {
			return err
		}
		out = append(out, v)
	}
	if len(out) > maxList {
		return fmt.Errorf("it holds %d values: %d are the most", len(out), maxList)
	}
	slices.Sort(out)
	if p, ok := f.at(r).(*[]string); ok {
		*p = slices.Compact(out)
	}
	return nil
}

// sound refuses a text that cannot be a field's.
func (f *Field) sound(text string) error {
	most := maxText
	switch f.Name {
	case "body":
		most = maxBody
	case "key", "id":
		most = maxKey
	}
	if n := utf8.RuneCountInString(text); n > most {
		return fmt.Errorf("it has %d characters: %d are the most", n, most)
	}
	for _, c := range text {
		if unicode.IsControl(c) && (f.Type != "long text" || c != '\n' && c != '\r' && c != '\t') {
			return fmt.Errorf("it holds the control character U+%04X: take it out", c)
		}
	}
	if strings.ContainsFunc(text, unicode.IsSpace) && (f.Name == "key" || f.Name == "id" || f.Name == "parent_key") {
		return fmt.Errorf("%.40q holds a space: take it out", text)
	}
	if f.Values != nil && !slices.Contains(f.Values, text) {
		return fmt.Errorf("%.40q is none of %s", text, strings.Join(f.Values, ", "))
	}
	if f.Name == "url" {
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("%.80q is not an address such as https://example.org/12", text)
		}
	}
	return nil
}

// instant reads a time, to the millisecond.
func instant(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", time.DateTime, "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			t = t.UTC().Truncate(time.Millisecond)
			if t.Year() < 1971 || t.Year() > 2261 {
				return t, fmt.Errorf("the year %d cannot be", t.Year())
			}
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is not a time: write %s", text, timeForms)
}

// ahead is how far in the future something that has happened may lie: clocks differ.
const ahead = 24 * time.Hour

// complete fills what follows from the rest of a line, and says which field contradicts another.
func complete(r *event.Row, now time.Time) (field string, err error) {
	for _, f := range Fields() {
		switch p := f.at(r).(type) {
		case *string:
			if f.Required && *p == "" {
				return f.Name, errors.New("it is missing")
			}
		case *time.Time:
			if p.IsZero() {
				return f.Name, fmt.Errorf("it is missing: write %s", timeForms)
			}
		case **time.Time:
			if *p != nil && f.Name != "due_at" && (*p).Before(r.CreatedAt) {
				return f.Name, fmt.Errorf("%s lies before created_at (%s)", (*p).Format(time.RFC3339), r.CreatedAt.Format(time.RFC3339))
			}
		}
	}
	if at := r.ValidFrom(); at.After(now.Add(ahead)) {
		for _, f := range []struct {
			name string
			at   *time.Time
		}{{"created_at", &r.CreatedAt}, {"started_at", r.StartedAt}, {"merged_at", r.MergedAt}, {"closed_at", r.ClosedAt}, {"updated_at", r.UpdatedAt}} {
			if f.at != nil && f.at.Equal(at) {
				return f.name, fmt.Errorf("%s lies in the future", at.Format(time.RFC3339))
			}
		}
	}
	if r.MergedAt != nil && r.Kind != event.KindPullRequest {
		return "merged_at", errors.New("only a pull request is merged: give kind pull_request, or take merged_at out")
	}
	if r.MergedAt != nil && r.ClosedAt == nil {
		r.ClosedAt = r.MergedAt
	}
	if r.State == "" {
		switch {
		case r.ClosedAt != nil:
			r.State = event.StateDone
		case r.StartedAt != nil:
			r.State = event.StateInProgress
		default:
			r.State = event.StateOpen
		}
	}
	closed := r.State == event.StateDone || r.State == event.StateDropped
	switch {
	case closed && r.ClosedAt == nil && r.UpdatedAt == nil:
		return "closed_at", fmt.Errorf("the item is %s, but the line does not say since when: give closed_at", r.State)
	case !closed && r.ClosedAt != nil:
		return "state", fmt.Errorf("it is %s, but there is a closed_at: give done or dropped, or take closed_at out", r.State)
	case r.StartedAt != nil && r.ClosedAt != nil && r.StartedAt.After(*r.ClosedAt):
		return "started_at", fmt.Errorf("%s lies after closed_at (%s)", r.StartedAt.Format(time.RFC3339), r.ClosedAt.Format(time.RFC3339))
	case r.State == event.StateOpen && r.StartedAt != nil:
		return "state", errors.New("it is open, but there is a started_at: give in_progress, or take started_at out")
	}
	return "", nil
}
