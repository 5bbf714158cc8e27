package web

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The account that runs users' statements may only read; that is the wall. This file is a fence before it: it refuses in
// plain words what is no reading of the tables, whatever server stands behind.

// reading are the words that a statement may begin with.
var reading = strings.Fields("select with show describe desc explain exists")

// outside are functions that reach beyond the tables: files, other servers, programs, the server itself.
var outside = strings.Fields(`file fileCluster url urlCluster s3 s3Cluster gcs azureBlobStorage azureBlobStorageCluster hdfs hdfsCluster oss cosn
	remote remoteSecure cluster clusterAllReplicas mysql postgresql mongodb redis sqlite odbc jdbc executable input dictionary
	deltaLake deltaLakeLocal deltaLakeCluster deltaLakeS3 deltaLakeAzure hudi hudiCluster
	iceberg icebergS3 icebergAzure icebergHDFS icebergLocal icebergCluster icebergS3Cluster paimon paimonS3 paimonLocal
	merge loop mergeTreeIndex mergeTreeProjection mergeTreeAnalyzeIndexes fuzzQuery fuzzJSON timeSeriesData timeSeriesTags timeSeriesMetrics
	arrowFlight ytsaurus python getServerSetting getClientHTTPHeader getMacro catboostEvaluate hostname fqdn
	filesystemAvailable filesystemCapacity filesystemUnreserved addressToLine addressToLineWithInlines addressToSymbol demangle
	sleep sleepEachRow dictGet dictGetOrDefault dictGetAll dictGetOrNull dictHas joinGet joinGetOrNull
	aiGenerate aiClassify aiExtract aiTranslate aiEmbed`)

// described are the system tables that say what there is to query.
var described = strings.Fields(`one numbers numbers_mt zeros zeros_mt tables columns databases functions formats keywords data_type_families
	table_functions aggregate_function_combinators collations time_zones documentation completions`)

// checkStatement returns the statement without a last semicolon, or why it is not run.
func checkStatement(sql string) (string, error) {
	if strings.TrimSpace(sql) == "" {
		return "", errors.New("the statement is empty: write a SELECT")
	}
	if strings.ContainsRune(sql, 0) {
		return "", errors.New("the statement holds a zero byte: take it out")
	}
	tokens, err := scan(sql)
	if err != nil {
		return "", err
	}
	end := len(sql)
	for len(tokens) > 0 && tokens[len(tokens)-1].text == ";" {
		end = tokens[len(tokens)-1].at
		tokens = tokens[:len(tokens)-1]
	}
	first := slices.IndexFunc(tokens, func(t token) bool { return t.text != "(" })
	if first < 0 {
		return "", errors.New("the statement is empty: write a SELECT")
	}
	if !slices.Contains(reading, strings.ToLower(tokens[first].text)) || tokens[first].quoted {
		return "", fmt.Errorf("a statement that begins with %s is refused: only reading is allowed (%s)", clip(tokens[first].text), strings.ToUpper(strings.Join(reading, ", ")))
	}
	for i := range tokens {
		if err := checkToken(tokens, i); err != nil {
			return "", err
		}
	}
	return sql[:end], nil
}

// checkToken judges a token by those around it.
func checkToken(all []token, i int) error {
	at := func(k int) token {
		if k < 0 || k >= len(all) {
			return token{}
		}
		return all[k]
	}
	t := at(i)
	switch {
	case t.text == ";":
		return errors.New("more than one statement is refused: send them one by one")
	case t.word("into") && (at(i+1).word("outfile") || at(i+1).word("dumpfile")):
		return errors.New("INTO OUTFILE is refused: take the rows from the answer or its export")
	case t.word("infile") && at(i-1).word("from"):
		return errors.New("FROM INFILE is refused: only the tables are read")
	case t.word("settings") && at(i+1).name() && at(i+2).text == "=":
		return errors.New("SETTINGS in a statement are refused: leave them out")
	case t.word("format") && at(i+1).name() && !at(i-1).word("as") && at(i-1).text != "." && at(i-1).text != "," &&
		(at(i+2).text == "" || at(i+2).word("settings")) && i > 1:
		return errors.New("leave FORMAT out: the export offers formats")
	case t.word("processlist") && at(0).word("show"), t.word("grants") && at(0).word("show"), t.word("users") && at(0).word("show"):
		return fmt.Errorf("SHOW %s is refused: it tells of the server, not of the tables", strings.ToUpper(t.text))
	case t.text == "(" && at(i-1).name():
		if f := at(i - 1); slices.ContainsFunc(outside, func(o string) bool { return strings.EqualFold(o, f.text) }) {
			return fmt.Errorf("the function %s is refused: it reaches outside the tables", clip(f.text))
		}
	case t.text == "." && strings.EqualFold(at(i-1).text, "system") && at(i-1).name():
		if !slices.Contains(described, at(i+1).text) {
			return fmt.Errorf("the table system.%s is refused: only those that say what there is to query may be read", clip(at(i+1).text))
		}
	case t.word("identifier") && at(i-1).text == ":":
		return errors.New("parameters of type Identifier are refused: write the name into the statement")
	}
	return nil
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// token is a word, a quoted name, or a sign of a statement. Texts, comments and white space are none.
type token struct {
	text   string
	at     int
	quoted bool // a name in quotes
	letter bool // a word
}

// word tells whether the token is a word, whatever its case.
func (t token) word(w string) bool { return t.letter && !t.quoted && strings.EqualFold(t.text, w) }

// name tells whether the token can be the name of something.
func (t token) name() bool { return t.quoted || t.letter }

// scan cuts a statement into tokens, as ClickHouse does; what the two could read differently is an error.
func scan(s string) ([]token, error) {
	var out []token
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
			i++
		case strings.HasPrefix(s[i:], "--"), c == '#':
			if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
				i += n
			} else {
				i = len(s)
			}
		case strings.HasPrefix(s[i:], "/*"):
			n := strings.Index(s[i+2:], "*/")
			if n < 0 {
				return nil, errors.New("a comment /* is not closed: end it with */")
			}
			if strings.Contains(s[i+2:i+2+n], "/*") {
				return nil, errors.New("a comment within a comment is refused: take one out")
			}
			i += n + 4
		case c == '\'' || c == '"' || c == '`':
			n, plain := quotedEnd(s[i:])
			if n < 0 {
				return nil, fmt.Errorf("a quote %c is not closed", c)
			}
			if c != '\'' {
				if !plain {
					return nil, errors.New("a quoted name with a backslash or a quote in it is refused: write it plainly")
				}
				out = append(out, token{text: s[i+1 : i+n-1], at: i, quoted: true})
			} else {
				out = append(out, token{text: "'", at: i})
			}
			i += n
		case c == '$':
			return nil, errors.New("texts between dollar signs are refused: use single quotes")
		case letter(c):
			n := i
			for n < len(s) && (letter(s[n]) || s[n] >= '0' && s[n] <= '9') {
				n++
			}
			out = append(out, token{text: s[i:n], at: i, letter: true})
			i = n
		case c >= '0' && c <= '9':
			n := i
			for n < len(s) && (letter(s[n]) || s[n] >= '0' && s[n] <= '9' || s[n] == '.') {
				n++
			}
			out = append(out, token{text: s[i:n], at: i})
			i = n
		case c >= 0x80:
			return nil, errors.New("a character outside quotes and comments is not ASCII: put it into quotes or take it out")
		default:
			out = append(out, token{text: string(c), at: i})
			i++
		}
	}
	return out, nil
}

func letter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// quotedEnd returns the length of what begins with a quote, or -1, and whether nothing in it is escaped.
func quotedEnd(s string) (n int, plain bool) {
	plain = true
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			plain = false
			i++
		case s[i] == s[0] && i+1 < len(s) && s[i+1] == s[0]:
			plain = false
			i++
		case s[i] == s[0]:
			return i + 1, plain
		}
	}
	return -1, false
}
