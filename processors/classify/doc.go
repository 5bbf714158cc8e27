// Package classify reads workmix.items and writes workmix.classified: for each revision one verdict on where the work
// item lies on the investment grid, with the evidence for and against. It is a pure function of one revision and a
// ruleset.
//
// A rule has a condition and weights in log-odds on the two axes. The weights of all rules that apply are added to the
// ruleset's prior; the logistic function turns the sums into the forced and the long score. Inside a band around 0.5
// an axis is undetermined.
package classify
