package ingest

import (
	"context"
	"fmt"
	"time"
)

// Checker is a [Source] that can say what a run over it would meet, before anything is read.
type Checker interface {
	// Check calls say with each finding, in order. It makes few calls and reads no item.
	Check(ctx context.Context, say func(Finding))
}

// Finding is what a check found: something to mend, or how it is.
type Finding struct {
	Check string // what was looked at, in a few words
	Bad   bool
	Text  string // a sentence
}

// Takes says how long calls take at an allowance an hour, as text; 0: the tracker does not say.
func Takes(calls, perHour int) string {
	if perHour <= 0 {
		return "the tracker names no allowance"
	}
	hours := float64(calls) / float64(perHour)
	switch d := time.Duration(hours * float64(time.Hour)); {
	case calls <= perHour:
		return fmt.Sprintf("%.1f %% of an hour's %d", 100*hours, perHour)
	default:
		return fmt.Sprintf("at least %s at %d an hour", d.Round(time.Minute), perHour)
	}
}
