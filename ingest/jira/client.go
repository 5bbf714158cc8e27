// Package jira reads Jira Cloud and Jira Data Center over REST: projects' issues with their complete changelogs,
// comments and worklogs, as raw JSON for topic workmix.raw (written by package ingest).
package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/andygrunwald/go-jira"

	"github.com/workmix/workmix/ingest"
)

// Options of a source.
type Options struct {
	Name       string   // the configured name
	BaseURL    string   // the site: https://acme.atlassian.net
	DataCenter bool     // else Cloud
	Email      string   // Cloud: the token's account; empty: the token is a bearer token
	Token      string   // empty: anonymous
	Projects   []string // keys, or "*"
	// StoryPoints is the id or the name of the field of a classic project's story points, where it is called neither Story
	// Points nor Story point estimate; empty: one of these.
	StoryPoints string
	// Gate is shared by the sources of one credential; nil: a gate of its own.
	Gate *ingest.Gate
	// Base is under the calls; nil: http.DefaultTransport. Pause is the first pause before a repeated call;
	// zero: the transport's own.
	Base  http.RoundTripper
	Pause time.Duration
	// Timeout is how long one call may take; zero: the transport's own.
	Timeout time.Duration
}

// Source implements [ingest.Source].
type Source struct {
	o      Options
	gate   *ingest.Gate
	calls  *ingest.Transport
	client *jira.Client
	root   *url.URL
	api    string // rest/api/3 or rest/api/2

	mu     sync.Mutex
	site   *site // of this run; nil: not read yet
	lacked bool  // it was said that the site has no field StoryPoints
	zone   *time.Location
	noBulk bool             // the site has no bulk fetch of changelogs
	stands map[string]stand // by project: how far its list has come
	round  *round           // of this run
	many   bool             // issues: more than one call counts
	counts *counts          // of this run
	anew   bool             // the site was read once more in this run

	minds     sync.Mutex       // guards what follows; who holds mu may take it
	memory    ingest.Memory    // of this run; its Value is known and account
	known     map[string]known // statuses, by id
	account   account
	trusted   bool     // the account was not asked for in this run
	newcomers []string // projects that something told of and the list of projects lacks
}

// New returns a source. It makes no call.
func New(o Options) (*Source, error) {
	root, err := url.Parse(strings.TrimRight(o.BaseURL, "/") + "/")
	if err != nil || root.Host == "" {
		return nil, fmt.Errorf("source %s: base_url %q is not a URL such as https://acme.atlassian.net", o.Name, o.BaseURL)
	}
	if o.Gate == nil {
		o.Gate = ingest.NewGate(ingest.GateOptions{Logger: slog.Default()}) // a wait of an hour must not look like a hang
	}
	calls := &ingest.Transport{Gate: o.Gate, Base: o.Base, Pause: o.Pause, Timeout: o.Timeout}
	var rt http.RoundTripper = calls
	switch {
	case o.Token == "":
	case o.Email != "" && !o.DataCenter:
		rt = &jira.BasicAuthTransport{Username: o.Email, Password: o.Token, Transport: rt}
	default:
		rt = &jira.BearerAuthTransport{Token: o.Token, Transport: rt}
	}
	hc := &http.Client{Transport: rt, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		// The token goes with every request: none may lead elsewhere.
		if r.URL.Host != root.Host || r.URL.Scheme != root.Scheme {
			return fmt.Errorf("%s redirects to another host, %s: not followed", root.Host, r.URL.Host)
		}
		if len(via) > 5 {
			return errors.New("more than five redirects")
		}
		return nil
	}}
	c, err := jira.NewClient(hc, root.String())
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", o.Name, err)
	}
	s := &Source{o: o, gate: o.Gate, calls: calls, client: c, root: root, api: "rest/api/3", stands: map[string]stand{}, round: &round{}, counts: &counts{}}
	if o.DataCenter {
		s.api = "rest/api/2"
	}
	return s, nil
}

// Name implements [ingest.Source].
func (s *Source) Name() string { return s.o.Name }

// Tracker implements [ingest.Source].
func (s *Source) Tracker() string { return "jira" }

// Gate implements [ingest.Gated].
func (s *Source) Gate() *ingest.Gate { return s.gate }

// Usage implements [ingest.Source].
func (s *Source) Usage() ingest.Usage { return s.calls.Usage() }

// call makes a call below the API's root and decodes the answer into v. It returns the server's own time, zero
// if it does not tell. Errors are sentences; those that concern more than the one item are [ingest.SourceError].
func (s *Source) call(ctx context.Context, what, method, path string, query url.Values, body, v any) (time.Time, error) {
	h, err := s.answer(ctx, what, method, path, query, body, v)
	if err != nil {
		return time.Time{}, err
	}
	at, _ := http.ParseTime(h.Get("Date"))
	return at, s.verify(ctx, h)
}

// answer is call without a check of who is answered. It returns the answer's header.
func (s *Source) answer(ctx context.Context, what, method, path string, query url.Values, body, v any) (http.Header, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	req, err := s.client.NewRequestWithContext(ctx, method, s.api+"/"+path, body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := s.client.Do(req, nil)
	if err != nil {
		return nil, s.explain(what, resp, err)
	}
	defer resp.Body.Close()
	b, err := ingest.Body(resp.Body)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: the answer cannot be read: %w", what, err)
	}
	return resp.Header, nil
}

func (s *Source) get(ctx context.Context, what, path string, query url.Values, v any) error {
	_, err := s.call(ctx, what, http.MethodGet, path, query, nil, v)
	return err
}

// statusError is an answer that is no success, said in a sentence.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string { return e.text }

func status(err error) int {
	var s *statusError
	if errors.As(err, &s) {
		return s.status
	}
	return 0
}

// explain turns an error of go-jira into a sentence that says what to do.
func (s *Source) explain(what string, resp *jira.Response, err error) error {
	if resp == nil || resp.Response == nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the operation is named by what
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // whatever there is
	_ = resp.Body.Close()
	var m struct {
		ErrorMessages []string          `json:"errorMessages"`
		Errors        map[string]string `json:"errors"`
		Message       string            `json:"message"`
	}
	said := ""
	if json.Unmarshal(b, &m) == nil {
		for _, e := range m.Errors {
			m.ErrorMessages = append(m.ErrorMessages, e)
		}
		if m.Message != "" {
			m.ErrorMessages = append(m.ErrorMessages, m.Message)
		}
		if len(m.ErrorMessages) > 0 {
			said = fmt.Sprintf(" (it said %q)", strings.Join(m.ErrorMessages, "; "))
		}
	}
	e := func(format string, args ...any) error {
		return &statusError{resp.StatusCode, what + ": " + fmt.Sprintf(format, args...)}
	}
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		if s.o.Token == "" {
			return ingest.SourceError{Err: e("%s asks for a login%s: set token_env of source %s", s.root.Host, said, s.o.Name)}
		}
		return ingest.SourceError{Err: e("%s does not accept the token%s: it is wrong, expired or of another account; check the variables that email_env and token_env of source %s name", s.root.Host, said, s.o.Name)}
	case http.StatusForbidden:
		return e("%s refuses%s: the account lacks the permission to browse this", s.root.Host, said)
	case http.StatusNotFound:
		return e("not found or not visible to this account%s", said)
	case http.StatusGone:
		return e("%s no longer has this%s: check deployment of source %s, cloud or datacenter", s.root.Host, said, s.o.Name)
	}
	return e("%s answered %d%s", s.root.Host, resp.StatusCode, said)
}
