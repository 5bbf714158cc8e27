package stats

import (
	"math"
	"slices"
)

// Trend is what a series of equally spaced values says about its direction.
type Trend struct {
	N         int     `json:"n"`         // values
	Slope     float64 `json:"slope"`     // Theil and Sen's: the median of the slopes of all pairs, per step
	SlopeLow  float64 `json:"slope_low"` // 90% interval after Sen (1968), with the corrected variance
	SlopeHigh float64 `json:"slope_high"`
	S         int     `json:"s"`          // Mann and Kendall's: pairs that rise less pairs that fall
	Tau       float64 `json:"tau"`        // S as a part of all pairs, -1 to 1
	Correct   float64 `json:"correction"` // by how much autocorrelation widens the variance, at least 1
	P         float64 `json:"p"`          // probability of an S at least as far from 0 where there is no trend
}

// Direction is -1 where the series falls, 1 where it rises, and 0 where there is no evidence of either at [Alpha], or
// where the slope is 0: of a backlog that was 0 and is 1 the test may well say that it rose, and yet nobody falls behind.
func (t Trend) Direction() int {
	switch {
	case !(t.P < Alpha):
		return 0
	case t.S < 0 && t.Slope < 0:
		return -1
	case t.S > 0 && t.Slope > 0:
		return 1
	}
	return 0
}

// TrendOf tests a series for a trend that goes one way (Mann 1945, Kendall 1975) and measures its slope. The variance
// is corrected for ties and for autocorrelation (after Hamed and Rao 1998); the correction is never below 1, so that
// values that swing to and fro are no evidence. Below three values there is no trend: P is 1.
func TrendOf(y []float64) Trend {
	t := Trend{N: len(y), Correct: 1, P: 1}
	n := len(y)
	if n < 3 {
		return t
	}
	slopes := make([]float64, 0, n*(n-1)/2)
	for i := range y {
		for j := i + 1; j < n; j++ {
			slopes = append(slopes, (y[j]-y[i])/float64(j-i))
			t.S += sign(y[j] - y[i])
		}
	}
	slices.Sort(slopes)
	t.Slope = median(slopes)
	t.Tau = float64(t.S) / float64(len(slopes))
	if slices.Max(y) > slices.Min(y) {
		t.Correct = correction(y, t.Slope)
	}
	variance := variance(y) * t.Correct
	if variance > 0 {
		// continuity: S moves in steps of two, one to each side of the value
		z := (math.Abs(float64(t.S)) - 1) / math.Sqrt(variance)
		t.P = min(1, twoSided(max(0, z)))
	}
	half := quantile(Alpha) * math.Sqrt(variance)
	pairs := float64(len(slopes))
	t.SlopeLow = slopes[clamp(int(math.Floor((pairs-half)/2)), len(slopes))]
	t.SlopeHigh = slopes[clamp(int(math.Ceil((pairs+half)/2)), len(slopes))]
	return t
}

// variance is that of S without a trend, with ties.
func variance(y []float64) float64 {
	n := float64(len(y))
	v := n * (n - 1) * (2*n + 5)
	sorted := slices.Sorted(slices.Values(y))
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		k := float64(j - i)
		v -= k * (k - 1) * (2*k + 5)
		i = j
	}
	return v / 18
}

// correction is Hamed and Rao's, from the autocorrelation of the ranks of what remains without the slope. Of the lags
// it takes those before the first at which that is not positive, and not those alone at which it is significant: a
// quarter has too few weeks for significance, and long lags of so few values are noise.
func correction(y []float64, slope float64) float64 {
	span := slices.Max(y) - slices.Min(y)
	rest := make([]float64, len(y))
	for i := range y { // in steps, so that what is equal but for the arithmetic stays equal
		rest[i] = math.Round((y[i] - y[0] - slope*float64(i)) / span * 1e9)
	}
	r := ranks(rest)
	n := float64(len(y))
	mean := (n + 1) / 2
	var whole float64
	for _, v := range r {
		whole += (v - mean) * (v - mean)
	}
	if whole == 0 {
		return 1
	}
	sum := 0.0
	for lag := 1; lag < len(r)-2; lag++ {
		var c float64
		for i := 0; i+lag < len(r); i++ {
			c += (r[i] - mean) * (r[i+lag] - mean)
		}
		if c <= 0 {
			break
		}
		k := float64(lag)
		sum += (n - k) * (n - k - 1) * (n - k - 2) * c / whole
	}
	return 1 + 2/(n*(n-1)*(n-2))*sum
}

// ranks are the places of the values in their order, from 1; equal ones share the mean of theirs.
func ranks(y []float64) []float64 {
	order := make([]int, len(y))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return sign(y[a] - y[b]) })
	out := make([]float64, len(y))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && y[order[j]] == y[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			out[order[k]] = float64(i+j+1) / 2
		}
		i = j
	}
	return out
}

func median(sorted []float64) float64 {
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

func sign(d float64) int {
	switch {
	case d > 0:
		return 1
	case d < 0:
		return -1
	}
	return 0
}

// clamp is an index counted from 1, as Sen's are, as one into n values.
func clamp(i, n int) int { return min(max(i-1, 0), n-1) }
