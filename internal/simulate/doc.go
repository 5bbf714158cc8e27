// Package simulate reads recorded or generated tracker data and serves it as GitHub's and Jira's REST APIs do,
// on loopback: the source of the demo and of the tests of everything that reads trackers.
//
// A [Dataset] comes from [LoadRecorded] (a folder of recorded items) or [Generate] (an organisation, a function
// of a seed and a time). [NewGitHub] and [NewJira] are the servers' handlers, [Start] listens with both. The
// dataset can be edited while it is served: [Dataset.Update], [Dataset.Delete], [Dataset.Advance].
package simulate
