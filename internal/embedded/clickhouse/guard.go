package clickhouse

import "strings"

// The engine's readonly mode is not a sandbox: it reads files through file() and the names of default, lets
// other tables be read by pattern and shows everybody's statements. So a reader's statement is also checked
// here, in the spelling of the engine's own parser, where nothing hides behind quotes or comments.

// readerTableFunctions make rows out of nothing, or read only what stands in the statement.
var readerTableFunctions = wordSet(`numbers numbers_mt zeros zeros_mt generateseries generate_series
	generaterandom primes values sqlstandardvalues null view format`)

// readerSystem are the system tables that say what there is to query.
var readerSystem = wordSet(`one numbers numbers_mt zeros zeros_mt tables columns databases functions formats keywords
	data_type_families table_functions table_engines aggregate_function_combinators collations time_zones
	build_options contributors licenses completions settings documentation data_skipping_indices projections unicode`)

// readerRefused are functions that look outside the tables.
var readerRefused = wordSet(`getserversetting getclienthttpheader getmacro catboostevaluate addresstoline
	addresstolinewithinlines addresstosymbol demangle filesystemavailable filesystemcapacity filesystemunreserved
	aiclassify aiembed aiextract aigenerate aitranslate`)

func wordSet(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

// guard refuses what a reader must not run. canonical is the statement as the engine's parser writes it, private the name
// of a database that is none of the reader's business, or empty.
func (e *engine) guard(canonical, private string) error {
	l := lexer{s: canonical}
	private = strings.ToLower(private)
	var prev, before token
	show := false
	for first := true; ; first = false {
		t, ok := l.next()
		if !ok {
			return nil
		}
		if first {
			show = t.is("SHOW")
		}
		name := t.name()
		switch {
		case private != "" && (name == private || strings.HasPrefix(name, private+".")):
			return exceptionf(codeAccess, "The database %s says who people are and is for the role people: docs/people.md says how to become one", private)
		case show && t.is("PROCESSLIST"):
			return exceptionf(codeAccess, "The list of running statements is refused to a reader")
		case t.is("OUTFILE") && prev.is("INTO"):
			return exceptionf(codeReadonly, "INTO OUTFILE is refused to a reader")
		case t.kind == '=' && prev.name() != "" && before.is("SETTINGS"):
			// in a subquery they would hold in spite of readonly, and lift the limits
			return exceptionf(codeReadonly, "SETTINGS in a statement are refused to a reader: leave %s out", prev.text)
		case t.is("Identifier") && prev.kind == ':':
			return exceptionf(codeAccess, "Parameters of type Identifier are refused to a reader: write the name into the statement")
		case t.kind == '(' && prev.kind != 's' && prev.name() != "":
			f := prev.name()
			if readerRefused[f] || e.tableFunctions[f] && !readerTableFunctions[f] {
				return exceptionf(codeAccess, "The function %s reads from outside the tables and is refused to a reader", prev.text)
			}
		case prev.kind == '.' && name != "":
			switch db := before.name(); {
			case db == "system" && !readerSystem[name]:
				return exceptionf(codeAccess, "The table system.%s is refused to a reader", t.text)
			case db == "default":
				return exceptionf(codeAccess, "The database default shows this machine's files and is refused to a reader")
			}
		}
		before, prev = prev, t
	}
}
