package simulate

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// App is a GitHub App that is installed at the simulated GitHub. Where [Options] name one, installation tokens
// are the way in, beside Options.Token.
type App struct {
	ID, Installation int64
	Key              *rsa.PublicKey
	Lifetime         time.Duration // of a token; 0: an hour, as GitHub's
	Suspended        bool
}

// appTokens are the tokens given to an App's installation.
type appTokens struct {
	mu     sync.Mutex
	expiry map[string]time.Time
	given  int
}

func (a *appTokens) valid(token string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.expiry[token].After(now)
}

// accessTokens is POST /app/installations/{installation}/access_tokens: a token for a good JWT.
func (g *github) accessTokens(r *http.Request) answer {
	app, now := g.opt.App, g.opt.now()
	if app == nil {
		return notFound()
	}
	if why := app.check(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), now); why != "" {
		return answer{status: http.StatusUnauthorized, message: why}
	}
	if r.PathValue("installation") != strconv.FormatInt(app.Installation, 10) {
		return notFound()
	}
	if app.Suspended {
		return answer{status: http.StatusForbidden, message: "This installation has been suspended"}
	}
	lifetime := app.Lifetime
	if lifetime == 0 {
		lifetime = time.Hour
	}
	g.tokens.mu.Lock()
	defer g.tokens.mu.Unlock()
	g.tokens.given++
	token, expires := fmt.Sprintf("ghs_simulated%04d", g.tokens.given), now.Add(lifetime).UTC().Truncate(time.Second)
	if g.tokens.expiry == nil {
		g.tokens.expiry = map[string]time.Time{}
	}
	g.tokens.expiry[token] = expires
	return answer{status: http.StatusCreated, value: Object{
		"token": token, "expires_at": expires.Format(githubTime), "repository_selection": "all",
		"permissions": Object{"issues": "read", "metadata": "read", "pull_requests": "read"},
	}}
}

// check says what is wrong with a JWT, in GitHub's words, or nothing.
func (a *App) check(jwt string, now time.Time) string {
	const bad = "A JSON web token could not be decoded"
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return bad
	}
	var decoded [3][]byte
	for i, p := range parts {
		b, err := base64.RawURLEncoding.DecodeString(p)
		if err != nil {
			return bad
		}
		decoded[i] = b
	}
	var header struct{ Alg string }
	var claims struct {
		Iat, Exp int64
		Iss      any
	}
	if json.Unmarshal(decoded[0], &header) != nil || json.Unmarshal(decoded[1], &claims) != nil || header.Alg != "RS256" {
		return bad
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(a.Key, crypto.SHA256, sum[:], decoded[2]) != nil {
		return bad
	}
	switch {
	case fmt.Sprint(claims.Iss) != strconv.FormatInt(a.ID, 10):
		return "Integration not found"
	case time.Unix(claims.Exp, 0).Before(now):
		return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
	case claims.Exp-claims.Iat > 600:
		return "'Expiration time' claim ('exp') is too far in the future"
	case time.Unix(claims.Iat, 0).After(now):
		return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
	}
	return ""
}
