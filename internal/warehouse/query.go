package warehouse

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Column is a column of a result: its name, and its ClickHouse type.
type Column struct{ Name, Type string }

// Rows is a result, streamed as the server makes it: only a few blocks of it are held in memory.
type Rows struct {
	db      *DB
	ctx     context.Context
	cancel  context.CancelFunc
	rows    driver.Rows
	columns []Column
	dest    []any // pointers, read anew by each row
	err     error
}

// Query runs a statement that returns rows. What stands as {name:Type} in it is bound by the server from params:
// texts and numbers as they are, dates as text, arrays as ClickHouse literals (['a', 'b']), \N as NULL where the
// type is Nullable. The statement ends when ctx does. Close the rows.
func (db *DB) Query(ctx context.Context, sql string, params map[string]string, set map[string]any) (*Rows, error) {
	ctx, cancel := context.WithCancel(ctx)
	rows, err := db.conn.Query(settings(ctx, set, bound(sql, params)), sql)
	if err != nil {
		err = db.wrap(ctx, err)
		cancel()
		return nil, err
	}
	r := &Rows{db: db, ctx: ctx, cancel: cancel, rows: rows}
	for _, c := range rows.ColumnTypes() {
		r.columns = append(r.columns, Column{c.Name(), c.DatabaseTypeName()})
		r.dest = append(r.dest, reflect.New(c.ScanType()).Interface())
	}
	if len(r.columns) == 0 {
		if r.columns, err = db.describe(ctx, sql, params, set); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	return r, nil
}

// describe returns the columns of a query: over HTTP a server sends nothing at all for a result without rows. Of a
// statement that is no query there are none.
func (db *DB) describe(ctx context.Context, sql string, params map[string]string, set map[string]any) ([]Column, error) {
	// The line break ends a comment at the end of the query.
	sql = "DESCRIBE TABLE (" + strings.TrimRight(sql, "; \t\r\n") + "\n)"
	rows, err := db.conn.Query(settings(ctx, set, bound(sql, params)), sql)
	if err != nil {
		var refused *Error
		if err = db.wrap(ctx, err); errors.As(err, &refused) {
			return nil, nil
		}
		return nil, err
	}
	defer rows.Close()
	names := rows.Columns()
	if len(names) < 2 {
		return nil, nil
	}
	more := make([]any, len(names)-2) // default, comment and so on
	for i := range more {
		more[i] = new(string)
	}
	var out []Column
	for rows.Next() {
		var c Column
		if err := rows.Scan(append([]any{&c.Name, &c.Type}, more...)...); err != nil {
			return nil, db.wrap(ctx, err)
		}
		out = append(out, c)
	}
	return out, db.wrap(ctx, rows.Err())
}

// Columns returns the result's columns, whether it has rows or not; none for a statement that is no query.
func (r *Rows) Columns() []Column { return r.columns }

// Next returns the next row's values, or io.EOF after the last: numbers, bool, string, time.Time in the column's
// zone, nil for NULL, slices for arrays. An error in the middle of a result is an [*Error] like any other.
func (r *Rows) Next() ([]any, error) {
	if r.err != nil {
		return nil, r.err
	}
	if !r.rows.Next() {
		r.err = io.EOF
		if err := r.rows.Err(); err != nil && !errors.Is(err, io.EOF) {
			r.err = r.db.wrap(r.ctx, err)
		} else if r.ctx.Err() != nil {
			r.err = r.db.wrap(r.ctx, r.ctx.Err())
		}
		return nil, r.err
	}
	if err := r.rows.Scan(r.dest...); err != nil {
		r.err = r.db.wrap(r.ctx, err)
		return nil, r.err
	}
	row := make([]any, len(r.dest))
	for i, d := range r.dest {
		switch d := d.(type) {
		case *string:
			row[i] = *d
		case **string:
			if *d != nil {
				row[i] = **d
			}
		default:
			row[i] = value(reflect.ValueOf(d).Elem())
		}
	}
	return row, nil
}

// value returns a scanned value without pointers.
func value(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		if v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct && v.Type().NumMethod() > v.Elem().Type().NumMethod() && !isTime(v.Elem()) {
			return v.Interface() // *big.Int: its methods want the pointer
		}
		return value(v.Elem())
	case reflect.Slice:
		if e := v.Type().Elem().Kind(); e != reflect.Pointer && e != reflect.Slice && e != reflect.Interface {
			return v.Interface()
		}
		out := make([]any, v.Len())
		for i := range out {
			out[i] = value(v.Index(i))
		}
		return out
	}
	return v.Interface()
}

func isTime(v reflect.Value) bool { return v.Type().PkgPath() == "time" && v.Type().Name() == "Time" }

// Close ends the statement, wherever it is. It may be called twice.
func (r *Rows) Close() error {
	if r.err == nil {
		r.err = io.ErrClosedPipe
	}
	r.cancel() // else the driver reads the rest of the result
	_ = r.rows.Close()
	return nil
}
