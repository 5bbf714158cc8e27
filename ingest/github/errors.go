package github

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/google/go-github/v60/github"

	"github.com/workmix/workmix/ingest"
)

var (
	errNotModified = errors.New("not modified")
	errDeepPage    = errors.New("the page is too deep for a page number (422)")
)

// statusError is an answer that is no success, said in a sentence.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string { return e.text }

func status(err error) int {
	var s *statusError
	if errors.As(err, &s) {
		return s.status
	}
	return 0
}

// explain turns an error of go-github into a sentence that says what to do.
func (s *Source) explain(what string, err error) error {
	var r *http.Response
	var message string
	var (
		plain *github.ErrorResponse
		rate  *github.RateLimitError
		abuse *github.AbuseRateLimitError
	)
	switch {
	case errors.As(err, &plain):
		r, message = plain.Response, plain.Message
	case errors.As(err, &rate):
		r, message = rate.Response, rate.Message
	case errors.As(err, &abuse):
		r, message = abuse.Response, abuse.Message
	}
	if r == nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the operation is named by what
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	said := ""
	if message != "" {
		said = fmt.Sprintf(" (it said %q)", message)
	}
	e := func(format string, args ...any) error {
		return &statusError{r.StatusCode, what + ": " + fmt.Sprintf(format, args...)}
	}
	switch r.StatusCode {
	case http.StatusNotModified:
		return errNotModified
	case http.StatusUnauthorized:
		if s.o.App != nil {
			return ingest.SourceError{Err: e("%s does not accept the App's token%s, not even a new one: see the installation's settings for source %s", s.root.Host, said, s.o.Name)}
		}
		if s.o.Token == "" {
			return ingest.SourceError{Err: e("%s asks for a token%s: set token_env of source %s", s.root.Host, said, s.o.Name)}
		}
		return ingest.SourceError{Err: e("%s does not accept the token%s: it is wrong, expired or revoked; put a valid one into the variable that token_env of source %s names", s.root.Host, said, s.o.Name)}
	case http.StatusForbidden:
		if s.o.App != nil {
			return e("%s refuses%s: the App lacks a permission; it needs read access to issues, pull requests and metadata, and the organisation has to accept a change of them", s.root.Host, said)
		}
		hint := "the token lacks a permission; it needs read access to issues, pull requests and metadata"
		if have, ok := r.Header["X-Oauth-Scopes"]; ok {
			hint = fmt.Sprintf("the token has the scopes %q, private repositories need repo", have)
		}
		if r.Header.Get("X-GitHub-SSO") != "" {
			hint = "the token is not authorised for the organisation's single sign-on"
		}
		return e("%s refuses%s: %s", s.root.Host, said, hint)
	case http.StatusNotFound:
		return e("not found or not visible to this token%s", said)
	case http.StatusGone:
		return e("gone%s", said)
	case http.StatusUnprocessableEntity:
		return fmt.Errorf("%s: %w%s", what, errDeepPage, said)
	}
	return e("%s answered %d%s", s.root.Host, r.StatusCode, said)
}
