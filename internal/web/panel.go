package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/report"
	"github.com/workmix/workmix/queries"
)

// chart says how the table behind it is drawn: names of its columns.
type chart struct {
	Kind              string // stack, grid, path, line or bar
	X, Y, Series      string
	Size, Label, Unit string
	Text              string // what it shows, for who cannot see it
	ID                string
	Until             string
	Marks             string // id of the panel whose table says what happened when: day, event, n, what
}

// panel is one answer on a page: a chart perhaps, the table, and where they come from.
type panel struct {
	ID      string
	Title   string
	Lead    string
	Unit    string
	Chart   *chart
	Columns []string
	Numeric []bool
	Bucket  []bool // columns that are empty for what no team has; nil: none
	Rows    [][]string
	Cut     bool // there are more rows
	Error   string
	Later   bool   // it is being worked out, and comes when the page asks for itself again
	Ask     bool   // a parameter is needed, and nothing was given yet
	Empty   string // what it means that there are no rows
	SQL     string // where the statement is shown
	JSON    string // where the same is had as JSON
	Rests   string // what a chart rests on: measure, period, coverage, share undetermined
	Asked   string // when it was asked, if it is older than answers mostly are, and is being asked again
	Open    bool   // the table behind the chart is unfolded
}

var errEnough = errors.New("enough rows")

// fill takes the rows of an answer, at most as many as a chart draws.
func (p *panel) fill(rows report.Rows) error {
	columns := rows.Columns()
	for _, c := range columns {
		p.Columns = append(p.Columns, c.Name)
		p.Numeric = append(p.Numeric, numeric(c.Type))
	}
	err := report.Each(rows, func(row []any) error {
		if len(p.Rows) == chartRows {
			p.Cut = true
			return errEnough
		}
		cells := make([]string, len(row))
		for i, x := range row {
			cells[i] = report.Plain(x, columns[i].Type)
		}
		p.Rows = append(p.Rows, cells)
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func numeric(typ string) bool {
	typ = strings.TrimSuffix(strings.TrimPrefix(typ, "Nullable("), ")")
	return strings.HasPrefix(typ, "Int") || strings.HasPrefix(typ, "UInt") || strings.HasPrefix(typ, "Float") || strings.HasPrefix(typ, "Decimal")
}

// shorten leaves as many rows as a table may have that no chart needs.
func (p *panel) shorten() {
	if len(p.Rows) > maxRows {
		p.Rows, p.Cut = p.Rows[:maxRows], true
	}
}

// cell is the text in a row's column of a name.
func (p *panel) cell(row int, column string) string {
	for i, c := range p.Columns {
		if c == column && row < len(p.Rows) {
			return p.Rows[row][i]
		}
	}
	return ""
}

// Shown is a cell as people read it: what no team has is in a bucket of its own.
func (p *panel) Shown(column int, cell string) string {
	if cell == "" && column < len(p.Bucket) && p.Bucket[column] {
		return queries.Unattributed
	}
	return cell
}

// Cell is cell for templates.
func (p *panel) Cell(row int, column string) string { return p.cell(row, column) }

// Body is the rows of the table. They are written here and not by the template, which takes several times as long for thousands of cells.
func (p *panel) Body() template.HTML {
	var b strings.Builder
	for _, row := range p.Rows {
		b.WriteString("<tr>")
		for i, c := range row {
			switch {
			case p.Numeric[i]:
				b.WriteString(`<td class="n">`)
			case len(c) > 40:
				b.WriteString(`<td class="text">`)
			default:
				b.WriteString("<td>")
			}
			p.write(&b, i, c)
			b.WriteString("</td>")
		}
		b.WriteString("</tr>\n")
	}
	return template.HTML(b.String()) //nolint:gosec // every cell is escaped
}

// write is a cell's text: addresses of trackers are links, and times have their milliseconds where they have some.
func (p *panel) write(b *strings.Builder, column int, cell string) {
	text := template.HTMLEscapeString(p.Shown(column, cell))
	switch {
	case column < len(p.Columns) && p.Columns[column] == "url" && (strings.HasPrefix(cell, "https://") || strings.HasPrefix(cell, "http://")):
		fmt.Fprintf(b, `<a href="%s" rel="noreferrer">%s</a>`, text, text)
	case len(cell) == len("2026-01-01 00:00:00.000") && cell[10] == ' ' && strings.HasSuffix(cell, ".000"):
		b.WriteString(strings.TrimSuffix(text, ".000"))
	default:
		b.WriteString(text)
	}
}

// ask answers a question as a panel. An error is in the panel, so that the rest of the page stands.
func (s *server) ask(ctx context.Context, name string, given map[string]string) *panel {
	p, _ := s.orLater(ctx, name, given)
	return p
}

// tryAsk is ask with the HTTP status of what went wrong.
func (s *server) tryAsk(ctx context.Context, name string, given map[string]string) (*panel, int) {
	q := s.question(name)
	if q == nil {
		return &panel{Error: fmt.Sprintf("there is no question %q: /questions lists those that exist", name)}, http.StatusNotFound
	}
	p := &panel{ID: q.Name, Title: q.Title, Lead: q.Question, Unit: q.Unit, SQL: sqlLink(q, given), JSON: apiLink(q, given)}
	bound, err := q.Bind(given)
	if err != nil {
		p.Error = err.Error()
		return p, http.StatusBadRequest
	}
	a := s.memory.answer(ctx, q, bound, s.o.Run)
	if a.err != nil {
		p.Error = a.err.Error()
		return p, statusOf(a.err)
	}
	if a.over(fresh) {
		p.Asked = a.at.UTC().Format(time.TimeOnly)
	}
	p.Columns, p.Numeric, p.Rows, p.Cut = a.panel.Columns, a.panel.Numeric, a.panel.Rows, a.panel.Cut
	for _, c := range p.Columns {
		p.Bucket = append(p.Bucket, q.Bucket(c))
	}
	if len(p.Columns) == 0 { // an empty result comes without columns
		for _, c := range q.Columns {
			p.Columns, p.Numeric = append(p.Columns, c.Name), append(p.Numeric, false)
		}
	}
	return p, http.StatusOK
}

func statusOf(err error) int {
	var refused *BadQuestion
	switch {
	case errors.As(err, &refused):
		return http.StatusBadRequest
	case errors.As(err, new(*NotAllowed)):
		return http.StatusForbidden
	case errors.Is(err, errBusy):
		return http.StatusTooManyRequests
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

func apiLink(q *queries.Question, given map[string]string) string {
	v := values{}
	for _, p := range q.Params {
		if g := given[p.Name]; g != "" {
			v.add(p.Name, g)
		}
	}
	link := "/api/v1/questions/" + url.PathEscape(q.Name)
	if len(v) > 0 {
		link += "?" + v.String()
	}
	return link
}

// values are the parameters of an address in the order in which they were added.
type values []string

func (v *values) add(name, value string) {
	*v = append(*v, url.QueryEscape(name)+"="+url.QueryEscape(value))
}

func (v values) String() string { return strings.Join(v, "&") }

// given returns what the address of a request gives, first values alone, without the empty ones.
func given(r *http.Request) map[string]string {
	out := map[string]string{}
	for k, v := range r.URL.Query() {
		if v[0] != "" {
			out[k] = v[0]
		}
	}
	return out
}
