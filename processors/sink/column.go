package sink

import "github.com/workmix/workmix/internal/event"

// record is a record of the log with its payload.
type record[P any] struct {
	payload P
	message *event.Message
	index   int // in the batch
}

// column is a column of a table: how its values are made of records. The values of a batch are one slice of
// the Go type that fits the column's ClickHouse type, ready for the driver.
type column[P any] struct {
	name   string
	values func([]record[P]) any
}

// col is a column whose value is in the payload.
func col[P, V any](name string, value func(P) V) column[P] {
	return column[P]{name, func(rows []record[P]) any {
		out := make([]V, len(rows))
		for i := range rows {
			out[i] = value(rows[i].payload)
		}
		return out
	}}
}

// about is a column whose value is in the message.
func about[P, V any](name string, value func(*event.Message) V) column[P] {
	return column[P]{name, func(rows []record[P]) any {
		out := make([]V, len(rows))
		for i := range rows {
			out[i] = value(rows[i].message)
		}
		return out
	}}
}

// target is a base table and the rows of a batch that go there.
type target interface {
	// add takes a record if its payload is of the table's type, and says so.
	add(p event.Payload, m *event.Message, index int) bool
	name() string
	columns() []string
	len() int
	// at returns the record of a row.
	at(row int) (m *event.Message, index int)
	// values returns the columns of the rows from up to and without to.
	values(from, to int) []any
}

type table[P event.Payload] struct {
	title string
	cols  []column[P]
	rows  []record[P]
}

func (t *table[P]) add(p event.Payload, m *event.Message, index int) bool {
	payload, ok := p.(P)
	if ok {
		t.rows = append(t.rows, record[P]{payload, m, index})
	}
	return ok
}

func (t *table[P]) name() string { return t.title }

func (t *table[P]) len() int { return len(t.rows) }

func (t *table[P]) at(row int) (*event.Message, int) { return t.rows[row].message, t.rows[row].index }

func (t *table[P]) columns() []string {
	out := make([]string, len(t.cols))
	for i := range t.cols {
		out[i] = t.cols[i].name
	}
	return out
}

func (t *table[P]) values(from, to int) []any {
	out := make([]any, len(t.cols))
	for i := range t.cols {
		out[i] = t.cols[i].values(t.rows[from:to])
	}
	return out
}
