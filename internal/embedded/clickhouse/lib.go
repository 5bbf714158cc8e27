package clickhouse

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library holds the C functions of libchdb that the bridge uses. Every function takes lengths, so that
// text may hold zero bytes. A connection runs one statement at a time.
type library struct {
	setSignalHandlers func(enabled int32)
	connect           func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	closeConn         func(conn unsafe.Pointer)
	query             func(conn unsafe.Pointer, q *byte, n uintptr, format *byte, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	stream            func(conn unsafe.Pointer, q *byte, n uintptr, format *byte, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	fetch             func(conn, result unsafe.Pointer) unsafe.Pointer
	cancel            func(conn, result unsafe.Pointer)
	buffer            func(result unsafe.Pointer) unsafe.Pointer
	length            func(result unsafe.Pointer) uintptr
	rowsWritten       func(result unsafe.Pointer) uint64
	resultError       func(result unsafe.Pointer) string
	destroy           func(result unsafe.Pointer)
	insert            func(conn unsafe.Pointer, q *byte, n uintptr, format *byte, fn uintptr) unsafe.Pointer
	appendTo          func(stream unsafe.Pointer, data *byte, n uintptr) int32
	done              func(stream unsafe.Pointer) unsafe.Pointer
	insertError       func(stream unsafe.Pointer) string
	destroyInsert     func(stream unsafe.Pointer)
	classify          func(conn unsafe.Pointer, q *byte, n uintptr, database *byte, dn uintptr, out *analysis) int32

	buffers sync.Pool // of *[insertBuffer]byte, for the data of inserts
}

// analysis is the engine's report on a statement (chdb_query_analysis_v1).
type analysis struct{ structSize, statements, _, class uint32 }

// The classes of analysis.class.
const (
	classReadOnly = 0
	classUnknown  = 4
)

// loadLibrary opens libchdb and turns its signal handlers off: they would take those of the Go runtime.
func loadLibrary(path string) (*library, error) {
	h, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return nil, fmt.Errorf("the ClickHouse engine %s does not load: %w: fetch it again with make engine", path, err)
	}
	l := &library{}
	for name, fn := range map[string]any{
		"chdb_set_signal_handlers_enabled": &l.setSignalHandlers,
		"chdb_connect":                     &l.connect,
		"chdb_close_conn":                  &l.closeConn,
		"chdb_query_with_params_n":         &l.query,
		"chdb_stream_query_with_params_n":  &l.stream,
		"chdb_stream_fetch_result":         &l.fetch,
		"chdb_stream_cancel_query":         &l.cancel,
		"chdb_result_buffer":               &l.buffer,
		"chdb_result_length":               &l.length,
		"chdb_result_rows_written":         &l.rowsWritten,
		"chdb_result_error":                &l.resultError,
		"chdb_destroy_query_result":        &l.destroy,
		"chdb_stream_insert_n":             &l.insert,
		"chdb_stream_append":               &l.appendTo,
		"chdb_stream_done":                 &l.done,
		"chdb_stream_insert_error":         &l.insertError,
		"chdb_destroy_insert_stream":       &l.destroyInsert,
		"chdb_classify_query_n":            &l.classify,
	} {
		sym, err := purego.Dlsym(h, name)
		if err != nil {
			return nil, fmt.Errorf("the ClickHouse engine %s has no function %s: it is too old, fetch it again with make engine", path, name)
		}
		purego.RegisterFunc(fn, sym)
	}
	l.setSignalHandlers(0)
	return l, nil
}

// conn is one connection to the engine in this process. Not for concurrent use.
type conn struct {
	lib    *library
	handle unsafe.Pointer // chdb_connection*
	fresh  bool           // nothing ran on it yet
}

// dial opens a connection to the tables in a folder. All connections of a process share one folder.
func (l *library) dial(args []string) (*conn, error) {
	ptrs := make([]*byte, len(args))
	for i, a := range args {
		ptrs[i] = unsafe.SliceData(append([]byte(a), 0))
	}
	handle := l.connect(int32(len(ptrs)), unsafe.Pointer(unsafe.SliceData(ptrs)))
	runtime.KeepAlive(ptrs)
	if handle == nil || *(*unsafe.Pointer)(handle) == nil {
		return nil, errors.New("the ClickHouse engine refused a connection: is its folder in use by another process, or not writable?")
	}
	return &conn{lib: l, handle: handle, fresh: true}, nil
}

func (c *conn) close() { c.lib.closeConn(c.handle) }

// raw is the chdb_connection that the calls take.
func (c *conn) raw() unsafe.Pointer { return *(*unsafe.Pointer)(c.handle) }

// text is a Go string as pointer and length; an empty one has a valid pointer too.
func text(s string) (*byte, uintptr) {
	if s == "" {
		return &[]byte{0}[0], 0
	}
	return unsafe.StringData(s), uintptr(len(s))
}

// params are the bound parameters of a statement, as C arrays.
type params struct {
	names, values []*byte
	nl, vl        []uintptr
}

func (p *params) add(name, value string) {
	b, n := text(name)
	p.names, p.nl = append(p.names, b), append(p.nl, n)
	b, n = text(value)
	p.values, p.vl = append(p.values, b), append(p.vl, n)
}

func (p *params) pointers() (names, nameLens, values, valueLens unsafe.Pointer, count uintptr) {
	if len(p.names) == 0 {
		return nil, nil, nil, nil, 0
	}
	return unsafe.Pointer(&p.names[0]), unsafe.Pointer(&p.nl[0]), unsafe.Pointer(&p.values[0]), unsafe.Pointer(&p.vl[0]), uintptr(len(p.names))
}

// engineError is an exception of the engine; its text starts with "Code: N. DB::Exception: ".
type engineError struct{ text string }

func (e *engineError) Error() string { return e.text }

func (l *library) check(result unsafe.Pointer) error {
	if result == nil {
		return &engineError{"Code: 1000. DB::Exception: the engine returned no result"}
	}
	if s := l.resultError(result); s != "" {
		return &engineError{s}
	}
	return nil
}

// run executes a statement and returns its whole output.
func (c *conn) run(sql, format string, p *params) ([]byte, uint64, error) {
	q, qn := text(sql)
	f, fn := text(format)
	names, nl, values, vl, n := p.pointers()
	res := c.lib.query(c.raw(), q, qn, f, fn, names, nl, values, vl, n)
	runtime.KeepAlive(p)
	defer func() {
		if res != nil {
			c.lib.destroy(res)
		}
	}()
	if err := c.lib.check(res); err != nil {
		return nil, 0, err
	}
	return c.lib.bytes(res), c.lib.rowsWritten(res), nil
}

// exec executes a statement without output or parameters.
func (c *conn) exec(sql string) error {
	_, _, err := c.run(sql, "Null", &params{})
	return err
}

// bytes copies a result's output out of the engine's memory.
func (l *library) bytes(result unsafe.Pointer) []byte {
	n := l.length(result)
	if n == 0 {
		return nil
	}
	return append([]byte(nil), unsafe.Slice((*byte)(l.buffer(result)), n)...)
}

// each streams a statement's output in chunks, which are valid only during the call.
func (c *conn) each(sql, format string, p *params, do func([]byte) error) error {
	q, qn := text(sql)
	f, fn := text(format)
	names, nl, values, vl, n := p.pointers()
	res := c.lib.stream(c.raw(), q, qn, f, fn, names, nl, values, vl, n)
	runtime.KeepAlive(p)
	if err := c.lib.check(res); err != nil {
		if res != nil {
			c.lib.destroy(res)
		}
		return err
	}
	defer c.lib.destroy(res)
	for {
		chunk := c.lib.fetch(c.raw(), res)
		err := c.lib.check(chunk)
		var size uintptr
		if err == nil {
			if size = c.lib.length(chunk); size > 0 {
				err = do(unsafe.Slice((*byte)(c.lib.buffer(chunk)), size))
			}
		}
		if chunk != nil {
			c.lib.destroy(chunk)
		}
		if err != nil {
			c.lib.cancel(c.raw(), res)
			return err
		}
		if size == 0 {
			return nil
		}
	}
}

// inspect asks the engine's parser what a statement would do.
func (c *conn) inspect(sql string) (analysis, error) {
	a := analysis{structSize: uint32(unsafe.Sizeof(analysis{}))}
	q, n := text(sql)
	if c.lib.classify(c.raw(), q, n, nil, 0, &a) != 0 {
		return a, errors.New("the ClickHouse engine cannot classify the statement")
	}
	return a, nil
}
