package clickhouse

import (
	"testing"

	"pgregory.net/rapid"
)

func TestReadStatement(t *testing.T) {
	for text, want := range map[string]statement{
		"SELECT 1": {first: "SELECT"},
		"/* x */ select 1 -- format CSV\n format JSON;":   {first: "SELECT", format: "JSON"},
		"SELECT format FROM t":                            {first: "SELECT"},
		"SELECT format(a, b) FROM t":                      {first: "SELECT"},
		"SELECT t.format x FROM t":                        {first: "SELECT"},
		"SELECT (SELECT 1 FORMAT x)":                      {first: "SELECT"},
		"SELECT 'FORMAT CSV'":                             {first: "SELECT"},
		"SELECT 1 FORMAT CSV SETTINGS max_threads = 1":    {first: "SELECT", format: "CSV"},
		"SELECT 1 SETTINGS max_threads = 1 FORMAT CSV":    {first: "SELECT", format: "CSV"},
		"SELECT 1 INTO OUTFILE 'x' FORMAT CSV":            {first: "SELECT", format: "CSV", file: true},
		"SELECT 1 INTO /* x */ outfile 'x'":               {first: "SELECT", file: true},
		"SELECT k, count() FROM t GROUP BY k WITH TOTALS": {first: "SELECT", whole: true},
		"((SELECT 1))":                                    {first: "SELECT"},
		"SELECT 'open":                                    {first: "SELECT"},
		"SELECT $$FORMAT CSV$$, $x$ ' $x$ FORMAT TSV":     {first: "SELECT", format: "TSV"},
		"":                                  {},
		"INSERT INTO t SELECT 1 FORMAT CSV": {first: "INSERT", format: "CSV"},
		"INSERT INTO t FROM INFILE 'x' FORMAT CSV":       {text: "INSERT INTO t FROM INFILE 'x' ", first: "INSERT", file: true, format: "CSV", data: 40, settled: true},
		"INSERT INTO values (a) VALUES (1)":              {text: "INSERT INTO values (a) ", first: "INSERT", format: "Values", data: 29, settled: true},
		"insert into t (format, values) format CSV\n1,2": {text: "insert into t (format, values) ", first: "INSERT", format: "CSV", data: 42, settled: true},
		"INSERT INTO t FORMAT JSONEachRow {\"a\":1}":     {text: "INSERT INTO t ", first: "INSERT", format: "JSONEachRow", data: 33, settled: true},
		"INSERT INTO t FORMAT CSV ;\r\n'":                {text: "INSERT INTO t ", first: "INSERT", format: "CSV", data: 28, settled: true},
		"INSERT INTO t SETTINGS a = 1 FORMAT TSV":        {text: "INSERT INTO t SETTINGS a = 1 ", first: "INSERT", format: "TSV", data: 39, settled: true, set: true},
		"INSERT INTO t FORMAT TSV":                       {text: "INSERT INTO t ", first: "INSERT", format: "TSV", data: 24, settled: true},
	} {
		if want.text == "" {
			want.text = text
		}
		if !want.settled {
			want.data = -1
		}
		if got := read(text); got != want {
			t.Errorf("%q:\n got %+v\nwant %+v", text, got, want)
		}
	}
}

// What is quoted comes back as one token with the same text.
func TestLexerReadsWhatIsQuoted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune("'`\\\"\n-*/#$x \t")), rapid.Rune())).Draw(t, "s")
		for kind, quoted := range map[byte]string{'s': quoteText(s), 'q': quoteName(s)} {
			l := lexer{s: "SELECT " + quoted + " END"}
			l.next()
			tok, ok := l.next()
			end, _ := l.next()
			if want := s; !ok || tok.kind != kind || !end.is("END") || tok.text != want && !containsZero(s) {
				t.Fatalf("%s: got %q, then %q", quoted, tok.text, end.text)
			}
		}
	})
}

func containsZero(s string) bool {
	for i := range len(s) {
		if s[i] == 0 {
			return true // written as \0, which this lexer need not decode
		}
	}
	return false
}

// The lexer ends on every text, and its tokens follow each other.
func TestLexerEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("'`\\\"\n-*/#!$x (;é"))).Draw(t, "s")
		l, at := lexer{s: s}, 0
		for {
			tok, ok := l.next()
			if !ok {
				return
			}
			if tok.start < at || tok.end <= tok.start {
				t.Fatalf("token %+v after offset %d", tok, at)
			}
			at = tok.end
		}
	})
}

func TestHeaderLines(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		csv  bool
		want int
	}{
		{"\"a\"\n1\n", 1, true, 4},
		{"\"a\nb\"\"\n\"\n1\n", 1, true, 9},
		{"a\tb\nUInt8\tString\n1\tx\n", 2, false, 17},
		{"a", 1, true, 1},
	} {
		if got := lines([]byte(c.text), c.n, c.csv); got != c.want {
			t.Errorf("%q: %d, want %d", c.text, got, c.want)
		}
	}
}
