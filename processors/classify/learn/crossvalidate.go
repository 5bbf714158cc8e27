package learn

import (
	"fmt"
	"math"
	"slices"

	"github.com/workmix/workmix/processors/classify"
)

// TrainCalibrated trains a model on labelled and weak examples, and sets its base and scale by the labelled sources:
// each is judged by weights that were trained without it.
func TrainCalibrated(labelled, weak []Example, o Training) (*classify.Model, error) {
	m, err := Train(slices.Concat(labelled, weak), o)
	if err != nil {
		return nil, err
	}
	if o.Start != nil || len(sources(labelled)) < 2 {
		return m, nil
	}
	var odds [2][]float64
	var want [2][]int
	for _, s := range sources(labelled) {
		fold, err := Train(slices.Concat(without(labelled, s), without(weak, s)), o)
		if err != nil {
			return nil, err
		}
		for i := range labelled {
			e := &labelled[i]
			if e.Source != s {
				continue
			}
			z := fold.Odds(e.Item.Title, e.Item.Body)
			for axis := range axes {
				if y := axes[axis](e); y != 0 {
					odds[axis], want[axis] = append(odds[axis], z[axis]-fold.Base[axis]), append(want[axis], y)
				}
			}
		}
	}
	for axis := range axes {
		m.Base[axis], m.Scale[axis] = platt(odds[axis], want[axis])
	}
	return m, nil
}

// CrossValidated trains, for each labelled source, a model that has seen nothing of it: {source: model}.
func CrossValidated(labelled, weak []Example, o Training) (map[string]*classify.Model, error) {
	out := map[string]*classify.Model{}
	for _, list := range [][]Example{labelled, weak} {
		for i := range list { // once for all folds
			list[i].words = [2]map[string]int{count(list[i].Item.Title), count(classify.ModelBody(list[i].Item.Body))}
		}
	}
	for _, s := range sources(labelled) {
		m, err := TrainCalibrated(without(labelled, s), without(weak, s), o)
		if err != nil {
			return nil, fmt.Errorf("without %s: %w", s, err)
		}
		out[s] = m
	}
	return out, nil
}

func without(all []Example, source string) []Example {
	var out []Example
	for _, e := range all {
		if e.Source != source {
			out = append(out, e)
		}
	}
	return out
}

// platt finds a and b so that a + b*odds are the log-odds of want, by logistic regression with a slight penalty that
// holds b near 1 where there is little to learn from.
func platt(odds []float64, want []int) (a, b float64) {
	x := []float64{0, 1}
	minimise(x, 100, func(x, g []float64) float64 {
		value := (x[1] - 1) * (x[1] - 1) / 2
		g[0], g[1] = 0, x[1]-1
		for i, z := range odds {
			y := float64(want[i])
			t := y * (x[0] + x[1]*z)
			value += softplus(-t)
			d := -y / (1 + math.Exp(t))
			g[0] += d
			g[1] += d * z
		}
		return value
	})
	return x[0], max(0.1, x[1])
}
