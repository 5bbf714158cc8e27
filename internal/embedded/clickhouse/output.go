package clickhouse

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	holdBytes = 256 << 10 // of output before the status is sent: an error until then gets its own status
	waitBytes = 512 << 20 // of output that wait_end_of_query may hold
)

// output writes a response. It holds back the first bytes, so that most failures still get their HTTP status;
// a later failure is written into the body as ClickHouse servers do and the connection is cut, so that no
// client takes the part for the whole.
type output struct {
	w       http.ResponseWriter
	r       *http.Request
	args    url.Values
	format  string
	id      string
	tag     string
	begun   time.Time
	held    []byte
	hold    int
	to      encoder // nil until the status is sent
	written uint64  // rows inserted
}

func newOutput(w http.ResponseWriter, r *http.Request, args url.Values) *output {
	o := &output{w: w, r: r, args: args, id: args.Get("query_id"), begun: time.Now(), hold: holdBytes}
	if o.id == "" {
		b := [16]byte{}
		_, _ = rand.Read(b[:])
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
		o.id = fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	}
	if on(args, "wait_end_of_query") {
		o.hold = waitBytes
	}
	h := w.Header()
	h.Set("X-ClickHouse-Query-Id", strings.Map(printable, o.id))
	h.Set("X-ClickHouse-Timezone", "UTC")
	h.Set("X-ClickHouse-Server-Display-Name", displayName)
	return o
}

const displayName = "workmix embedded"

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return '?'
	}
	return r
}

// Write takes a piece of the result.
func (o *output) Write(p []byte) (int, error) {
	if o.to == nil && len(o.held)+len(p) <= o.hold {
		o.held = append(o.held, p...)
		return len(p), nil
	}
	if o.to == nil {
		if on(o.args, "wait_end_of_query") {
			return 0, exceptionf(codeTooLarge, "The result is larger than the %d MiB that wait_end_of_query holds: ask without it", waitBytes>>20)
		}
		if err := o.begin(); err != nil {
			return 0, err
		}
	}
	return o.to.Write(p)
}

// begin sends the header and what was held.
func (o *output) begin() error {
	h := o.w.Header()
	o.tag = strings.ToLower(rand.Text()[:16])
	h.Set("X-ClickHouse-Exception-Tag", o.tag)
	if o.format != "" {
		h.Set("X-ClickHouse-Format", o.format)
	}
	h.Set("Content-Type", contentType(o.format))
	ns := time.Since(o.begun).Nanoseconds()
	h.Set("X-ClickHouse-Summary", fmt.Sprintf(`{"read_rows":"0","read_bytes":"0","written_rows":"%d","written_bytes":"0","total_rows_to_read":"0","result_rows":"%d","result_bytes":"%d","elapsed_ns":"%d"}`,
		o.written, o.written, len(o.held), ns))
	switch enc := encoding(o.r, o.args); {
	case on(o.args, "compress"):
		o.to = encodeNative(o.w, o.args)
	case enc != "":
		h.Set("Content-Encoding", enc)
		o.to = encode(o.w, enc)
	default:
		o.to = plain{o.w}
	}
	_, err := o.to.Write(o.held)
	o.held = nil
	return err
}

// finish ends a response that succeeded.
func (o *output) finish() {
	if o.to == nil {
		if len(o.held) == 0 {
			// An encoder would write an empty frame where clients expect nothing.
			o.args = url.Values{}
		}
		if o.begin() != nil {
			panic(http.ErrAbortHandler)
		}
	}
	if o.to.Close() != nil {
		panic(http.ErrAbortHandler)
	}
}

// fail ends a response that failed.
func (o *output) fail(err error) {
	text, code, status := describe(err)
	if o.to == nil {
		h := o.w.Header()
		h.Set("X-ClickHouse-Exception-Code", strconv.Itoa(code))
		h.Set("Content-Type", "text/plain; charset=UTF-8")
		if code == codeAuthentication && o.r.Header.Get("Authorization") == "" && status == http.StatusUnauthorized {
			h.Set("WWW-Authenticate", `Basic realm="ClickHouse"`)
		}
		o.w.WriteHeader(status)
		fmt.Fprintln(o.w, text)
		return
	}
	if len(text) > 12<<10 {
		text = text[:12<<10]
	}
	fmt.Fprintf(o.to, "\r\n__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n", o.tag, text, len(text)+1, o.tag)
	_ = o.to.Flush()
	_ = http.NewResponseController(o.w).Flush()
	panic(http.ErrAbortHandler)
}

// contentType is the media type of a format.
func contentType(format string) string {
	switch {
	case strings.HasPrefix(format, "TabSeparated"), strings.HasPrefix(format, "TSV"):
		return "text/tab-separated-values; charset=UTF-8"
	case strings.HasPrefix(format, "CSV"):
		return "text/csv; charset=UTF-8; header=" + map[bool]string{true: "present", false: "absent"}[strings.Contains(format, "WithNames")]
	case strings.Contains(format, "EachRow"), format == "JSONLines", format == "NDJSON":
		return "application/x-ndjson; charset=UTF-8"
	case strings.HasPrefix(format, "JSON"):
		return "application/json; charset=UTF-8"
	case strings.HasPrefix(format, "XML"):
		return "application/xml; charset=UTF-8"
	case strings.HasPrefix(format, "Native"), strings.HasPrefix(format, "RowBinary"), format == "Parquet",
		strings.HasPrefix(format, "Arrow"), format == "ORC", format == "Avro", format == "RawBLOB":
		return "application/octet-stream"
	}
	return "text/plain; charset=UTF-8"
}
