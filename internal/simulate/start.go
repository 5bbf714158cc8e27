package simulate

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// Servers are a GitHub and a Jira on loopback.
type Servers struct {
	servers [2]*http.Server
	urls    [2]string
}

// Start listens on free ports of 127.0.0.1 with a GitHub and a Jira over the dataset, until ctx ends or Close.
func Start(ctx context.Context, d *Dataset, o Options) (*Servers, error) {
	s := &Servers{}
	for n, h := range []http.Handler{NewGitHub(d, o), NewJira(d, o)} {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.servers[n] = &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
		s.urls[n] = "http://" + l.Addr().String()
		go func() { _ = s.servers[n].Serve(l) }() // always an error: http.ErrServerClosed after Close
	}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	return s, nil
}

// CatchUp is a clock for [Options] that begins some time ago and runs faster than time does until it has caught
// up: with it a dataset generated to end then shows its newest items as if they came in now.
func CatchUp(behind time.Duration, rate float64) func() time.Time {
	start := time.Now()
	return func() time.Time {
		now := time.Now()
		then := start.Add(-behind).Add(time.Duration(rate * float64(now.Sub(start))))
		if then.After(now) {
			return now
		}
		return then
	}
}

// GitHubURL is the root of the GitHub API.
func (s *Servers) GitHubURL() string { return s.urls[0] }

// JiraURL is the address of the Jira site.
func (s *Servers) JiraURL() string { return s.urls[1] }

// Close ends both servers. It may be called more than once.
func (s *Servers) Close() error {
	var errs []error
	for _, h := range s.servers {
		if h != nil {
			errs = append(errs, h.Close())
		}
	}
	return errors.Join(errs...)
}
