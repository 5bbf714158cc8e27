package report

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"
)

type fixed struct {
	cols []Column
	rows [][]any
	err  error
}

func (f *fixed) Columns() []Column { return f.cols }

func (f *fixed) Next() ([]any, error) {
	if len(f.rows) == 0 {
		if f.err != nil {
			return nil, f.err
		}
		return nil, io.EOF
	}
	row := f.rows[0]
	f.rows = f.rows[1:]
	return row, nil
}

func sample() *fixed {
	at := time.Date(2026, 3, 2, 1, 2, 3, 4e6, time.UTC)
	x := 0.123456
	return &fixed{
		cols: []Column{{"week", "Date"}, {"at", "DateTime64(3, 'UTC')"}, {"team", "String"}, {"share", "Nullable(Float64)"}, {"labels", "Array(String)"}},
		rows: [][]any{{at, at, `a "b", c`, &x, []string{"x", "y"}}, {at, at, "d", (*float64)(nil), []string{}}, {at, at, "e", math.NaN(), []string{}}},
	}
}

func TestWrite(t *testing.T) {
	for format, want := range map[string]string{
		"csv": "week,at,team,share,labels\n" +
			"2026-03-02,2026-03-02 01:02:03.004,\"a \"\"b\"\", c\",0.123456,\"[\"\"x\"\",\"\"y\"\"]\"\n" +
			"2026-03-02,2026-03-02 01:02:03.004,d,,[]\n2026-03-02,2026-03-02 01:02:03.004,e,,[]\n",
		"jsonl": `{"week":"2026-03-02","at":"2026-03-02 01:02:03.004","team":"a \"b\", c","share":0.123456,"labels":["x","y"]}` + "\n" +
			`{"week":"2026-03-02","at":"2026-03-02 01:02:03.004","team":"d","share":null,"labels":[]}` + "\n" +
			`{"week":"2026-03-02","at":"2026-03-02 01:02:03.004","team":"e","share":null,"labels":[]}` + "\n",
	} {
		var b strings.Builder
		if err := Write(&b, format, sample()); err != nil || b.String() != want {
			t.Errorf("%s: %v\n got %s\nwant %s", format, err, b.String(), want)
		}
	}
	var b strings.Builder
	if err := Write(&b, "table", sample()); err != nil || !strings.Contains(b.String(), "0.1235 ") {
		t.Errorf("table: %v\n%s", err, b.String())
	}
}

func TestWriteEmptyAndFailing(t *testing.T) {
	for format, want := range map[string]string{"json": "[]\n", "jsonl": "", "csv": "a\n"} {
		var b strings.Builder
		if err := Write(&b, format, &fixed{cols: []Column{{"a", "String"}}}); err != nil || b.String() != want {
			t.Errorf("%s: %q, %v", format, b.String(), err)
		}
	}
	bad := errors.New("the engine stopped")
	for _, f := range Formats {
		if err := Write(io.Discard, f, &fixed{cols: []Column{{"a", "String"}}, err: bad}); !errors.Is(err, bad) {
			t.Errorf("%s hides the error: %v", f, err)
		}
	}
	if err := Write(io.Discard, "xml", sample()); err == nil {
		t.Error("xml was accepted")
	}
}
