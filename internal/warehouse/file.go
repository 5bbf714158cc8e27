package warehouse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// thrown is how a refusal begins that the server sends as text.
var thrown = regexp.MustCompile(`Code: (\d+)\.\s*(.*)`)

// Parquet writes the rows of a statement to w as a Parquet file that ClickHouse makes. Parameters are those of [DB.Query]. An
// error leaves w with a beginning that no reader of Parquet accepts.
func (db *DB) Parquet(ctx context.Context, w io.Writer, sql string, params map[string]string) error {
	args := url.Values{"database": {db.database}}
	for name, value := range bound(sql, params) {
		args.Set("param_"+name, value)
	}
	// The line break ends a comment at the end of the statement.
	text := strings.TrimRight(sql, "; \t\r\n") + "\nFORMAT Parquet"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, db.address+"/?"+args.Encode(), strings.NewReader(text))
	if err != nil {
		return err
	}
	if db.options.Auth.Username != "" {
		req.Header.Set("X-ClickHouse-User", db.options.Auth.Username)
	}
	if db.options.Auth.Password != "" {
		req.Header.Set("X-ClickHouse-Key", db.options.Auth.Password)
	}
	transport := &http.Transport{TLSClientConfig: db.options.TLS, ResponseHeaderTimeout: idleTimeout, DisableCompression: true}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return db.wrap(ctx, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
		return db.wrap(ctx, refusal(answer.StatusCode, b))
	}
	var last ending
	if _, err := io.Copy(io.MultiWriter(w, &last), answer.Body); err != nil {
		return db.wrap(ctx, err)
	}
	// A server that fails half-way has said 200 already, and ends with its reason instead of the file's last bytes.
	if !bytes.HasSuffix(last.b, []byte("PAR1")) {
		return db.wrap(ctx, refusal(answer.StatusCode, last.b))
	}
	return nil
}

// refusal is the error that a server's text tells.
func refusal(status int, text []byte) error {
	m := thrown.FindSubmatch(text)
	if m == nil {
		return fmt.Errorf("HTTP status %d without ClickHouse's error code: %w", status, io.ErrUnexpectedEOF)
	}
	code, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return errors.Join(io.ErrUnexpectedEOF, err)
	}
	return &Error{Code: code, Message: clean(string(m[2]))}
}

// ending keeps the last 64 KiB that are written to it.
type ending struct{ b []byte }

func (e *ending) Write(p []byte) (int, error) {
	const most = 64 << 10
	e.b = append(e.b, p...)
	if len(e.b) > 2*most {
		e.b = append(e.b[:0], e.b[len(e.b)-most:]...)
	}
	return len(p), nil
}
