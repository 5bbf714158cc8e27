package clickhouse

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net/url"
	"strings"
)

// query is one statement on its way through the engine.
type query struct {
	h        *handler
	out      *output
	args     url.Values
	who      role
	st       statement
	data     io.Reader // of an INSERT; nil: none apart from the text
	database string
	get      bool // by GET, which changes nothing
}

// greeting is what clickhouse-go asks when it connects.
const greeting = "SELECT displayName(), version(), revision(), timezone()"

func (q *query) run(ctx context.Context) (err error) {
	if q.who.readonly() {
		if d := strings.ToLower(q.database); d == "system" || d == "default" || q.who == reader && d == strings.ToLower(q.h.o.Private) && d != "" {
			return exceptionf(codeAccess, "The database %s is refused to a reader", q.database)
		}
	}
	settings, err := settingsOf(q.args, q.who.readonly(), q.h.o.Limits)
	if err != nil {
		return err
	}
	mark := rand.Text()
	settings = append([]setting{{"log_comment", mark}}, settings...)
	if q.st.settled && !q.st.set && q.who == writer && q.args.Get("session_id") == "" {
		return q.insert(ctx, mark, settings)
	}
	c, release, err := q.connection(settings)
	if err != nil {
		return err
	}
	defer func() { release(err) }()
	if err := q.permit(c); err != nil {
		return err
	}
	if err := c.apply(settings); err != nil {
		return err
	}
	defer q.h.watch(ctx, mark)()
	p := &params{}
	for name, v := range q.args {
		if n, ok := strings.CutPrefix(name, "param_"); ok && len(v) > 0 {
			p.add(n, v[0])
		}
	}
	switch {
	case q.st.settled:
		q.out.format = ""
		q.out.written, err = c.insertFrom(q.st.text, q.st.format, q.data)
		return err
	case strings.TrimSpace(q.st.text) == greeting && q.out.format == "Native":
		return q.greet(c)
	}
	return q.results(c, p)
}

// insert runs an INSERT with data on a connection that was used before. Its settings stand in the statement, so that
// the connection keeps none.
func (q *query) insert(ctx context.Context, mark string, settings []setting) error {
	c, err := q.h.e.take(q.database)
	if err != nil {
		return err
	}
	if err = q.permit(c); err == nil {
		stop := q.h.watch(ctx, mark)
		q.out.format = ""
		q.out.written, err = c.insertFrom(q.st.text+"\nSETTINGS "+assignments(settings), q.st.format, q.data)
		stop()
	}
	if err != nil { // what the failed statement left in the connection would come out with the next one
		c.close()
		return err
	}
	q.h.e.idle.give(q.database, c)
	return nil
}

// connection gives the statement a connection of its own, or its session's, in its database.
func (q *query) connection(settings []setting) (*conn, func(error), error) {
	id := q.args.Get("session_id")
	// A reader can put nothing into a session, and its connection is locked to readonly.
	if id == "" || q.who.readonly() {
		c, err := q.h.e.openIn(q.database)
		if err != nil {
			return nil, nil, err
		}
		return c, func(error) { c.close() }, nil
	}
	c, err := q.h.sessions.take(id, q.args, q.h.e.open)
	if err != nil {
		return nil, nil, err
	}
	release := func(err error) {
		keep := c.reset(settings) == nil
		if err != nil { // what the failed statement left in the connection comes out with the next one
			keep = c.exec("SELECT 1") == nil && keep
		}
		q.h.sessions.give(id, q.args, keep)
	}
	if c.fresh || q.args.Get("database") != "" {
		c.fresh = false
		if err := c.exec("USE " + quoteName(q.database)); err != nil {
			release(err)
			return nil, nil, err
		}
	}
	return c, release, nil
}

// permit refuses what the user must not run. It runs before the settings, on the engine's plain parser.
func (q *query) permit(c *conn) error {
	text := q.st.text
	if q.st.settled {
		text += " FORMAT " + q.st.format
	}
	if q.st.file {
		return exceptionf(codeNotImplemented, "INTO OUTFILE and FROM INFILE do not work over HTTP: the client writes and reads the file")
	}
	a, err := c.inspect(text)
	if err != nil {
		return err
	}
	if a.statements > 1 {
		return exceptionf(codeSyntax, "Syntax error: Multi-statements are not allowed: send one statement at a time")
	}
	if q.get && a.class != classReadOnly && a.class != classUnknown {
		return exceptionf(codeReadonly, "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries")
	}
	if !q.who.readonly() {
		return nil
	}
	if a.class == classUnknown { // it does not parse: the engine says why
		_, err := c.canonical(text)
		if err == nil {
			err = exceptionf(codeSyntax, "Syntax error")
		}
		return err
	}
	if a.class != classReadOnly {
		return exceptionf(codeReadonly, "Cannot execute query in readonly mode: this user may only read")
	}
	canonical, err := c.canonical(text)
	if err != nil {
		return err
	}
	private := ""
	if q.who == reader {
		private = q.h.o.Private
	}
	return q.h.e.guard(canonical, private)
}

// greet answers clickhouse-go's first question with the revision 0, so that it reads plain Native ever after,
// which is what the engine writes. The answer itself comes in the revision that the client asks in.
func (q *query) greet(c *conn) error {
	b, _, err := c.run("SELECT version(), timezone()", "TSVRaw", &params{})
	if err != nil {
		return err
	}
	version, timezone, _ := strings.Cut(strings.TrimSpace(string(b)), "\t")
	_, err = q.out.Write(greetingBlock(q.args.Get("client_protocol_version"), displayName, version, timezone))
	return err
}

// results runs a statement and writes its output.
func (q *query) results(c *conn, p *params) error {
	header, ok := streams(q.out.format)
	switch q.st.first {
	case "SELECT", "WITH", "FROM":
	default:
		ok = false
	}
	if q.st.whole || !ok || q.args.Get("extremes") == "1" || q.args.Get("output_format_json_array_of_rows") == "1" ||
		strings.Contains(q.st.text, "output_format_json_array_of_rows") || strings.Contains(q.st.text, "extremes") {
		return q.all(c, p)
	}
	var head []byte
	empty := true
	err := c.each(q.st.text, q.out.format, p, func(chunk []byte) error {
		if header > 0 {
			if empty {
				head = bytes.Clone(chunk[:lines(chunk, header, strings.HasPrefix(q.out.format, "CSV"))])
			} else {
				chunk = bytes.TrimPrefix(chunk, head)
			}
		}
		empty = false
		_, err := q.out.Write(chunk)
		return err
	})
	if err == nil && empty && header > 0 {
		return q.all(c, p) // a stream without rows is a stream without a header
	}
	return err
}

func (q *query) all(c *conn, p *params) error {
	b, written, err := c.run(q.st.text, q.out.format, p)
	if err != nil {
		return err
	}
	q.out.written = written
	_, err = q.out.Write(b)
	return err
}
