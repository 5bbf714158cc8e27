// Package stats reads and writes nothing: trends of short series, with what they are worth, and the verdict whether
// a team digs itself out of forced work.
package stats

import "math"

// Alpha is the level of every test of this package, two-sided.
const Alpha = 0.1

// twoSided is the probability that a standard normal variable lies at least as far from 0 as z.
func twoSided(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// quantile is the z that a standard normal variable exceeds in either direction with probability alpha.
func quantile(alpha float64) float64 { return math.Sqrt2 * math.Erfinv(1-alpha) }
