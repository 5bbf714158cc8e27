package github_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/github"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/internal/simulate"
)

func rsaKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestApp logs in as an App, whose tokens last so short that several are needed, below both kinds of root.
func TestApp(t *testing.T) {
	key := rsaKey(t)
	cl := &clock{now: day}
	step := func(*http.Request) *simulate.Fault { // time passes with each call
		cl.mu.Lock()
		cl.now = cl.now.Add(time.Minute)
		cl.mu.Unlock()
		return nil
	}
	for _, root := range []string{"", "/api/v3"} {
		t.Run("root"+root, func(t *testing.T) {
			s := serve(t, dataset(t, small()...), simulate.Options{Clock: cl.Now, Fault: step, App: &simulate.App{ID: 7, Installation: 42, Key: &key.PublicKey, Lifetime: 15 * time.Minute}})
			var told bytes.Buffer
			src := source(t, github.Options{
				BaseURL: s.URL + root, App: &github.App{ID: 7, Installation: 42, Key: key}, Now: cl.Now, Repositories: []string{"acme/api"},
				Gate: ingest.NewGate(ingest.GateOptions{Now: cl.Now, Sleep: cl.Sleep, Logger: slog.New(slog.NewTextHandler(&told, nil))}),
			})
			log := &ingesttest.Log{}
			rep := sync1(t, src, log, ingest.Options{Logger: slog.New(slog.NewTextHandler(&told, nil))})
			if err := rep.Err(); err != nil || len(log.Last(t)) != 14 {
				t.Fatalf("%v: %d items", err, len(log.Last(t)))
			}
			tokens := 0
			for _, p := range s.asked() {
				if strings.HasSuffix(p, "/app/installations/42/access_tokens") {
					tokens++
				}
			}
			// Renewed in time, no call is refused: as many calls as there were requests, a token each ten minutes.
			if most := int(rep.Usage.Requests)/9 + 1; tokens < 2 || tokens > most {
				t.Errorf("%d tokens for %d requests, want 2 to %d", tokens, rep.Usage.Requests, most)
			}
			for _, r := range log.Raws(t) {
				told.Write(r.Content)
			}
			for _, p := range log.Progress(t) {
				told.Write(p.Value)
			}
			if strings.Contains(told.String(), "ghs_") || strings.Contains(told.String(), "eyJ") {
				t.Error("a token is in the log or the events")
			}
		})
	}
}

// TestAppTokenRevoked takes the token away before it expires: another is fetched, once.
func TestAppTokenRevoked(t *testing.T) {
	key := rsaKey(t)
	app := &simulate.App{ID: 7, Installation: 42, Key: &key.PublicKey}
	d := dataset(t, item{number: 1})
	s := serve(t, d, simulate.Options{App: app})
	src := source(t, github.Options{BaseURL: s.URL, App: &github.App{ID: 7, Installation: 42, Key: key}, Repositories: []string{"acme/api"}})
	log := &ingesttest.Log{}
	sync1(t, src, log, ingest.Options{})
	s.replace(d, simulate.Options{App: app}) // knows nothing of the first one's token
	s.asked()
	if rep := sync1(t, src, log, ingest.Options{}); !rep.Complete() {
		t.Error(rep.Err())
	}
	if n := strings.Count(strings.Join(s.asked(), " "), "access_tokens"); n != 1 {
		t.Errorf("%d tokens fetched, want 1", n)
	}
}

// TestAppSentences checks what a person reads, and that it holds no secret.
func TestAppSentences(t *testing.T) {
	key, other := rsaKey(t), rsaKey(t)
	good := simulate.App{ID: 7, Installation: 42, Key: &key.PublicKey}
	suspended := good
	suspended.Suspended = true
	for name, c := range map[string]struct {
		app  simulate.App
		mine github.App
		want string
	}{
		"another key":          {good, github.App{ID: 7, Installation: 42, Key: other}, "source code: HOST gives App 7 no token for installation 42 (401): app.id and app.private_key_file of source code do not belong together, the key was revoked, or this machine's clock is wrong"},
		"another App":          {good, github.App{ID: 8, Installation: 42, Key: key}, "source code: HOST gives App 8 no token for installation 42 (401): app.id and app.private_key_file of source code do not belong together, the key was revoked, or this machine's clock is wrong"},
		"another installation": {good, github.App{ID: 7, Installation: 43, Key: key}, "source code: HOST gives App 7 no token for installation 43 (404): app.installation of source code is none of this App's: it is the number at the end of the address of the installation's settings"},
		"suspended":            {suspended, github.App{ID: 7, Installation: 42, Key: key}, "source code: HOST gives App 7 no token for installation 42 (403): the installation is suspended: an owner of the organisation can resume it"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, dataset(t, item{number: 1}), simulate.Options{App: &c.app})
			src := source(t, github.Options{BaseURL: s.URL, App: &c.mine, Repositories: []string{"acme/api"}})
			_, err := ingest.Once(t.Context(), src, ingest.NewState(), &ingesttest.Log{}, ingest.Options{})
			if err == nil || !strings.HasSuffix(err.Error(), strings.TrimPrefix(strings.ReplaceAll(c.want, "HOST", strings.TrimPrefix(s.URL, "http://")), "source code: ")) {
				t.Errorf("said  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestParseKey(t *testing.T) {
	key := rsaKey(t)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []*pem.Block{{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}, {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if got, err := github.ParseKey(pem.EncodeToMemory(b)); err != nil || !got.Equal(key) {
			t.Errorf("%s: %v", b.Type, err)
		}
	}
	for _, bad := range []string{"", "s3cret", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte("s3cret")}))} {
		if _, err := github.ParseKey([]byte(bad)); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
