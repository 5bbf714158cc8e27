package clickhouse

import (
	"fmt"
	"strings"
	"time"
)

// engine is the library with its tables open. A connection costs a fraction of a millisecond, so every statement
// has its own: no settings, no temporary tables and no leftovers of a failed one pass to the next. Plain inserts,
// which leave none of these behind, take theirs from idle.
type engine struct {
	lib  *library
	args []string
	keep *conn // keeps the tables open between statements
	idle idle
	// tableFunctions are the names that read from somewhere else than a table.
	tableFunctions map[string]bool
}

func openEngine(o *Options) (*engine, error) {
	lib, err := loadLibrary(o.Lib)
	if err != nil {
		return nil, err
	}
	e := &engine{lib: lib, args: []string{"clickhouse", "--path=" + o.DataDir}, tableFunctions: map[string]bool{}}
	for end := time.Now().Add(o.Wait); ; time.Sleep(100 * time.Millisecond) {
		if e.keep, err = e.open(); err == nil {
			break
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("%w (%s)", err, o.DataDir)
		}
	}
	if err := e.keep.exec("CREATE DATABASE IF NOT EXISTS " + quoteName(o.Database)); err != nil {
		return nil, fmt.Errorf("the ClickHouse engine cannot write in %s: %w", o.DataDir, err)
	}
	names, _, err := e.keep.run("SELECT name FROM system.table_functions", "TSVRaw", &params{})
	if err != nil {
		return nil, err
	}
	for name := range strings.FieldsSeq(string(names)) {
		e.tableFunctions[strings.ToLower(name)] = true
	}
	return e, nil
}

func (e *engine) open() (*conn, error) { return e.lib.dial(e.args) }

func (e *engine) close() {
	e.idle.clear()
	e.keep.close()
}

// kill asks the engine to stop the statements that carry a mark.
func (e *engine) kill(mark string) {
	c, err := e.open()
	if err != nil {
		return
	}
	defer c.close()
	_ = c.exec("KILL QUERY WHERE Settings['log_comment'] = " + quoteText(mark) + " ASYNC")
}

// canonical is a statement as the engine's own parser writes it: one spelling, no comments.
func (c *conn) canonical(sql string) (string, error) {
	p := &params{}
	p.add("q", escapeParam(sql))
	b, _, err := c.run("SELECT formatQuerySingleLine({q:String})", "TSVRaw", p)
	return string(b), err
}

// escapeParam writes a value as a parameter's text, in which a backslash starts an escape.
func escapeParam(s string) string {
	return strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n", "\r", "\\r", "\x00", "\\0").Replace(s)
}

// quoteText writes a string literal.
func quoteText(s string) string {
	return "'" + strings.NewReplacer("\\", "\\\\", "'", "\\'", "\x00", "\\0").Replace(s) + "'"
}

// quoteName writes a quoted identifier.
func quoteName(s string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`", "\x00", "\\0").Replace(s) + "`"
}
