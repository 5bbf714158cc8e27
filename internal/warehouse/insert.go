package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Insert stores rows given as columns: data[i] holds the values of columns[i], a slice of the Go type that fits
// ([]string, []*string for Nullable, []time.Time, [][]string for Array(String), ...), all of one length. It
// returns nil once the rows are durable. Rows inserted with one token are stored once, as long as the table
// remembers it; empty: no token. After an error other than [*Error] the rows may or may not be stored.
func (db *DB) Insert(ctx context.Context, table string, columns []string, token string, data []any) error {
	ctx, cancel := context.WithTimeout(ctx, insertTimeout)
	defer cancel()
	if err := db.insert(ctx, table, columns, token, data); err != nil {
		db.forget(table, columns) // its columns may have changed
		return fmt.Errorf("insert into %s: %w", table, db.wrap(ctx, err))
	}
	return nil
}

func (db *DB) insert(ctx context.Context, table string, columns []string, token string, data []any) error {
	n, err := length(columns, data)
	if err != nil || n == 0 {
		return err
	}
	types, err := db.columnTypes(ctx, table, columns)
	if err != nil {
		return err
	}
	// Every named column is sent for every row; looking for missing values would take a tenth of a small insert's time.
	set := map[string]any{"input_format_defaults_for_omitted_fields": 0}
	if token != "" {
		set["insert_deduplication_token"] = token
	}
	dctx := clickhouse.Context(settings(ctx, set, nil), clickhouse.WithColumnNamesAndTypes(types))
	batch, err := db.conn.PrepareBatch(dctx, "INSERT INTO "+quote(table)+" ("+quote(columns...)+")")
	if err != nil {
		return err
	}
	defer batch.Close()
	for i := range columns {
		if err := appendTo(batch.Column(i), data[i]); err != nil {
			return fmt.Errorf("column %s: %w", columns[i], err)
		}
	}
	// The driver would send nothing at all, and call it a success.
	for i, c := range batch.Columns() {
		if c.Rows() != n {
			return fmt.Errorf("column %s has %d rows, want %d", columns[i], c.Rows(), n)
		}
	}
	return batch.Send()
}

// appendTo adds a column's values. The driver's own way with slices of strings in a slice is slow.
func appendTo(c driver.BatchColumn, values any) error {
	lists, ok := values.([][]string)
	if !ok {
		return c.Append(values)
	}
	for _, list := range lists {
		if err := c.AppendRow(list); err != nil {
			return err
		}
	}
	return nil
}

func length(columns []string, data []any) (int, error) {
	if len(columns) != len(data) || len(data) == 0 {
		return 0, fmt.Errorf("%d columns are named and %d given", len(columns), len(data))
	}
	n := -1
	for i := range data {
		v := reflect.ValueOf(data[i])
		if v.Kind() != reflect.Slice {
			return 0, fmt.Errorf("column %s is a %T, want a slice", columns[i], data[i])
		}
		if n >= 0 && v.Len() != n {
			return 0, fmt.Errorf("column %s has %d rows, want %d", columns[i], v.Len(), n)
		}
		n = v.Len()
	}
	return n, nil
}

// columnTypes asks once for the types of a table's columns; the driver alone would ask before each insert.
func (db *DB) columnTypes(ctx context.Context, table string, columns []string) ([]clickhouse.ColumnNameAndType, error) {
	key := typesKey(table, columns)
	db.mu.Lock()
	types, ok := db.types[key]
	db.mu.Unlock()
	if ok {
		return types, nil
	}
	rows, err := db.Query(ctx, "SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String}",
		map[string]string{"database": db.database, "table": table}, nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	have := map[string]string{}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		have[row[0].(string)] = row[1].(string)
	}
	if len(have) == 0 {
		return nil, &Error{codeUnknownTable, fmt.Sprintf("there is no table %s: run `workmix migrate up`", table)}
	}
	for _, c := range columns {
		if have[c] == "" {
			return nil, &Error{codeNoSuchColumn, fmt.Sprintf("table %s has no column %s: run `workmix migrate up`", table, c)}
		}
		types = append(types, clickhouse.ColumnNameAndType{Name: c, Type: have[c]})
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.types[key] = types
	return types, nil
}

func (db *DB) forget(table string, columns []string) {
	db.mu.Lock()
	defer db.mu.Unlock()
	delete(db.types, typesKey(table, columns))
}

func typesKey(table string, columns []string) string {
	return table + "\x00" + strings.Join(columns, "\x00")
}

func quote(names ...string) string {
	return "`" + strings.Join(names, "`, `") + "`"
}
