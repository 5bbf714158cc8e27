package learn

import (
	"math"
	"testing"
)

// judged makes verdicts: each of p with its label.
func judged(p ...float64) []Judged {
	var out []Judged
	for i := 0; i < len(p); i += 2 {
		out = append(out, Judged{P: p[i], Want: p[i+1] == 1, Decided: math.Abs(p[i]-0.5) > 0.1})
	}
	return out
}

// TestMeasures: rows that a person can add up. Of six items two are forced.
func TestMeasures(t *testing.T) {
	all := judged(0.9, 1, 0.3, 1, 0.1, 0, 0.2, 0, 0.55, 0, 0.05, 0)
	for _, c := range []struct {
		name string
		got  Estimate
		want float64
	}{
		{"accuracy", Accuracy(all), 4. / 6},
		{"coverage", Coverage(all), 5. / 6},
		{"accuracy of the decided", AccuracyDecided(all), 4. / 5},
		{"balanced accuracy", Balanced(all), (1./2 + 3./4) / 2},
		{"precision", Precision(all, true), 1. / 2},
		{"recall", Recall(all, true), 1. / 2},
		{"f1", F1(all, true), 1. / 2},
		{"precision of the other side", Precision(all, false), 3. / 4},
		{"recall of the other side", Recall(all, false), 3. / 4},
	} {
		if math.Abs(c.got.Value-c.want) > 1e-12 {
			t.Errorf("%s is %v, want %v", c.name, c.got.Value, c.want)
		}
		if !(c.got.Low <= c.got.Value && c.got.Value <= c.got.High) {
			t.Errorf("%s: %+v", c.name, c.got)
		}
	}
	if c := Confusion(all); c != [2][2]int{{3, 1}, {1, 1}} {
		t.Errorf("confusion %v", c)
	}
	if e := Recall(judged(0.1, 0), true); !math.IsNaN(e.Value) {
		t.Errorf("recall of nothing is %v", e.Value)
	}
}

// TestWilson holds the interval against published values: 0 of 10 and 81 of 263 (Newcombe 1998, table I, method 3).
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
		e := Proportion(c.k, c.n)
		if math.Abs(e.Low-c.low) > 6e-5 || math.Abs(e.High-c.high) > 6e-5 {
			t.Errorf("%d of %d: %+v, want %v to %v", c.k, c.n, e, c.low, c.high)
		}
	}
}

func TestReliability(t *testing.T) {
	bins, ece := Reliability(judged(0.85, 1, 0.15, 1, 0.95, 1, 0.5, 0, 1, 1))
	if bins[3].Items != 2 || math.Abs(bins[3].Stated-0.85) > 1e-12 || bins[3].Right.Value != 0.5 {
		t.Errorf("%+v", bins[3])
	}
	if bins[4].Items != 2 || bins[0].Items != 1 || bins[1].Items != 0 {
		t.Errorf("%+v", bins)
	}
	if want := (2*0.35 + 2*0.025 + 1*0.5) / 5; math.Abs(ece-want) > 1e-12 {
		t.Errorf("calibration error %v, want %v", ece, want)
	}
}
