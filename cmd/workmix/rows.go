package main

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/queries"
)

// rows shows a warehouse's result to the report.
type rows struct{ *warehouse.Rows }

func (r rows) Columns() []report.Column {
	var out []report.Column
	for _, c := range r.Rows.Columns() {
		out = append(out, report.Column{Name: c.Name, Type: c.Type})
	}
	return out
}

// list is a result that is already in memory, of texts.
type list struct {
	columns []string
	rows    [][]any
}

func (l *list) Columns() []report.Column {
	var out []report.Column
	for _, c := range l.columns {
		out = append(out, report.Column{Name: c, Type: "String"})
	}
	return out
}

func (l *list) Next() ([]any, error) {
	if len(l.rows) == 0 {
		return nil, io.EOF
	}
	r := l.rows[0]
	l.rows = l.rows[1:]
	return r, nil
}

// formatFlag adds --format to a command that prints rows, and returns what it asks for.
func formatFlag(cmd *cobra.Command) func() (string, error) {
	f := cmd.Flags().String("format", "", strings.Join(report.Formats, "|")+" (default: table on a terminal, else csv)")
	return func() (string, error) {
		switch {
		case *f == "" && isTerminal(cmd.OutOrStdout()):
			return "table", nil
		case *f == "":
			return "csv", nil
		case !slices.Contains(report.Formats, *f):
			return "", usagef("--format %s is not one of %s", *f, strings.Join(report.Formats, ", "))
		}
		return *f, nil
	}
}

// rowsOf makes a command of what opens the stack and prints rows in the form that --format asks for.
func (a *app) rowsOf(cmd *cobra.Command, h how, do func(s *session, cmd *cobra.Command, format string) error) *cobra.Command {
	format := formatFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		f, err := format()
		if err != nil {
			return err
		}
		s, err := a.open(cmd.Context(), cmd, h)
		if err != nil {
			return err
		}
		defer s.close()
		return do(s, cmd, f)
	}
	return cmd
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// parquet is the format that ClickHouse itself makes of a statement's rows, for tools of analysts.
const parquet = "parquet"

// queryFormat is formatFlag of a command that runs one statement: its rows are also had as a Parquet file.
func queryFormat(cmd *cobra.Command) func() (string, error) {
	format := formatFlag(cmd)
	f := cmd.Flags().Lookup("format")
	f.Usage = strings.Replace(f.Usage, " (", "|"+parquet+" (", 1)
	return func() (string, error) {
		if f.Value.String() != parquet {
			return format()
		}
		if isTerminal(cmd.OutOrStdout()) {
			return "", usagef("--format parquet is no text for a terminal: send it to a file with > work.parquet")
		}
		return parquet, nil
	}
}

// printQuery runs a statement and prints its rows. In a table, which people read, what is empty in a column that bucket
// says is for what no team has is called so; programs get it empty.
func printQuery(ctx context.Context, w io.Writer, format string, db *warehouse.DB, sql string, params map[string]string, bucket func(column string) bool) error {
	if format == parquet {
		return asked(db.Parquet(ctx, w, sql, params))
	}
	r, err := db.Query(ctx, sql, params, nil)
	if err != nil {
		return asked(err)
	}
	defer r.Close()
	if bucket == nil || format != "table" && format != "markdown" {
		return report.Write(w, format, rows{r})
	}
	return report.Write(w, format, attributed{rows{r}, bucket})
}

// attributed are rows in which the team of what no team has is called [queries.Unattributed].
type attributed struct {
	report.Rows
	bucket func(column string) bool
}

func (a attributed) Next() ([]any, error) {
	row, err := a.Rows.Next()
	for i, c := range a.Columns() {
		if i < len(row) && row[i] == any("") && a.bucket(c.Name) {
			row[i] = queries.Unattributed
		}
	}
	return row, err
}
