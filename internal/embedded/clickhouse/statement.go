package clickhouse

import "strings"

// statement is what the bridge must know of a statement before the engine sees it.
type statement struct {
	text   string // without the data of an INSERT
	first  string // the first word, in upper case
	format string // of the FORMAT clause, or of the INSERT's data; empty: none
	// data is the offset of an INSERT's data in the text that was read, -1 if it has none there.
	data    int
	file    bool // reads or writes a file of the client: INTO OUTFILE, FROM INFILE
	whole   bool // its output has more than rows: it cannot be streamed piece by piece
	settled bool // an INSERT that takes data: what follows in the text is data, not SQL
	set     bool // an INSERT that may have a SETTINGS clause of its own
}

// read looks at a statement, which may be followed by data if it is an INSERT.
func read(text string) statement {
	st := statement{text: text, data: -1}
	l := lexer{s: text}
	depth, insert, query := 0, false, false
	var prev, before token
	for {
		t, ok := l.next()
		if !ok {
			return st
		}
		if st.first == "" && t.kind != '(' {
			st.first = strings.ToUpper(t.text)
			insert = t.is("INSERT")
		}
		switch {
		case t.kind == '(' || t.kind == '[' || t.kind == '{':
			depth++
		case t.kind == ')' || t.kind == ']' || t.kind == '}':
			depth--
		case depth > 0 || prev.kind == '.':
		case t.is("OUTFILE") && prev.is("INTO"), t.is("INFILE") && prev.is("FROM"):
			st.file = true
		case t.is("TOTALS") && prev.is("WITH"):
			st.whole = true
		case insert && !query && !prev.is("INTO") && !prev.is("TABLE") && !prev.is("INSERT"):
			switch {
			case t.is("SETTINGS"):
				st.set = true
			case t.is("SELECT"), t.is("WITH"):
				query = true
			case t.is("VALUES"):
				st.text, st.format, st.data, st.settled = text[:t.start], "Values", t.end, true
				return st
			case prev.is("FORMAT") && t.kind == 'w':
				st.text, st.format, st.data, st.settled = text[:prev.start], t.text, dataStart(text, t.end), true
				return st
			}
		case prev.is("FORMAT") && before.kind != '.' && t.kind == 'w':
			st.format = t.text
		case st.format != "" && prev.is(st.format) && !t.is("SETTINGS") && !t.is("INTO") && t.kind != ';':
			st.format = "" // FORMAT was a column's name
		}
		prev, before = t, prev
	}
}

// dataStart skips what the engine's parser skips between a format's name and the data.
func dataStart(s string, i int) int {
	blank := func() {
		for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\f') {
			i++
		}
	}
	blank()
	if i < len(s) && s[i] == ';' {
		i++
		blank()
	}
	if i < len(s) && s[i] == '\r' {
		i++
	}
	if i < len(s) && s[i] == '\n' {
		i++
	}
	return i
}

// streams reports whether a format's output may be produced piece by piece, and how many of its lines are a
// header that every piece repeats. The others have a beginning and an end, or separators.
func streams(format string) (header int, ok bool) {
	base := format
	if s, cut := strings.CutSuffix(format, "WithNamesAndTypes"); cut {
		base, header = s, 2
	} else if s, cut := strings.CutSuffix(format, "WithNames"); cut {
		base, header = s, 1
	}
	switch base {
	case "TabSeparated", "TSV", "TabSeparatedRaw", "TSVRaw", "CSV", "JSONCompactEachRow", "JSONCompactStringsEachRow":
		return header, true
	case "Native", "RowBinary", "JSONEachRow", "JSONLines", "NDJSON", "JSONStringsEachRow", "TSKV", "LineAsString", "RawBLOB":
		return 0, header == 0
	}
	return 0, false
}

// lines returns the length of the first n lines of a text, in which a CSV value may hold line breaks.
func lines(b []byte, n int, csv bool) int {
	quoted := false
	for i, c := range b {
		switch {
		case csv && c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			if n--; n == 0 {
				return i + 1
			}
		}
	}
	return len(b)
}
