package stats

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// weeks are n weeks of an inflow, a backlog and a share that go straight.
func weeks(n int, inflow, backlog, share float64) []ForcedWeek {
	out := make([]ForcedWeek, n)
	for i := range out {
		x := float64(i)
		out[i] = ForcedWeek{Inflow: 100 + inflow*x, Backlog: 1000 + backlog*x, Share: 0.5 + share*x}
	}
	return out
}

func TestDig(t *testing.T) {
	for _, c := range []struct {
		name  string
		weeks []ForcedWeek
		want  string
		more  int
	}{
		{"backlog and all else falls", weeks(13, -1, -1, -0.01), DiggingOut, 0},
		{"backlog falls, the others stay", weeks(13, 0, -1, 0), DiggingOut, 0},
		{"backlog falls because more is done, but more comes", weeks(13, 1, -1, 0), Inconclusive, 0},
		{"backlog falls, but takes ever more", weeks(13, 0, -1, 0.01), Inconclusive, 0},
		{"backlog rises", weeks(13, 0, 1, 0), FallingBehind, 0},
		{"backlog and all else rises", weeks(13, 1, 1, 0.01), FallingBehind, 0},
		{"backlog rises though less comes and share falls", weeks(13, -1, 1, -0.01), Inconclusive, 0},
		{"backlog rises though less comes", weeks(13, -1, 1, 0), FallingBehind, 0},
		{"nothing moves", weeks(13, 0, 0, 0), Inconclusive, 0},
		{"twelve weeks", weeks(12, -1, -1, -0.01), Inconclusive, 1},
		{"none", nil, Inconclusive, 13},
	} {
		got := Dig(c.weeks)
		if got.Verdict != c.want || got.WeeksNeeded != c.more || got.Weeks != len(c.weeks) {
			t.Errorf("%s: %s, %d more weeks; want %s, %d", c.name, got.Verdict, got.WeeksNeeded, c.want, c.more)
		}
	}
}

func TestDigCountsNoBulkClose(t *testing.T) {
	w := weeks(20, 0, 0, 0)
	for i := 10; i < 20; i++ { // a backlog of 1000 that loses 40 a week to somebody's script
		w[i].BulkClosed = 40
		w[i].Backlog -= 40 * float64(i-9)
	}
	if got := Dig(w); got.Verdict != Inconclusive || got.BulkClosed != 400 || got.Backlog.S != 0 {
		t.Errorf("%+v", got)
	}
	for i := range w {
		w[i].BulkClosed = 0
	}
	if got := Dig(w); got.Verdict != DiggingOut {
		t.Errorf("the same closed one by one: %+v", got)
	}
}

func TestDigSaysHowManyWeeksAreMissing(t *testing.T) {
	w := weeks(13, 0, 0, 0)
	for i := range w { // up and down, and a little down
		w[i].Backlog = 100 + 20*float64(i%3) - 0.5*float64(i)
	}
	got := Dig(w)
	if got.Verdict != Inconclusive || got.WeeksNeeded < 1 {
		t.Fatalf("%+v", got)
	}
	for i := 13; i < 13+4*got.WeeksNeeded; i++ {
		w = append(w, ForcedWeek{Inflow: 100, Backlog: 100 + 20*float64(i%3) - 0.5*float64(i), Share: math.NaN()})
	}
	if got := Dig(w); got.Verdict != DiggingOut || got.Share.N != 13 {
		t.Errorf("later: %+v", got)
	}
}

// One item that came and stayed is no backlog that rises: the test of Mann and Kendall sees a step, the slope is 0.
func TestDigNeedsASlope(t *testing.T) {
	w := weeks(26, 0, 0, 0)
	for i := range w {
		w[i].Backlog = 0
		if i >= 18 {
			w[i].Backlog = 1
		}
	}
	if got := Dig(w); got.Backlog.P >= Alpha || got.Backlog.Slope != 0 || got.Verdict != Inconclusive || got.WeeksNeeded != 0 {
		t.Errorf("%+v", got)
	}
}

func TestDigIsOneOfThree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "n")
		w := make([]ForcedWeek, n)
		for i := range w {
			w[i] = ForcedWeek{Inflow: float64(rapid.IntRange(0, 9).Draw(t, "in")), Backlog: float64(rapid.IntRange(0, 99).Draw(t, "back")), Share: rapid.Float64Range(0, 1).Draw(t, "share")}
		}
		v := Dig(w)
		if v.Verdict != Inconclusive && (n < MinWeeks || v.Backlog.P >= Alpha || v.WeeksNeeded != 0) {
			t.Fatalf("%+v", v)
		}
		if v.Verdict == DiggingOut && (v.Backlog.S >= 0 || v.Inflow.Direction() > 0 || v.Share.Direction() > 0) {
			t.Fatalf("%+v", v)
		}
		if v.Verdict == FallingBehind && v.Backlog.S <= 0 {
			t.Fatalf("%+v", v)
		}
	})
}
