// Package report turns results into text: rows as a table, CSV, JSON, JSON lines or Markdown.
package report

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Formats lists the names that [Write] knows.
var Formats = []string{"table", "csv", "json", "jsonl", "markdown"}

// Column is one column of a result; Type is ClickHouse's name of its type.
type Column struct{ Name, Type string }

// Rows is a result that is read row by row. Next returns io.EOF after the last row.
type Rows interface {
	Columns() []Column
	Next() ([]any, error)
}

// Write writes all rows in a format. CSV has one header line; CSV and JSON lines hold nothing but rows, and are
// written as the rows come.
func Write(w io.Writer, format string, rows Rows) error {
	switch format {
	case "csv":
		return writeCSV(w, rows)
	case "json":
		return writeJSON(w, rows, "[\n  ", ",\n  ", "\n]\n", "[]\n")
	case "jsonl":
		return writeJSON(w, rows, "", "\n", "\n", "")
	case "table", "markdown":
		return writeTable(w, format, rows)
	}
	return fmt.Errorf("format %q is not one of %s", format, strings.Join(Formats, ", "))
}

// Each calls do with every row.
func Each(rows Rows, do func([]any) error) error {
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = do(row)
		}
		if err != nil {
			return err
		}
	}
}

func writeCSV(w io.Writer, rows Rows) error {
	cols := rows.Columns()
	c := csv.NewWriter(w)
	record := make([]string, len(cols))
	for i := range cols {
		record[i] = cols[i].Name
	}
	if err := c.Write(record); err != nil {
		return err
	}
	err := Each(rows, func(row []any) error {
		for i, v := range row {
			record[i] = Plain(v, cols[i].Type)
		}
		return c.Write(record)
	})
	c.Flush()
	if err == nil {
		err = c.Error()
	}
	return err
}

// writeJSON writes each row as an object whose fields keep the order of the columns.
func writeJSON(w io.Writer, rows Rows, open, between, end, none string) error {
	cols := rows.Columns()
	n := 0
	err := Each(rows, func(row []any) error {
		var b strings.Builder
		if n == 0 {
			b.WriteString(open)
		} else {
			b.WriteString(between)
		}
		n++
		b.WriteByte('{')
		for i, v := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			name, _ := json.Marshal(cols[i].Name)
			value, err := json.Marshal(jsonValue(v, cols[i].Type))
			if err != nil {
				return fmt.Errorf("column %s: %w", cols[i].Name, err)
			}
			b.Write(name)
			b.WriteByte(':')
			b.Write(value)
		}
		b.WriteByte('}')
		_, err := io.WriteString(w, b.String())
		return err
	})
	if err != nil {
		return err
	}
	if n == 0 {
		end = none
	}
	_, err = io.WriteString(w, end)
	return err
}

func writeTable(w io.Writer, format string, rows Rows) error {
	cols := rows.Columns()
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	header := make(table.Row, len(cols))
	var right []table.ColumnConfig
	for i := range cols {
		header[i] = cols[i].Name
		if numeric(cols[i].Type) {
			right = append(right, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(right)
	if err := Each(rows, func(row []any) error {
		r := make(table.Row, len(row))
		for i, v := range row {
			r[i] = rounded(v, cols[i].Type)
		}
		t.AppendRow(r)
		return nil
	}); err != nil {
		return err
	}
	if format == "markdown" {
		t.RenderMarkdown()
	} else {
		t.Render()
	}
	return nil
}

func numeric(typ string) bool {
	typ = strings.TrimSuffix(strings.TrimPrefix(typ, "Nullable("), ")")
	return slices.ContainsFunc([]string{"Int", "UInt", "Float", "Decimal"}, func(p string) bool { return strings.HasPrefix(typ, p) })
}

// rounded is plain with at most four decimals: a person reads it.
func rounded(v any, typ string) string {
	v = deref(v)
	if f, ok := v.(float64); ok && !math.IsNaN(f) && !math.IsInf(f, 0) {
		s := strings.TrimRight(fmt.Sprintf("%.4f", f), "0")
		return strings.TrimSuffix(s, ".")
	}
	return Plain(v, typ)
}

// Plain is a value as text: times in UTC, NULL as nothing, arrays as JSON.
func Plain(v any, typ string) string {
	switch v := jsonValue(v, typ).(type) {
	case nil:
		return ""
	case string:
		return v
	case float64, float32, bool, int, int8, int16, int32, int64, uint8, uint16, uint32, uint64:
		return fmt.Sprint(v)
	default:
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(b)
	}
}

// jsonValue is a value as encoding/json writes it: times as text in UTC, NaN and infinities as null.
func jsonValue(v any, typ string) any {
	switch v := deref(v).(type) {
	case time.Time:
		if strings.Contains(typ, "Date") && !strings.Contains(typ, "DateTime") {
			return v.Format(time.DateOnly)
		}
		if strings.Contains(typ, "DateTime64") {
			return v.UTC().Format("2006-01-02 15:04:05.000")
		}
		return v.UTC().Format(time.DateTime)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return v
	case []uint8: // encoding/json would write base64
		out := make([]int, len(v))
		for i := range v {
			out[i] = int(v[i])
		}
		return out
	case fmt.Stringer:
		return v.String()
	default:
		return v
	}
}

// deref follows the pointers by which the driver tells NULL from zero.
func deref(v any) any {
	r := reflect.ValueOf(v)
	for r.Kind() == reflect.Pointer {
		if r.IsNil() {
			return nil
		}
		r = r.Elem()
	}
	if !r.IsValid() {
		return nil
	}
	return r.Interface()
}
