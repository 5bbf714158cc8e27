package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	sessionLasts = 12 * time.Hour
	sessionName  = "workmix_session"
	triesAtMost  = 10 // wrong tokens from one address
	triesWithin  = time.Minute
	addressesMax = 10_000 // of which tries are remembered
)

// login lets those in who know the token: with it in Authorization (programs), or by a form and a cookie (people). The
// cookie is signed by the token, so that a new token ends every session.
type login struct {
	s     *server
	token string
	mu    sync.Mutex
	tries map[string]*tries
}

type tries struct {
	n     int
	since time.Time
}

// guard asks for the login before h, but for the login itself and what it needs to look like something.
func (l *login) guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/login" && r.Method == http.MethodGet:
			l.form(w, r, http.StatusOK, "")
		case r.URL.Path == "/login" && r.Method == http.MethodPost:
			l.enter(w, r)
		case r.URL.Path == "/logout" && r.Method == http.MethodPost:
			http.SetCookie(w, l.cookie(r, "", -1))
			http.Redirect(w, r, "/login", http.StatusSeeOther)
		case strings.HasPrefix(r.URL.Path, "/assets/") || l.known(r):
			h.ServeHTTP(w, r)
		case l.tooMany(r):
			l.s.fail(w, r, http.StatusTooManyRequests, errTries)
		case r.Header.Get("Authorization") != "":
			l.wrong(r)
			w.Header().Set("WWW-Authenticate", "Bearer")
			l.s.fail(w, r, http.StatusUnauthorized, errors.New("the token in Authorization is not the one of this server: send Authorization: Bearer and the token"))
		case strings.HasPrefix(r.URL.Path, "/api/"):
			w.Header().Set("WWW-Authenticate", "Bearer")
			l.s.fail(w, r, http.StatusUnauthorized, errors.New("the API wants the token: send Authorization: Bearer and the token"))
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			http.Redirect(w, r, "/login?to="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		default:
			l.s.fail(w, r, http.StatusUnauthorized, errors.New("log in first: /login"))
		}
	})
}

var errTries = errors.New("too many wrong tokens came from this address: wait a minute")

// known tells whether a request bears the token or a session's cookie.
func (l *login) known(r *http.Request) bool {
	if given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return !l.tooMany(r) && l.right(given)
	}
	c, err := r.Cookie(sessionName)
	if err != nil {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(b) != 8+sha256.Size || !hmac.Equal(b[8:], l.sign(b[:8])) {
		return false
	}
	return time.Now().Before(time.Unix(int64(binary.BigEndian.Uint64(b)), 0)) //nolint:gosec // we wrote it
}

// right compares without telling by its time how much of the token is right.
func (l *login) right(given string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(l.token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

func (l *login) sign(b []byte) []byte {
	m := hmac.New(sha256.New, []byte("session of "+l.token))
	m.Write(b)
	return m.Sum(nil)
}

func (l *login) cookie(r *http.Request, value string, age int) *http.Cookie {
	secure := r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
	return &http.Cookie{Name: sessionName, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
}

// enter checks a token that came by the form.
func (l *login) enter(w http.ResponseWriter, r *http.Request) {
	if l.tooMany(r) {
		l.form(w, r, http.StatusTooManyRequests, errTries.Error())
		return
	}
	if !l.right(r.PostFormValue("token")) {
		l.wrong(r)
		l.form(w, r, http.StatusUnauthorized, "That is not the token of this server.")
		return
	}
	b := binary.BigEndian.AppendUint64(nil, uint64(time.Now().Add(sessionLasts).Unix())) //nolint:gosec // after 1970
	http.SetCookie(w, l.cookie(r, base64.RawURLEncoding.EncodeToString(append(b, l.sign(b)...)), int(sessionLasts.Seconds())))
	http.Redirect(w, r, ours(r.PostFormValue("to")), http.StatusSeeOther)
}

// ours is an address of our own pages; what is not becomes the first page.
func ours(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}

func (l *login) form(w http.ResponseWriter, r *http.Request, status int, problem string) {
	to := r.FormValue("to")
	l.s.render(w, r, status, "login", "Log in", "", map[string]string{"To": ours(to), "Error": problem})
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func (l *login) tooMany(r *http.Request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tries[address(r)]
	return t != nil && t.n >= triesAtMost && time.Since(t.since) < triesWithin
}

// wrong remembers a wrong token.
func (l *login) wrong(r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tries == nil || len(l.tries) >= addressesMax {
		l.tries = map[string]*tries{}
	}
	t := l.tries[address(r)]
	if t == nil || time.Since(t.since) >= triesWithin {
		t = &tries{since: time.Now()}
		l.tries[address(r)] = t
	}
	t.n++
}
