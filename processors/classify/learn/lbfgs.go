package learn

import "math"

// minimise finds the minimum of a smooth convex function by L-BFGS from x, which it changes. f returns the value at x
// and sets the gradient.
func minimise(x []float64, steps int, f func(x, gradient []float64) float64) {
	const memory = 8
	n := len(x)
	g, direction := make([]float64, n), make([]float64, n)
	next, nextG := make([]float64, n), make([]float64, n)
	type pair struct {
		s, y []float64
		rho  float64
	}
	var past []pair
	value := f(x, g)
	for range steps {
		copy(direction, g)
		alpha := make([]float64, len(past))
		for i := len(past) - 1; i >= 0; i-- {
			alpha[i] = past[i].rho * dot(past[i].s, direction)
			add(direction, -alpha[i], past[i].y)
		}
		if k := len(past); k > 0 {
			scale := 1 / (past[k-1].rho * dot(past[k-1].y, past[k-1].y))
			for i := range direction {
				direction[i] *= scale
			}
		}
		for i := range past {
			add(direction, alpha[i]-past[i].rho*dot(past[i].y, direction), past[i].s)
		}
		slope := -dot(direction, g)
		if slope > -1e-9*math.Max(1, math.Abs(value)) {
			return
		}
		step := 1.0
		if len(past) == 0 {
			step = 1 / math.Max(1, math.Sqrt(dot(g, g)))
		}
		nextValue := 0.0
		for try := 0; ; try++ {
			copy(next, x)
			add(next, -step, direction)
			nextValue = f(next, nextG)
			if nextValue <= value+1e-4*step*slope {
				break
			}
			if try == 30 {
				return
			}
			step /= 2
		}
		p := pair{make([]float64, n), make([]float64, n), 0}
		for i := range x {
			p.s[i], p.y[i] = next[i]-x[i], nextG[i]-g[i]
		}
		if sy := dot(p.s, p.y); sy > 1e-12 {
			p.rho = 1 / sy
			if past = append(past, p); len(past) > memory {
				past = past[1:]
			}
		}
		copy(x, next)
		copy(g, nextG)
		if math.Abs(value-nextValue) < 1e-7*math.Max(1, math.Abs(value)) {
			return
		}
		value = nextValue
	}
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

func add(to []float64, k float64, b []float64) {
	for i := range to {
		to[i] += k * b[i]
	}
}
