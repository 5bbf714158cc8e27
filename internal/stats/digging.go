package stats

import "math"

// MinWeeks is how many whole weeks a verdict needs at least.
const MinWeeks = 13

// What a team's forced work does. The words are those of docs/retrospective.md.
const (
	DiggingOut    = "digging_out"
	FallingBehind = "falling_behind"
	Inconclusive  = "inconclusive"
)

// ForcedWeek is a whole week of a team's forced work.
type ForcedWeek struct {
	Inflow     float64 // items that came in
	Backlog    float64 // items open at the week's end
	Share      float64 // forced part of the effort whose verdict decides, 0 to 1; NaN: there was none
	BulkClosed float64 // of the closed, those closed in bulk
}

// Verdict is whether a team digs itself out, with its evidence.
type Verdict struct {
	Verdict string `json:"verdict"`
	Weeks   int    `json:"weeks"`
	// WeeksNeeded is how many further weeks an inconclusive verdict needs: up to [MinWeeks], beyond it until the
	// backlog's trend, if it goes on as it does, would show; 0 where no number of weeks up to two years would do.
	WeeksNeeded int     `json:"weeks_needed"`
	BulkClosed  float64 `json:"bulk_closed"` // items whose bulk close was not counted as work done
	Inflow      Trend   `json:"inflow"`
	Backlog     Trend   `json:"backlog"`
	Share       Trend   `json:"share"`
}

// Dig tells whether a team digs itself out of its forced work: the backlog falls and neither inflow nor share rises;
// or falls behind: the backlog rises and inflow or share does not fall. A bulk close is housekeeping and no digging:
// its items stay in the backlog that is tested. A week without a share is left out of the share's series.
func Dig(weeks []ForcedWeek) Verdict {
	v := Verdict{Verdict: Inconclusive, Weeks: len(weeks)}
	var inflow, backlog, share []float64
	for _, w := range weeks {
		v.BulkClosed += w.BulkClosed
		inflow = append(inflow, w.Inflow)
		backlog = append(backlog, w.Backlog+v.BulkClosed)
		if !math.IsNaN(w.Share) {
			share = append(share, w.Share)
		}
	}
	v.Inflow, v.Backlog, v.Share = TrendOf(inflow), TrendOf(backlog), TrendOf(share)
	if len(weeks) < MinWeeks {
		v.WeeksNeeded = MinWeeks - len(weeks)
		return v
	}
	in, back, part := v.Inflow.Direction(), v.Backlog.Direction(), v.Share.Direction()
	switch {
	case back < 0 && in <= 0 && part <= 0:
		v.Verdict = DiggingOut
	case back > 0 && (in >= 0 || part >= 0):
		v.Verdict = FallingBehind
	case back == 0:
		v.WeeksNeeded = v.Backlog.needed()
	}
	return v
}

// needed is how many further values would show the trend at [Alpha] if tau and the correction stay as they are; 0
// where 104 would not, or where there is no slope to show.
func (t Trend) needed() int {
	if t.Slope == 0 {
		return 0
	}
	for more := 1; more <= 104; more++ {
		n := float64(t.N + more)
		s := math.Abs(t.Tau) * n * (n - 1) / 2
		if twoSided(max(0, s-1)/math.Sqrt(n*(n-1)*(2*n+5)/18*t.Correct)) < Alpha {
			return more
		}
	}
	return 0
}
