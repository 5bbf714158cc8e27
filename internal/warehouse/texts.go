package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Texts returns all rows of a statement whose columns are all of type String. It is for few rows.
func (db *DB) Texts(ctx context.Context, sql string, params map[string]string) ([][]string, error) {
	rows, err := db.Query(ctx, sql, params, nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out [][]string
	for {
		values, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		line := make([]string, len(values))
		for i, v := range values {
			s, ok := v.(string)
			if !ok {
				return nil, fmt.Errorf("column %s is %T, not a text", rows.Columns()[i].Name, v)
			}
			line[i] = s
		}
		out = append(out, line)
	}
}
