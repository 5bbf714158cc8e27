package clickhouse

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	parallel   = 32               // statements at a time; more wait
	queueFor   = 10 * time.Second // and no longer than this
	firstBytes = 1 << 20          // of a body in which the SQL before an INSERT's data must end
	mostSQL    = 64 << 20         // of a statement without separate data
	drain      = 64 << 20         // of a body that nobody wants any more, so that its sender reads the answer
)

// handler speaks the ClickHouse HTTP protocol.
type handler struct {
	e        *engine
	o        *Options
	slots    chan struct{}
	sessions sessions
}

func newHandler(e *engine, o *Options) *handler {
	return &handler{e: e, o: o, slots: make(chan struct{}, parallel)}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !local(r.Host):
		http.Error(w, fmt.Sprintf("this server answers to localhost and loopback addresses only, not to %q", r.Host), http.StatusForbidden)
		return
	case r.URL.Path == "/ping", r.URL.Path == "/replicas_status":
		w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
		_, _ = io.WriteString(w, "Ok.\n")
		return
	case r.URL.Path != "/" && r.URL.Path != "/query":
		http.Error(w, fmt.Sprintf("there is nothing at %s: send statements to /", r.URL.Path), http.StatusNotFound)
		return
	}
	args, err := url.ParseQuery(r.URL.RawQuery)
	out := newOutput(w, r, args)
	if err == nil && r.Method == http.MethodGet && args.Get("query") == "" {
		_, _ = io.WriteString(w, "Ok.\n")
		return
	}
	if err != nil {
		err = exceptionf(codeBadArguments, "The URL's arguments cannot be read: %v", err)
	} else {
		err = h.serve(out, r, args)
	}
	if err != nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, drain))
		out.fail(err)
		return
	}
	out.finish()
}

// serve runs a request's statement.
func (h *handler) serve(out *output, r *http.Request, args url.Values) error {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return exceptionf(codeNotImplemented, "The method %s is not known: use POST", r.Method)
	}
	who, err := h.login(r, args)
	if err != nil {
		return err
	}
	if t, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); t == "multipart/form-data" {
		return exceptionf(codeNotImplemented, "External tables (multipart/form-data) are not supported by the embedded engine: use a temporary table with a session_id")
	}
	st, data, err := h.statement(r, args)
	if err != nil {
		return err
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-time.After(queueFor):
		return exceptionf(codeTooMany, "%d statements are running already, try again later", parallel)
	case <-r.Context().Done():
		return r.Context().Err()
	}
	q := &query{h: h, out: out, args: args, who: who, st: st, data: data, get: r.Method == http.MethodGet}
	q.database = first(args.Get("database"), r.Header.Get("X-ClickHouse-Database"), h.o.Database)
	out.format = first(st.format, r.Header.Get("X-ClickHouse-Format"), args.Get("default_format"), "TabSeparated")
	return q.run(r.Context())
}

// statement reads a request's SQL, from the URL, the body or both, and what of it is an INSERT's data.
func (h *handler) statement(r *http.Request, args url.Values) (statement, io.Reader, error) {
	body, err := decoded(r, args)
	if err != nil {
		return statement{}, nil, err
	}
	sql := args.Get("query")
	if st := read(sql); st.settled {
		return st, io.MultiReader(strings.NewReader(sql[st.data:]), body), nil
	}
	if sql != "" {
		sql += "\n"
	}
	head, err := io.ReadAll(io.LimitReader(body, firstBytes))
	if err != nil {
		return statement{}, nil, fmt.Errorf("the body breaks off: %w", err)
	}
	ended := len(head) < firstBytes
	text := sql + string(head)
	st := read(text)
	switch {
	case st.settled && st.format == "Values" && ended:
		// The engine's parser takes bound parameters among the values.
		return statement{text: text, first: st.first, data: -1}, nil, nil
	case st.settled:
		return st, io.MultiReader(strings.NewReader(text[st.data:]), body), nil
	case !ended:
		rest, err := io.ReadAll(io.LimitReader(body, mostSQL+1))
		if err != nil {
			return statement{}, nil, fmt.Errorf("the body breaks off: %w", err)
		}
		if len(rest) > mostSQL {
			return statement{}, nil, exceptionf(codeTooLarge, "The statement is longer than %d MiB", mostSQL>>20)
		}
		st = read(text + string(rest))
	}
	if strings.TrimSpace(st.text) == "" {
		return st, nil, exceptionf(codeSyntax, "Syntax error: Empty query")
	}
	return st, nil, nil
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// watch stops a statement when its client goes away; the returned function ends the watch.
func (h *handler) watch(ctx context.Context, mark string) func() {
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		for {
			h.e.kill(mark)
			select {
			case <-done:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return func() { close(done) }
}
