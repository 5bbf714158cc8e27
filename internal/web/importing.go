package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxImport is the size of the largest request that brings items.
const maxImport = 10 << 20

const importPath = "/api/v1/items"

// Import is where items go that a program hands over.
type Import struct {
	// Token is what the program must know; it is not the one of the pages.
	Token string
	// Line is the JSON Schema of one item.
	Line map[string]any
	// Do writes the lines and returns once they are durable. Its error is a [*BadLines] where lines are not sound, and a
	// [*BadQuestion] where the rest of the request is not: nothing was written then.
	Do func(context.Context, Lines) (Imported, error)
}

// Form is how lines are written.
type Form int

// The forms.
const (
	JSONLines Form = iota
	JSONList
	CSV
)

// Lines is what a program hands over.
type Lines struct {
	Source string // empty: the usual one
	Form   Form
	DryRun bool // check only
	Body   []byte
}

// Imported says what became of it.
type Imported struct {
	Lines     int `json:"lines"`
	Items     int `json:"items"`     // that the lines are about
	Written   int `json:"written"`   // of these, new in the log or with something new
	Unchanged int `json:"unchanged"` // of these, in the log already
	Oversize  int `json:"oversize"`  // of these, too large for the log
}

// Problem is what is wrong with a line.
type Problem struct {
	Line  int    `json:"line"`
	Field string `json:"field,omitempty"`
	Text  string `json:"problem"`
}

// BadLines is an error that the lines caused.
type BadLines struct {
	Err      error
	Problems []Problem // the first of them
}

// Error implements error.
func (e *BadLines) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *BadLines) Unwrap() error { return e.Err }

// isImport tells the one request that writes, which has a token and a size of its own.
func (s *server) isImport(r *http.Request) bool {
	return s.o.Import != nil && r.Method == http.MethodPost && r.URL.Path == importPath
}

// importing serves the request that brings items, and leaves the others to h.
func (s *server) importing(h http.Handler) http.Handler {
	if s.o.Import == nil {
		return h
	}
	l := newLogin(s, []User{{Name: "import", Token: s.o.Import.Token}})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.isImport(r) {
			h.ServeHTTP(w, r)
			return
		}
		given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		switch {
		case ok && byToken(l.users, given) != nil: // also from an address that others tried from, as behind a proxy
			s.apiImport(w, r)
		case l.tooMany(w, r):
			writeError(w, http.StatusTooManyRequests, errTries)
		default:
			if ok {
				l.wrong(r)
			}
			w.Header().Set("WWW-Authenticate", "Bearer")
			writeError(w, http.StatusUnauthorized, errors.New("items are taken from who knows the token of serve.api_token_env: send Authorization: Bearer and the token"))
		}
	})
}

func (s *server) apiImport(w http.ResponseWriter, r *http.Request) {
	form, err := formOf(r.Header.Get("Content-Type"))
	if err != nil {
		writeError(w, http.StatusUnsupportedMediaType, err)
		return
	}
	for name := range r.URL.Query() {
		if name != "source" && name != "dry_run" {
			writeError(w, http.StatusBadRequest, fmt.Errorf("there is no parameter %.60q: source and dry_run are those there are", name))
			return
		}
	}
	// Whoever wants a check alone must not find that the items were taken.
	dry, err := dryRun(r.URL.Query()["dry_run"])
	if err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	body, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		writeError(w, http.StatusRequestEntityTooLarge, fmt.Errorf("the request is larger than %d bytes: send the items in several", large.Limit))
		return
	case err != nil:
		writeError(w, http.StatusBadRequest, fmt.Errorf("the request did not arrive whole: %w", err))
		return
	}
	if form == JSONList { // one object is a list of one
		if text := bytes.TrimSpace(body); len(text) > 0 && text[0] == '{' {
			body = append(append([]byte("["), text...), ']')
		}
	}
	done, err := s.o.Import.Do(r.Context(), Lines{Source: r.URL.Query().Get("source"), Form: form, DryRun: dry, Body: body})
	var bad *BadLines
	switch {
	case errors.As(err, &bad):
		writeJSON(w, http.StatusBadRequest, object{"error": bad.Error(), "problems": bad.Problems})
	case errors.As(err, new(*BadQuestion)):
		writeError(w, http.StatusBadRequest, err)
	case err != nil: // the log did not take all of it
		writeError(w, http.StatusServiceUnavailable, fmt.Errorf("%w: send it again, what is there already is not written twice", err))
	default:
		writeJSON(w, http.StatusOK, done)
	}
}

// dryRun reads the parameter dry_run, of which there is one at most.
func dryRun(given []string) (bool, error) {
	switch {
	case len(given) == 0, len(given) == 1 && given[0] == "false":
		return false, nil
	case len(given) == 1 && given[0] == "true":
		return true, nil
	}
	return false, fmt.Errorf("parameter dry_run: %.60q is neither true nor false", strings.Join(given, ","))
}

// formOf tells the form by the request's type.
func formOf(contentType string) (Form, error) {
	t, _, err := mime.ParseMediaType(contentType)
	if err == nil {
		switch t {
		case "application/json":
			return JSONList, nil
		case "application/x-ndjson", "application/jsonl", "application/x-jsonlines":
			return JSONLines, nil
		case "text/csv":
			return CSV, nil
		}
	}
	return 0, errors.New("send items as application/json (an object, or a list of them), application/x-ndjson (an object a line) or text/csv")
}
