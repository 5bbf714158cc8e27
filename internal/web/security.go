package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// maxBody is the size of the largest request that is read.
const maxBody = 1 << 20

type nonceKey struct{}

// nonce is the request's, which allows the editor's style sheet.
func nonce(ctx context.Context) string {
	s, _ := ctx.Value(nonceKey{}).(string)
	return s
}

// protect refuses requests that a page of another site could have caused, and gives every answer headers that forbid
// requests to another host and framing by one.
func (s *server) protect(h http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection() // by Sec-Fetch-Site and Origin
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, http.StatusForbidden, errors.New("the request came from a page of another site: send it from this one"))
	}))
	h = cross.Handler(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := rand.Text()
		r = r.WithContext(context.WithValue(r.Context(), nonceKey{}, n))
		head := w.Header()
		head.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-"+n+"'; img-src 'self' data:; "+
			"connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("X-Frame-Options", "DENY")
		head.Set("Referrer-Policy", "same-origin")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		head.Set("Cache-Control", "no-store")
		if !hostAllowed(r.Host, s.o.Listen, s.o.Hosts...) {
			s.fail(w, r, http.StatusMisdirectedRequest, fmt.Errorf("the host %q is not this server's name: open it by the address that it listens on, or by localhost, or list the name in serve.hosts", r.Host))
			return
		}
		most := int64(maxBody)
		if s.isImport(r) {
			most = maxImport
		}
		if r.ContentLength > most && !s.isImport(r) { // which says itself what to do
			s.fail(w, r, http.StatusRequestEntityTooLarge, fmt.Errorf("the request is larger than %d bytes: send a shorter one", most))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		if err := readForm(r); err != nil {
			status := http.StatusBadRequest
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				status, err = http.StatusRequestEntityTooLarge, fmt.Errorf("the form is larger than %d bytes: send a shorter one", large.Limit)
			}
			s.fail(w, r, status, err)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// readForm reads a form that a page sent, whole or not at all: what takes its fields afterwards sees no error.
func readForm(r *http.Request) error {
	if r.Method != http.MethodPost || strings.HasPrefix(r.URL.Path, "/api/") {
		return nil
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && t == "multipart/form-data" {
		return errors.New("forms are taken as application/x-www-form-urlencoded, as the pages send them")
	}
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("the form cannot be read: %w", err)
	}
	return nil
}

// hostAllowed tells whether a request's Host can be ours. A site that lets its own name point to this machine, to get
// at what is served here, always has a name with a dot; so such a name must be the one that is listened on.
func hostAllowed(host, listen string, more ...string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	ours, _, err := net.SplitHostPort(listen)
	if err != nil {
		ours = listen
	}
	if slices.ContainsFunc(more, func(m string) bool { return strings.EqualFold(m, name) }) {
		return true
	}
	if name == "localhost" || name != "" && strings.EqualFold(name, ours) {
		return true
	}
	ip, err := netip.ParseAddr(name)
	if ours == "" || net.ParseIP(ours).IsUnspecified() { // every address of this machine
		return err == nil || name != "" && !strings.Contains(name, ".")
	}
	return err == nil && ip.IsLoopback() && (strings.EqualFold(ours, "localhost") || net.ParseIP(ours).IsLoopback())
}

// sameSite tells whether a request was made by one of our pages, or by a person's own typing, rather than by a page of
// another site.
func sameSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return true
	}
	return false
}
