// Package lines reads items that somebody hands over as JSON lines, as a JSON list or as CSV, checks every line of them,
// and makes of the lines of each item one [ingest.Given], which goes to workmix.raw. Nothing is handed on unless every
// line is sound.
//
// What is handed over is read twice: once to check it, once to hand it on. Between the two only ids and times are held;
// while it is handed on, the lines of those items that are not complete yet.
package lines
