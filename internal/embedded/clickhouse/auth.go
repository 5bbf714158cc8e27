package clickhouse

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
)

// role is what the authenticated user may do.
type role int

// readonly says that the role may change nothing, and is guarded.
func (r role) readonly() bool { return r == reader || r == people }

const (
	nobody role = iota
	reader      // what is not private
	people      // everything
	writer
)

// login says who sends a request. Name and password come from the Authorization header, the X-ClickHouse
// headers, or the URL.
func (h *handler) login(r *http.Request, args url.Values) (role, error) {
	user, password, ok := r.BasicAuth()
	if !ok {
		user, password = r.Header.Get("X-ClickHouse-User"), r.Header.Get("X-ClickHouse-Key")
	}
	if user == "" && password == "" {
		user, password = args.Get("user"), args.Get("password")
	}
	who := nobody
	// Every account is compared in full, so that the time tells nothing.
	if matches(user, h.o.User)&matches(password, h.o.Password) == 1 {
		who = writer
	}
	if matches(user, h.o.Reader)&matches(password, h.o.ReaderPassword) == 1 && h.o.Reader != "" {
		who = reader
	}
	if matches(user, h.o.People)&matches(password, h.o.PeoplePassword) == 1 && h.o.People != "" {
		who = people
	}
	if who == nobody {
		if user == "" {
			user = "default"
		}
		return nobody, exceptionf(codeAuthentication, "%s: Authentication failed: password is incorrect, or there is no user with such name", user)
	}
	return who, nil
}

func matches(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}

// local reports whether a Host header names this machine's loopback. A page on another site that makes its
// name point here still sends its own name.
func local(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if host == "localhost" {
		return true
	}
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
