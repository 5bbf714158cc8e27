package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Error is a refusal by the server: it was reached and did not do what was asked.
type Error struct {
	Code    int    // ClickHouse's error code
	Message string // one line, without the server's version and stack trace
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("ClickHouse: %s (code %d)", e.Message, e.Code) }

// The codes that a caller or this package tells apart.
const (
	codeUnknownDatabase = 81
	codeUnknownTable    = 60
	codeNoSuchColumn    = 16
	codeReadonly        = 164
	codeTimeout         = 159
	codeMemory          = 241
	codeThrown          = 395
	codeDenied          = 497
	codeAuthentication  = 516
)

// Refused says that the server will never take these rows, whatever is tried, because of the values in them. Errors
// of the schema, of rights or of resources are not meant: they go away when someone mends them.
func (e *Error) Refused() bool {
	switch e.Code {
	case 6, // CANNOT_PARSE_TEXT
		26, 27, 38, 41, 72, // CANNOT_PARSE_ quoted string, input, date, datetime, number
		69,  // ARGUMENT_OUT_OF_BOUND
		117, // INCORRECT_DATA
		128, // TOO_LARGE_ARRAY_SIZE
		131, // TOO_LARGE_STRING_SIZE
		321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
		349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
		407, // DECIMAL_OVERFLOW
		469, // VIOLATED_CONSTRAINT
		691: // UNKNOWN_ELEMENT_OF_ENUM
		return true
	}
	return false
}

// TooLarge says that the server ran out of memory on the statement: fewer rows at once may pass.
func (e *Error) TooLarge() bool { return e.Code == codeMemory }

// Denied says that the account lacks the right.
func (e *Error) Denied() bool { return e.Code == codeDenied }

// Unreachable is a failure to get an answer from the server.
type Unreachable struct {
	Address string
	Err     error
}

// Error implements error.
func (e *Unreachable) Error() string {
	if errors.Is(e.Err, context.DeadlineExceeded) {
		return fmt.Sprintf("ClickHouse at %s did not answer in time: the statement is too slow for its limit, or the server hangs", e.Address)
	}
	return fmt.Sprintf("ClickHouse at %s does not answer: %v: check that it runs and that clickhouse.url names it", e.Address, e.Err)
}

// Unwrap returns the cause.
func (e *Unreachable) Unwrap() error { return e.Err }

// An http failure's text would repeat the whole URL, query and all.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// wrap makes an error of this package from the driver's. ctx is the operation's.
func (db *DB) wrap(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var ours *Error
	if errors.As(err, &ours) {
		return err
	}
	var ex *clickhouse.Exception
	if errors.As(err, &ex) {
		e := &Error{Code: int(ex.Code), Message: clean(ex.Message)}
		switch e.Code {
		case codeThrown: // a sentence of the statement's or a view's own
			e.Message, _, _ = strings.Cut(e.Message, ": while executing")
		case codeUnknownDatabase:
			e.Message = fmt.Sprintf("there is no database %s at %s: run `workmix migrate up`", db.database, db.address)
		case codeAuthentication, 192, 193, 194: // unknown user, wrong or missing password
			e.Message = fmt.Sprintf("%s does not let user %s in: check the user and the password that the configuration names", db.address, db.options.Auth.Username)
		}
		return e
	}
	if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ctx.Err() // the caller gave up
	}
	var h *clickhouse.HTTPError
	if errors.As(err, &h) && (h.StatusCode == 401 || h.StatusCode == 403) {
		return &Error{Code: codeAuthentication, Message: fmt.Sprintf("%s refuses with HTTP status %d: check the user and the password that the configuration names", db.address, h.StatusCode)}
	}
	if errors.As(err, &h) {
		return &Unreachable{db.address, fmt.Errorf("HTTP status %d without ClickHouse's error code", h.StatusCode)}
	}
	var n net.Error
	switch {
	case errors.Is(err, clickhouse.ErrAcquireConnTimeout) && db.conn.Stats().Open >= maxConnections:
		return &Unreachable{db.address, fmt.Errorf("all %d connections are in use", maxConnections)}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, clickhouse.ErrAcquireConnTimeout), errors.As(err, &n) && n.Timeout():
		return &Unreachable{db.address, context.DeadlineExceeded}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Unreachable{db.address, errors.New("the connection broke")}
	case errors.As(err, &n):
		return &Unreachable{db.address, cause(err)}
	}
	return fmt.Errorf("ClickHouse at %s: %w", db.address, cause(err))
}

// tail is what the server appends to a message: its version, and the code's name, which the code says already.
var tail = regexp.MustCompile(`\s*(\([A-Z][A-Z0-9_]+\)\s*)?\(version [^()]*(\([^()]*\))?\)\s*$`)

// clean returns the first line of a server's message, in plain words.
func clean(s string) string {
	if i := strings.Index(s, "Stack trace"); i >= 0 {
		s = s[:i]
	}
	s = strings.TrimSpace(s)
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	s = strings.TrimRight(tail.ReplaceAllString(s, ""), " .,:")
	for _, prefix := range []string{"DB::Exception: ", "Exception: "} {
		s = strings.TrimPrefix(s, prefix)
	}
	const most = 1000
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return s
}
