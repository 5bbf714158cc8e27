package simulate

import (
	"net/http"
	"time"
)

// Options say how a simulated tracker behaves. The zero value is a fast, open one.
type Options struct {
	// Clock is the servers' time. Where it is set, a request first lets happen what a dataset has in store up to
	// it (see [Dataset.Advance]). nil is the real time for limits and relative dates, and lets nothing happen.
	Clock func() time.Time
	// Token is asked for as a bearer token, as GitHub's "token", or as the password of basic authentication;
	// empty asks for none.
	Token string
	// App, if set, gives GitHub a GitHub App whose installation tokens are taken too.
	App *App
	// RateLimit is how many requests an hour are answered; 0 is 5,000 on GitHub's headers and no limit. A Jira
	// with a limit tells in headers what is left.
	RateLimit int
	// PerMinute is how many requests a minute GitHub answers, those that are answered 304 included, before it
	// refuses with its secondary limit; 0 is as many as come.
	PerMinute int
	// RetryAfter is the Retry-After of a refused request; 0 leaves GitHub's to its reset header and is the time
	// until the reset on Jira.
	RetryAfter time.Duration
	// TooMany makes GitHub answer 429 instead of 403 when the budget is spent, as both occur.
	TooMany bool
	// NoGraphQL makes GitHub answer 404 to GraphQL.
	NoGraphQL bool
	// NoCommits makes GitHub refuse to tell of commits in GraphQL, as it does without the permission Contents.
	NoCommits bool
	// NoTeams makes GitHub refuse to tell of an organisation's teams and members, as it does without that permission.
	NoTeams bool
	// PageCap is the greatest page size; 0 is the tracker's own (100; on Jira 5,000 for ids alone).
	PageCap int
	// PageLimit is how many items of a repository GitHub lists by page number before it answers 422; 0 is 10,000, and 40,000 of a
	// repository's comments and events. Lists that
	// may pass it carry a cursor in their Link header. A Jira Data Center answers 400 beyond so many results of a search;
	// 0 is 10,000 there.
	PageLimit int
	// Latency delays every answer.
	Latency time.Duration
	// TimeZone is that of Jira's user, in which JQL dates are read; nil is UTC.
	TimeZone *time.Location
	// DataCenter makes Jira a Data Center: version 2 with search by startAt, and no version 3.
	DataCenter bool
	// NoBulk makes Jira answer 404 to the bulk fetch of changelogs.
	NoBulk bool
	// BulkEpoch makes the bulk fetch give times as milliseconds since 1970, as its documentation's example
	// does, instead of the text its schema promises.
	BulkEpoch bool
	// Fault is asked before a request is answered; nil lets it through.
	Fault func(*http.Request) *Fault
}

// Fault is a wrong answer to one request.
type Fault struct {
	Status int         // 0 answers as usual, after Delay, cut to Keep bytes if that is set
	Header http.Header // added to the answer's
	Body   string
	Delay  time.Duration
	Keep   int  // ends the connection after so many bytes of the body
	Hangup bool // ends the connection without an answer
}

// advance brings a dataset to the servers' time.
func (o *Options) advance(d *Dataset) {
	if o.Clock != nil {
		d.Advance(o.Clock())
	}
}

func (o *Options) now() time.Time {
	if o.Clock == nil {
		return time.Now()
	}
	return o.Clock()
}
