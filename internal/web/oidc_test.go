package web

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// openProvider speaks OpenID Connect: it vouches for whatever claims holds.
type openProvider struct {
	*httptest.Server
	t      *testing.T
	signer jose.Signer
	mu     sync.Mutex
	codes  map[string]url.Values // what a code was asked for with
	claims map[string]any        // over those that are right
}

func newProvider(t *testing.T) *openProvider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &openProvider{t: t, codes: map[string]url.Values{}}
	if p.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// agree is what the provider does when somebody agrees to log in: the address that it sends the browser to.
func (p *openProvider) agree(at string) string {
	u, err := url.Parse(at)
	if err != nil || !strings.HasPrefix(at, p.URL+"/auth?") {
		p.t.Fatalf("the login is at %q", at)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := rand.Text()
	p.codes[code] = u.Query()
	return u.Query().Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {u.Query().Get("state")}}.Encode()
}

func (p *openProvider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked, ok := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	challenge := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	id, secret, _ := r.BasicAuth()
	if !ok || id != "workmix" || secret != "the-secret" || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(challenge[:]) {
		http.Error(w, `{"error": "invalid_grant"}`, http.StatusBadRequest)
		return
	}
	claims := map[string]any{
		"iss": p.URL, "aud": "workmix", "sub": "1", "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(),
		"nonce": asked.Get("nonce"), "email": "Ana@acme.example", "email_verified": true,
	}
	for k, v := range p.claims {
		claims[k] = v
	}
	b, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	signed, err := p.signer.Sign(b)
	if err != nil {
		p.t.Error(err)
	}
	raw, err := signed.CompactSerialize()
	if err != nil {
		p.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": raw})
}

func behindProvider(t *testing.T, p *openProvider, role Role) http.Handler {
	t.Helper()
	h, err := New(Options{
		Listen: "127.0.0.1:8080", OIDC: &OIDC{Issuer: p.URL, ClientID: "workmix", Secret: "the-secret", URL: "http://localhost:8080/", Role: role},
		Users: []User{{Name: "ana@acme.example", Role: Editor, Teams: []string{"compute"}}}, Run: (&told{asked: map[string]map[string]string{}}).run,
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func cookies(w *httptest.ResponseRecorder) string {
	var all []string
	for _, c := range w.Result().Cookies() {
		if c.MaxAge >= 0 {
			all = append(all, c.Name+"="+c.Value)
		}
	}
	return strings.Join(all, "; ")
}

// through logs in as the provider vouches, and returns the last answer.
func through(t *testing.T, h http.Handler, p *openProvider) *httptest.ResponseRecorder {
	t.Helper()
	begun := send(t, h, "GET", "/login/oidc?to=%2Fpipeline", "")
	if begun.Code != 303 {
		t.Fatalf("a login begins with %d: %s", begun.Code, begun.Body)
	}
	back := p.agree(begun.Header().Get("Location"))
	if !strings.HasPrefix(back, "http://localhost:8080/login/oidc/callback?") {
		t.Fatalf("the provider sends back to %q", back)
	}
	return send(t, h, "GET", strings.TrimPrefix(back, "http://localhost:8080"), "", "Cookie", cookies(begun), "Sec-Fetch-Site", "cross-site")
}

func TestOpenIDConnect(t *testing.T) {
	p := newProvider(t)
	h := behindProvider(t, p, Nobody)
	if w := send(t, h, "GET", "/login", ""); !strings.Contains(w.Body.String(), "Log in at 127.0.0.1") || strings.Contains(w.Body.String(), `name="token"`) {
		t.Errorf("the login offers %s", w.Body)
	}
	in := through(t, h, p)
	if in.Code != 303 || in.Header().Get("Location") != "/pipeline" {
		t.Fatalf("the login ends with %d %s: %s", in.Code, in.Header().Get("Location"), in.Body)
	}
	if w := send(t, h, "GET", "/questions/coverage", "", "Cookie", cookies(in)); w.Code != 200 || !strings.Contains(w.Body.String(), "ana@acme.example, editor") {
		t.Errorf("logged in: %d", w.Code)
	}
	if w := send(t, h, "GET", "/questions/coverage", "", "Cookie", strings.Replace(cookies(in), sessionName, loginName, 1)); w.Code != 303 {
		t.Errorf("a session's cookie under another name: %d", w.Code)
	}
	for name, c := range map[string]struct {
		claims map[string]any
		says   string
	}{
		"a stranger":       {map[string]any{"email": "eve@evil.example"}, "eve@evil.example may not look at this server"},
		"not verified":     {map[string]any{"email_verified": false}, "does not vouch"},
		"no address":       {map[string]any{"email": ""}, "does not vouch"},
		"another's nonce":  {map[string]any{"nonce": "other"}, "answered another login"},
		"for another":      {map[string]any{"aud": "other"}, "is not to be trusted"},
		"another's issuer": {map[string]any{"iss": "https://evil.example"}, "is not to be trusted"},
		"too old":          {map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}, "is not to be trusted"},
	} {
		p.claims = c.claims
		if w := through(t, h, p); w.Code != 403 || !strings.Contains(w.Body.String(), c.says) || strings.Contains(cookies(w), sessionName) {
			t.Errorf("%s: %d: %s", name, w.Code, w.Body)
		}
	}
	p.claims = map[string]any{"email": "eve@evil.example"}
	open := behindProvider(t, p, Viewer)
	if w := send(t, open, "GET", "/questions/coverage", "", "Cookie", cookies(through(t, open, p))); w.Code != 200 || !strings.Contains(w.Body.String(), "eve@evil.example, viewer") {
		t.Errorf("a stranger where all may look: %d", w.Code)
	}
}

func TestOpenIDConnectAttacked(t *testing.T) {
	p := newProvider(t)
	h := behindProvider(t, p, Nobody)
	begun := send(t, h, "GET", "/login/oidc", "")
	back := strings.TrimPrefix(p.agree(begun.Header().Get("Location")), "http://localhost:8080")
	for name, c := range map[string][2]string{
		"without the browser that began it": {back, ""},
		"another browser's":                 {back, cookies(send(t, h, "GET", "/login/oidc", ""))},
		"a forged state":                    {strings.Replace(back, "state=", "state=x", 1), cookies(begun)},
		"a forged cookie":                   {back, strings.Replace(cookies(begun), "=", "=x", 1)},
	} {
		if w := send(t, h, "GET", c[0], "", "Cookie", c[1]); w.Code != 400 || strings.Contains(cookies(w), sessionName) {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := send(t, h, "GET", back, "", "Cookie", cookies(begun)); w.Code != 303 {
		t.Errorf("the right one: %d: %s", w.Code, w.Body)
	}
	if w := send(t, h, "GET", back, "", "Cookie", cookies(begun)); w.Code != 403 {
		t.Errorf("the right one again: %d", w.Code)
	}
	state := begun.Header().Get("Location")
	u, err := url.Parse(state)
	if err != nil {
		t.Fatal(err)
	}
	if w := send(t, h, "GET", "/login/oidc/callback?error=access_denied&state="+u.Query().Get("state"), "", "Cookie", cookies(begun)); w.Code != 403 || !strings.Contains(w.Body.String(), "access_denied") {
		t.Errorf("a refusal of the provider: %d: %s", w.Code, w.Body)
	}
	p.Close()
	if w := send(t, behindProvider(t, p, Nobody), "GET", "/login/oidc", ""); w.Code != 502 || !strings.Contains(w.Body.String(), "cannot be asked") {
		t.Errorf("without the provider: %d: %s", w.Code, w.Body)
	}
}
