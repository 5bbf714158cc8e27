package ingest_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/jira"
	"github.com/workmix/workmix/internal/simulate"
)

// TestSecretsAreNowhere reads from trackers that take the token, and from some that answer some or all calls with an
// error that repeats what they were sent, and greps errors, logs, what doctor finds and everything written for it.
func TestSecretsAreNowhere(t *testing.T) {
	const token = "t0ken-of-the-account"
	d := simulate.Empty()
	for n := range 6 {
		d.AddIssue("acme/api", scaleUser, scaleStart, "issue", "")
		d.AddPull("acme/api", scaleUser, scaleStart, "pull", "", 1, 1, 1)
		key := d.AddIssue("OPS", scaleUser, scaleStart, "issue", "")
		for range 25 * (n % 2) { // more comments than come with the issue
			if err := d.Update(key, scaleUser, scaleStart.Add(time.Hour), simulate.Comment("word")); err != nil {
				t.Fatal(err)
			}
		}
	}
	o := simulate.Options{Token: token}
	for name, c := range map[string]struct {
		h      http.Handler
		source func(url string, base http.RoundTripper, gate *ingest.Gate) (ingest.Source, error)
		item   string // a path of a single item
		sent   string
	}{
		"github": {simulate.NewGitHub(d, o), func(url string, base http.RoundTripper, gate *ingest.Gate) (ingest.Source, error) {
			return github.New(github.Options{Name: "code", BaseURL: url, Token: token, Repositories: []string{"acme/*"}, Base: base, Gate: gate, Pause: time.Millisecond})
		}, "/timeline", token},
		"jira": {simulate.NewJira(d, o), func(url string, base http.RoundTripper, gate *ingest.Gate) (ingest.Source, error) {
			return jira.New(jira.Options{Name: "tracker", BaseURL: url, Email: "a@example.com", Token: token, Projects: []string{"OPS"}, Base: base, Gate: gate, Pause: time.Millisecond})
		}, "/comment", base64.StdEncoding.EncodeToString([]byte("a@example.com:" + token))},
	} {
		for _, status := range []int{0, 401, 403, 404, 410, 422, 429, 500} {
			for _, only := range []string{"", c.item} {
				t.Run(fmt.Sprint(name, " ", status, only), func(t *testing.T) {
					repeated := 0
					srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if status == 0 || !strings.HasSuffix(r.URL.Path, only) {
							c.h.ServeHTTP(w, r)
							return
						}
						_, password, _ := r.BasicAuth()
						w.Header().Set("Content-Type", "application/json")
						w.WriteHeader(status)
						repeated++
						fmt.Fprintf(w, `{"message":"you sent %s %s","errorMessages":["%s %s"]}`, r.Header.Get("Authorization"), password, r.Header.Get("Authorization"), password)
					}))
					defer srv.Close()
					cl := &sleeper{now: scaleStart}
					var told bytes.Buffer
					logger := slog.New(slog.NewTextHandler(&told, &slog.HandlerOptions{Level: slog.LevelDebug}))
					tr := &http.Transport{}
					defer tr.CloseIdleConnections()
					src, err := c.source(srv.URL, tr, ingest.NewGate(ingest.GateOptions{Now: cl.Now, Sleep: cl.Sleep, Logger: logger, Concurrent: 1}))
					if err != nil {
						t.Fatal(err)
					}
					log := &ingesttest.Log{}
					for range 2 {
						rep, err := ingest.Once(t.Context(), src, log.State(t), log, ingest.Options{Now: cl.Now, Logger: logger})
						fmt.Fprintln(&told, err, rep.Err(), rep)
						if failed := err != nil || !rep.Complete(); failed != (status != 0) {
							t.Errorf("%v, %v", err, rep.Err())
						}
					}
					src.(ingest.Checker).Check(t.Context(), func(f ingest.Finding) { fmt.Fprintln(&told, f.Text) })
					for where, text := range map[string]string{"an error, a finding or the log": told.String(), "what was written": log.Bytes()} {
						for _, secret := range []string{token, c.sent} {
							if i := strings.Index(text, secret); i >= 0 {
								t.Errorf("%s holds the token: …%s", where, text[max(0, i-200):i+len(secret)])
							}
						}
					}
					if status != 0 && (repeated == 0 || !strings.Contains(told.String(), "[the credential]")) && status != 404 && status != 429 {
						t.Errorf("%d answers repeated the token, and nothing is said of it: %s", repeated, told.String())
					}
				})
			}
		}
	}
}
