package learn

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Judged is a verdict on one axis against its label.
type Judged struct {
	Example *Example
	P       float64 // the stated probability of the axis's first side: forced, or long
	Decided bool    // not undetermined
	Want    bool    // the label is the axis's first side
}

func (j *Judged) right() bool { return (j.P > 0.5) == j.Want }

// Estimate is a measure with its 95% interval. It is NaN where nothing was there to measure.
type Estimate struct{ Value, Low, High float64 }

// Proportion is k of n with Wilson's interval.
func Proportion(k, n int) Estimate {
	if n == 0 {
		return Estimate{math.NaN(), math.NaN(), math.NaN()}
	}
	const z = 1.959964
	p, m := float64(k)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return Estimate{p, max(0, mid-half), min(1, mid+half)}
}

// Bootstrap is a statistic with the interval between the 2.5th and the 97.5th percentile of 1000 resamples, which are
// always the same ones.
func Bootstrap(all []Judged, statistic func([]Judged) float64) Estimate {
	e := Estimate{Value: statistic(all), Low: math.NaN(), High: math.NaN()}
	if math.IsNaN(e.Value) {
		return e
	}
	r := rand.New(rand.NewPCG(1, 2))
	sample := make([]Judged, len(all))
	var values []float64
	for range 1000 {
		for i := range sample {
			sample[i] = all[r.IntN(len(all))]
		}
		if v := statistic(sample); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	if n := len(values); n > 0 {
		e.Low, e.High = values[n*25/1000], values[min(n-1, n*975/1000)]
	}
	return e
}

// Confusion counts verdicts by the label (first index) and the verdict at the border 0.5 (second); index 1 is the
// axis's first side.
func Confusion(all []Judged) (c [2][2]int) {
	for i := range all {
		c[bit(all[i].Want)][bit(all[i].P > 0.5)]++
	}
	return c
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Accuracy is the share of items on the right side of 0.5.
func Accuracy(all []Judged) Estimate {
	c := Confusion(all)
	return Proportion(c[0][0]+c[1][1], len(all))
}

// Coverage is the share of items that are not undetermined.
func Coverage(all []Judged) Estimate {
	n := 0
	for i := range all {
		n += bit(all[i].Decided)
	}
	return Proportion(n, len(all))
}

// AccuracyDecided is the accuracy among the items that are not undetermined.
func AccuracyDecided(all []Judged) Estimate {
	n, k := 0, 0
	for i := range all {
		if all[i].Decided {
			n++
			k += bit(all[i].right())
		}
	}
	return Proportion(k, n)
}

// Balanced is the mean of the recalls of the two sides: a coin, and a verdict that is always the same, have 0.5.
func Balanced(all []Judged) Estimate {
	return Bootstrap(all, func(s []Judged) float64 {
		c := Confusion(s)
		return (share(c[0][0], c[0][0]+c[0][1]) + share(c[1][1], c[1][0]+c[1][1])) / 2
	})
}

// Precision is the share of the items on this side in the verdict that are labelled so.
func Precision(all []Judged, first bool) Estimate {
	c, i := Confusion(all), bit(first)
	return Proportion(c[i][i], c[0][i]+c[1][i])
}

// Recall is the share of the items labelled with this side that the verdict has there too.
func Recall(all []Judged, first bool) Estimate {
	c, i := Confusion(all), bit(first)
	return Proportion(c[i][i], c[i][0]+c[i][1])
}

// F1 is the harmonic mean of precision and recall.
func F1(all []Judged, first bool) Estimate {
	i := bit(first)
	return Bootstrap(all, func(s []Judged) float64 {
		c := Confusion(s)
		return share(2*c[i][i], c[0][i]+c[1][i]+c[i][0]+c[i][1])
	})
}

func share(k, n int) float64 {
	if n == 0 {
		return math.NaN()
	}
	return float64(k) / float64(n)
}

// Bin is a row of a reliability table: of the verdicts stated with a confidence from Low to below High, how sure
// they said they were on the mean, and how many were right.
type Bin struct {
	Low, High float64
	Items     int
	Stated    float64
	Right     Estimate
}

// Reliability sorts verdicts by the probability that they state for the side they take, in steps of 0.1. It also
// returns the expected calibration error: the mean distance between what was stated and what was right.
func Reliability(all []Judged) (bins []Bin, ece float64) {
	for b := range 5 {
		bin := Bin{Low: 0.5 + float64(b)/10, High: 0.6 + float64(b)/10}
		right, sum := 0, 0.0
		for i := range all {
			p := max(all[i].P, 1-all[i].P)
			if min(4, int((p-0.5)*10+1e-9)) == b {
				bin.Items++
				sum += p
				right += bit(all[i].right())
			}
		}
		bin.Stated, bin.Right = sum/float64(bin.Items), Proportion(right, bin.Items)
		if bin.Items > 0 {
			ece += math.Abs(bin.Stated-bin.Right.Value) * float64(bin.Items) / float64(len(all))
		}
		bins = append(bins, bin)
	}
	return bins, ece
}
