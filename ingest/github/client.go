// Package github reads GitHub and GitHub Enterprise over REST: repositories' issues and pull requests with their
// timelines, reviews and review comments, as raw JSON for topic workmix.raw (written by package ingest).
package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/workmix/workmix/ingest"
)

// Options of a source.
type Options struct {
	Name         string    // the configured name
	BaseURL      string    // the API's root; empty: https://api.github.com
	Token        string    // empty: anonymous, 60 calls an hour
	App          *App      // logs in as an App's installation instead
	Repositories []string  // "owner/repo" or "owner/*"; * and ? match within the name
	Exclude      []string  // patterns of the same form
	Since        time.Time // zero: everything; else items updated since
	// Gate is shared by the sources of one credential; nil: a gate of its own.
	Gate *ingest.Gate
	// Base is under the calls; nil: http.DefaultTransport. Pause is the first pause before a repeated call;
	// zero: the transport's own.
	Base  http.RoundTripper
	Pause time.Duration
	// Timeout is how long one call may take; zero: the transport's own.
	Timeout time.Duration
	// Now is the clock that tokens expire by; nil: time.Now.
	Now func() time.Time
}

// Source implements [ingest.Source].
type Source struct {
	o      Options
	gate   *ingest.Gate
	calls  *ingest.Transport
	client *github.Client
	root   *url.URL

	noGraphQL atomic.Bool // the server does not answer it
	noCommits atomic.Bool // it was said that GraphQL tells nothing of commits
	contents  sync.Pool   // of *content, which are used again
	authors   authors

	mu   sync.Mutex
	kept map[string]kept // lists of repositories
}

// perMinute keeps below the secondary limit of github.com, 900 points a minute at one a read.
const perMinute = 880

// New returns a source. It makes no call.
func New(o Options) (*Source, error) {
	if o.BaseURL == "" {
		o.BaseURL = "https://api.github.com"
	}
	root, err := url.Parse(strings.TrimRight(o.BaseURL, "/") + "/")
	if err != nil || root.Host == "" {
		return nil, fmt.Errorf("source %s: base_url %q is not a URL such as https://api.github.com or https://github.example.com/api/v3", o.Name, o.BaseURL)
	}
	for _, p := range append(append([]string(nil), o.Repositories...), o.Exclude...) {
		if owner, name, ok := strings.Cut(p, "/"); !ok || owner == "" || name == "" || strings.Contains(name, "/") || strings.ContainsAny(owner, "*?[") {
			return nil, fmt.Errorf("source %s: %q does not name repositories: write owner/repo or owner/*", o.Name, p)
		}
		if _, err := path.Match(p, ""); err != nil {
			return nil, fmt.Errorf("source %s: %q is not a pattern: %w", o.Name, p, err)
		}
	}
	if o.Gate == nil {
		o.Gate = ingest.NewGate(ingest.GateOptions{Logger: slog.Default()}) // a wait of an hour must not look like a hang
	}
	if h := root.Hostname(); h == "api.github.com" || strings.HasSuffix(h, ".ghe.com") {
		o.Gate.Pace(perMinute)
	}
	calls := &ingest.Transport{Gate: o.Gate, Base: o.Base, Pause: o.Pause, Timeout: o.Timeout}
	var transport http.RoundTripper = calls
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.App != nil {
		transport = &appTransport{app: o.App, source: o.Name, root: root, base: transport, now: o.Now}
	}
	hc := &http.Client{
		Transport: transport,
		// The token goes with every request: none may lead elsewhere.
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if r.URL.Host != root.Host || r.URL.Scheme != root.Scheme {
				return fmt.Errorf("%s redirects to another host, %s: not followed", root.Host, r.URL.Host)
			}
			if len(via) > 5 {
				return errors.New("more than five redirects")
			}
			return nil
		},
	}
	c := github.NewClient(hc)
	if o.Token != "" {
		c = c.WithAuthToken(o.Token)
	}
	c.BaseURL = root
	c.UserAgent = "workmix"
	return &Source{o: o, gate: o.Gate, calls: calls, client: c, root: root, kept: map[string]kept{}}, nil
}

// Name implements [ingest.Source].
func (s *Source) Name() string { return s.o.Name }

// Tracker implements [ingest.Source].
func (s *Source) Tracker() string { return "github" }

// Gate implements [ingest.Gated].
func (s *Source) Gate() *ingest.Gate { return s.gate }

// Usage implements [ingest.Source].
func (s *Source) Usage() ingest.Usage { return s.calls.Usage() }

// answer is a whole answer.
type answer struct {
	body []byte
	text ingest.Text // of body
	etag string
	next url.Values // the query of the next page; nil: there is none
	last int        // the number of the last page, if the answer tells
	url  *url.URL   // after redirects
}

// get reads one URL below the API's root. Errors are sentences; those that concern more than the one item
// are [ingest.SourceError].
func (s *Source) get(ctx context.Context, what, p string, query url.Values, etag string) (*answer, error) {
	if len(query) > 0 {
		p += "?" + query.Encode()
	}
	req, err := s.client.NewRequest(http.MethodGet, p, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	resp, err := s.client.BareDo(ctx, req)
	if err != nil {
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close()
		}
		return nil, s.explain(what, err)
	}
	defer resp.Body.Close()
	text, err := ingest.ReadText(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	a := &answer{body: text.Bytes, text: text, etag: resp.Header.Get("ETag"), last: resp.LastPage, url: resp.Request.URL}
	a.next = nextQuery(resp.Header.Values("Link"))
	return a, nil
}

// nextQuery returns the query of the link with rel="next". go-github's Response drops all of it but known names.
func nextQuery(links []string) url.Values {
	for _, h := range links {
		for _, l := range strings.Split(h, ",") {
			target, params, _ := strings.Cut(l, ";")
			target = strings.TrimSpace(target)
			if !strings.Contains(params, `rel="next"`) || !strings.HasPrefix(target, "<") || !strings.HasSuffix(target, ">") {
				continue
			}
			if u, err := url.Parse(target[1 : len(target)-1]); err == nil {
				return u.Query()
			}
		}
	}
	return nil
}

// elements are those of a list, as the server gave them.
type elements struct {
	rows  []json.RawMessage
	texts []ingest.Text // that they are parts of
}

// free gives the memory back: see [ingest.Text.Free].
func (e elements) free() {
	for _, t := range e.texts {
		t.Free()
	}
}

// all reads every page of a list of one item.
func (s *Source) all(ctx context.Context, what, p string) (out elements, err error) {
	out.rows = []json.RawMessage{}
	query := url.Values{"per_page": {"100"}}
	for pages := 0; query != nil; pages++ {
		if pages == 1000 {
			return out, fmt.Errorf("%s: more than %d pages", what, pages)
		}
		a, err := s.getPage(ctx, what, p, query, "")
		if err != nil {
			return out, err
		}
		page, err := a.text.Rows()
		if err != nil {
			return out, fmt.Errorf("%s: not a list: %w", what, err)
		}
		out.texts = append(out.texts, a.text)
		for _, r := range page {
			out.rows = append(out.rows, r.Raw)
		}
		if a.next != nil && a.next.Encode() == query.Encode() {
			return out, fmt.Errorf("%s: the next page is the page itself", what)
		}
		query = a.next
	}
	return out, nil
}
