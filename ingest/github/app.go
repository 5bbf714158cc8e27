package github

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/workmix/workmix/ingest"
)

// App is a GitHub App's installation, in the place of a token.
type App struct {
	ID           int64
	Installation int64
	Key          *rsa.PrivateKey
}

const (
	jwtBack  = time.Minute     // clocks differ: GitHub refuses a JWT from the future
	jwtFor   = 9 * time.Minute // GitHub takes ten at most
	renewing = 5 * time.Minute // a token is renewed so long before it expires
)

// ParseKey reads an App's private key as GitHub gives it: RSA in PEM. Its errors show nothing of the key.
func ParseKey(text []byte) (*rsa.PrivateKey, error) {
	b, _ := pem.Decode(text)
	if b == nil {
		return nil, errors.New("it holds no PEM block: give the file that GitHub lets you download under Private keys of the App")
	}
	if key, err := x509.ParsePKCS1PrivateKey(b.Bytes); err == nil {
		return key, nil
	}
	any8, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	if key, ok := any8.(*rsa.PrivateKey); err == nil && ok {
		return key, nil
	}
	return nil, fmt.Errorf("its PEM block %q is no RSA private key: give the file that GitHub lets you download under Private keys of the App", b.Type)
}

// jwt is what an App proves itself with, for a few minutes.
func (a *App) jwt(now time.Time) (string, error) {
	claims, err := json.Marshal(map[string]any{"iat": now.Add(-jwtBack).Unix(), "exp": now.Add(jwtFor).Unix(), "iss": fmt.Sprint(a.ID)})
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, a.Key, crypto.SHA256, sum[:])
	if err != nil {
		return "", errors.New("the App's private key cannot sign: it is damaged")
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

// appTransport puts an installation's token on each call. It gets one when there is none, before it expires, and
// when GitHub no longer takes it.
type appTransport struct {
	app    *App
	source string // the configured name, for sentences
	root   *url.URL
	base   http.RoundTripper
	now    func() time.Time

	mu      sync.Mutex
	token   string
	expires time.Time
}

// RoundTrip implements [http.RoundTripper].
func (t *appTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := t.current(req.Context(), "")
	if err != nil {
		return nil, err
	}
	resp, err := t.with(req, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	_ = resp.Body.Close()
	if token, err = t.current(req.Context(), token); err != nil {
		return nil, err
	}
	return t.with(req, token)
}

func (t *appTransport) with(req *http.Request, token string) (*http.Response, error) {
	r := req.Clone(req.Context())
	if req.GetBody != nil {
		b, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		r.Body = b
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return t.base.RoundTrip(r)
}

// current returns the token, or a new one where the kept one is old or was refused. Others wait meanwhile.
func (t *appTransport) current(ctx context.Context, refused string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != "" && t.token != refused && t.now().Before(t.expires.Add(-renewing)) {
		return t.token, nil
	}
	token, expires, err := t.fetch(ctx)
	if err != nil {
		return "", err
	}
	t.token, t.expires = token, expires
	return token, nil
}

func (t *appTransport) fetch(ctx context.Context) (token string, expires time.Time, err error) {
	jwt, err := t.app.jwt(t.now())
	if err != nil {
		return "", expires, ingest.SourceError{Err: fmt.Errorf("app of source %s: %w", t.source, err)}
	}
	u := t.root.JoinPath("app/installations", fmt.Sprint(t.app.Installation), "access_tokens")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(nil))
	if err != nil {
		return "", expires, err
	}
	req.Header.Set("Authorization", "Bearer "+jwt)
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("User-Agent", "workmix")
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return "", expires, fmt.Errorf("a token for installation %d of App %d: %w", t.app.Installation, t.app.ID, err)
	}
	defer resp.Body.Close()
	refuse := func(format string, args ...any) error {
		return ingest.SourceError{Err: fmt.Errorf("%s gives App %d no token for installation %d (%d): %s", t.root.Host, t.app.ID, t.app.Installation, resp.StatusCode, fmt.Sprintf(format, args...))}
	}
	switch resp.StatusCode {
	case http.StatusCreated:
	case http.StatusUnauthorized:
		return "", expires, refuse("app.id and app.private_key_file of source %s do not belong together, the key was revoked, or this machine's clock is wrong", t.source)
	case http.StatusNotFound:
		return "", expires, refuse("app.installation of source %s is none of this App's: it is the number at the end of the address of the installation's settings", t.source)
	case http.StatusForbidden:
		return "", expires, refuse("the installation is suspended: an owner of the organisation can resume it")
	default:
		return "", expires, refuse("try again later")
	}
	body, err := io.ReadAll(resp.Body) // the transport below holds it whole
	if err != nil {
		return "", expires, err
	}
	var got struct {
		Token   string    `json:"token"`
		Expires time.Time `json:"expires_at"`
	}
	if json.Unmarshal(body, &got) != nil || got.Token == "" || got.Expires.IsZero() {
		return "", expires, refuse("its answer holds no token") // and is not shown: it may hold one after all
	}
	return got.Token, got.Expires, nil
}
