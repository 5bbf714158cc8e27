package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestTrendOfKnownSeries(t *testing.T) {
	for _, c := range []struct {
		y                 []float64
		slope, p, correct float64
		s                 int
	}{
		// the four values by which Gilbert (1987, 16.4.1) explains S
		{[]float64{10, 15, 14, 20}, 35. / 12, 0.308179547467054, 1, 4},
		// pairs 10, of them two tied: S 8, variance (5·4·15 - 2·2·1·9) / 18 = 44/3
		{[]float64{1, 1, 2, 2, 3}, 0.5, 0.067577263055871, 1, 8},
		{[]float64{5, 5, 5, 5}, 0, 1, 1, 0},
		{[]float64{1, 2}, 0, 1, 1, 0},
		// waves: the autocorrelation is 0.5875 at lag 1 and below 0 at lag 2: 1 + 2·(15·14·13·0.5875) / (16·15·14)
		{[]float64{0, 1, 2, 3, 3, 2, 1, 0, 0, 1, 2, 3, 3, 2, 1, 0}, 0, 1, 1.9546875, 0},
		// to and fro: lag 1 is below 0
		{[]float64{1, 2, 1, 2, 1, 2}, 0, 0.662520583540057, 1, 3},
	} {
		got := TrendOf(c.y)
		if !near(got.Slope, c.slope) || !near(got.P, c.p) || !near(got.Correct, c.correct) || got.S != c.s {
			t.Errorf("%v: slope %v, p %.15f, correction %v, S %d; want %v, %v, %v, %d", c.y, got.Slope, got.P, got.Correct, got.S, c.slope, c.p, c.correct, c.s)
		}
	}
	// autocorrelation 0.644 at lag 1, 0.375 at lag 2, below 0 at lag 3
	got := TrendOf([]float64{0, 0, 1, 1, 2, 3, 5, 5, 4, 4, 3, 3, 4, 5, 6, 8, 8, 9})
	if !near(got.Slope, 0.5) || math.Abs(got.Correct-2.588287442636629) > 1e-9 {
		t.Errorf("slope %v, correction %v", got.Slope, got.Correct)
	}
}

func TestTrendProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.Map(rapid.IntRange(-20, 20), func(i int) float64 { return float64(i) }), 3, 40).Draw(t, "y")
		a := TrendOf(y)
		if a.P < 0 || a.P > 1 || a.Correct < 1 || a.SlopeLow > a.Slope || a.Slope > a.SlopeHigh {
			t.Fatalf("%+v", a)
		}
		turned := slices.Clone(y)
		slices.Reverse(turned)
		if b := TrendOf(turned); !near(b.Slope, -a.Slope) || b.S != -a.S {
			t.Fatalf("turned round: %+v, was %+v", b, a)
		}
		k := float64(rapid.IntRange(1, 9).Draw(t, "k"))
		moved := make([]float64, len(y))
		for i := range y {
			moved[i] = 4*y[i] + k
		}
		if b := TrendOf(moved); !near(b.Slope, 4*a.Slope) || b.S != a.S || !near(b.P, a.P) {
			t.Fatalf("scaled by 4 and moved: %+v, was %+v", b, a)
		}
		line := make([]float64, len(y))
		for i := range line {
			line[i] = k * float64(i)
		}
		if b := TrendOf(line); b.Slope != k || b.SlopeLow != k || b.SlopeHigh != k || b.Tau != 1 {
			t.Fatalf("a line: %+v", b)
		}
	})
}

// rejected is how often a series of n values without a trend, each of which keeps rho of its predecessor, seems to
// have one.
func rejected(n int, rho float64) float64 {
	r := rand.New(rand.NewPCG(1, 2))
	wrong := 0
	const runs = 2000
	for range runs {
		y := make([]float64, n)
		for i := range y {
			y[i] = r.NormFloat64()
			if i > 0 {
				y[i] += rho * y[i-1]
			}
		}
		if TrendOf(y).Direction() != 0 {
			wrong++
		}
	}
	return float64(wrong) / runs
}

func TestTrendSeldomSeesWhatIsNotThere(t *testing.T) {
	if got := rejected(26, 0); got > 0.12 {
		t.Errorf("noise of 26 weeks seems to have a trend in %.3f of the cases, want about %v", got, Alpha)
	}
	// without the correction it is 0.30, and with significant lags alone 0.26
	if got := rejected(26, 0.5); got > 0.20 {
		t.Errorf("noise that keeps half of itself: %.3f", got)
	}
}
