package web

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	sessionLasts = 12 * time.Hour
	sessionName  = "workmix_session"
	triesAtMost  = 10 // wrong tokens from one address
	triesWithin  = time.Minute
)

// login lets those in who know a token: with it in Authorization (programs), or by a form and a cookie (people); or whom
// an OpenID provider vouches for.
type login struct {
	s       *server
	users   []User
	tickets *tickets
	oidc    *provider // nil: none
	tries   pace      // wrong tokens
}

func newLogin(s *server, users []User) *login {
	return &login{s: s, users: users, tries: pace{most: triesAtMost, within: triesWithin}}
}

// session is what the cookie of somebody who is logged in holds.
type session struct {
	Name string `json:"name"`
	// Vouched: the provider said who this is, so that somebody whom the configuration does not name has its usual role.
	Vouched bool `json:"vouched"`
}

// guard asks for the login before h, but for the login itself and what it needs to look like something.
func (l *login) guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/login" && r.Method == http.MethodGet:
			l.form(w, r, http.StatusOK, "")
			return
		case r.URL.Path == "/login" && r.Method == http.MethodPost:
			l.enter(w, r)
			return
		case r.URL.Path == "/logout" && r.Method == http.MethodPost:
			l.leave(w, r)
			return
		case r.URL.Path == "/login/oidc" && r.Method == http.MethodGet && l.oidc != nil:
			l.oidc.start(w, r)
			return
		case r.URL.Path == "/login/oidc/callback" && r.Method == http.MethodGet && l.oidc != nil:
			l.oidc.finish(w, r)
			return
		case strings.HasPrefix(r.URL.Path, "/assets/"):
			h.ServeHTTP(w, r)
			return
		}
		if u := l.known(r); u != nil {
			h.ServeHTTP(w, withUser(r, u))
			return
		}
		l.turnAway(w, r)
	})
}

// turnAway answers somebody who is not logged in.
func (l *login) turnAway(w http.ResponseWriter, r *http.Request) {
	switch {
	case l.tooMany(w, r):
		l.s.fail(w, r, http.StatusTooManyRequests, errTries)
	case r.Header.Get("Authorization") != "":
		l.wrong(r)
		w.Header().Set("WWW-Authenticate", "Bearer")
		l.s.fail(w, r, http.StatusUnauthorized, errors.New("the token in Authorization is none of this server's: send Authorization: Bearer and the token"))
	case strings.HasPrefix(r.URL.Path, "/api/"):
		w.Header().Set("WWW-Authenticate", "Bearer")
		l.s.fail(w, r, http.StatusUnauthorized, errors.New("the API wants a token: send Authorization: Bearer and the token"))
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		http.Redirect(w, r, "/login?to="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
	default:
		l.s.fail(w, r, http.StatusUnauthorized, errors.New("log in first: /login"))
	}
}

var errTries = errors.New("too many wrong tokens came from this address: wait a minute")

// known is who sent a request with a token or a session's cookie; nil: nobody whom we know.
func (l *login) known(r *http.Request) *User {
	if given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		if l.tries.wait(address(r), time.Now()) > 0 {
			return nil
		}
		return byToken(l.users, given)
	}
	var in session
	if !l.tickets.read(r, sessionName, &in) {
		return nil
	}
	if u := byName(l.users, in.Name); u != nil {
		return u
	}
	if in.Vouched && l.oidc != nil && l.oidc.o.Role > Nobody {
		return &User{Name: in.Name, Role: l.oidc.o.Role}
	}
	return nil
}

// enter checks a token that came by the form.
func (l *login) enter(w http.ResponseWriter, r *http.Request) {
	if l.tooMany(w, r) {
		l.form(w, r, http.StatusTooManyRequests, errTries.Error())
		return
	}
	u := byToken(l.users, r.PostFormValue("token"))
	if u == nil {
		l.wrong(r)
		l.form(w, r, http.StatusUnauthorized, "That is not the token of this server or of one of its users.")
		return
	}
	l.admit(w, r, session{Name: u.Name}, r.PostFormValue("to"))
}

// admit begins a session and goes on to where somebody wanted to go.
func (l *login) admit(w http.ResponseWriter, r *http.Request, in session, to string) {
	if err := l.tickets.give(w, r, sessionName, in, sessionLasts); err != nil {
		l.s.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	http.Redirect(w, r, ours(to), http.StatusSeeOther)
}

func (l *login) leave(w http.ResponseWriter, r *http.Request) {
	if err := l.tickets.give(w, r, sessionName, nil, 0); err != nil {
		l.s.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// ours is an address of our own pages; what is not becomes the first page.
func ours(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}

// loginPage is what the form shows.
type loginPage struct {
	To, Error string
	Token     bool // somebody has one
	Provider  string
}

func (l *login) form(w http.ResponseWriter, r *http.Request, status int, problem string) {
	v := loginPage{To: ours(r.FormValue("to")), Error: problem}
	for i := range l.users {
		v.Token = v.Token || l.users[i].Token != ""
	}
	if l.oidc != nil {
		v.Provider = l.oidc.host()
	}
	l.s.render(w, r, status, "login", "Log in", "", v)
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return network(host)
}

// tooMany tells whether too many wrong tokens came from an address; the answer then says when to try again.
func (l *login) tooMany(w http.ResponseWriter, r *http.Request) bool {
	left := l.tries.wait(address(r), time.Now())
	if left > 0 {
		later(w, left)
	}
	return left > 0
}

// wrong remembers a wrong token.
func (l *login) wrong(r *http.Request) { l.tries.take(address(r), time.Now()) }
