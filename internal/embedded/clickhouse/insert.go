package clickhouse

import (
	"errors"
	"io"
	"unsafe"
)

const insertBuffer = 1 << 20 // bytes given to the engine at a time

// insertFrom streams data of a format into an INSERT statement that has no FORMAT clause. It returns the rows
// written. The rows of a data stream that breaks off are not committed.
func (c *conn) insertFrom(statement, format string, data io.Reader) (uint64, error) {
	q, qn := text(statement)
	f, fn := text(format)
	s := c.lib.insert(c.raw(), q, qn, f, fn)
	if s == nil {
		return 0, errors.New("the ClickHouse engine refused the insert")
	}
	defer c.lib.destroyInsert(s)
	if e := c.lib.insertError(s); e != "" {
		return 0, &engineError{e}
	}
	given, ok := c.lib.buffers.Get().(*[insertBuffer]byte)
	if !ok {
		given = new([insertBuffer]byte)
	}
	defer c.lib.buffers.Put(given)
	buf := given[:]
	for {
		// Not io.ReadFull: it would make a body that broke off look like one that ended.
		n, err := fill(data, buf)
		if n > 0 && c.lib.appendTo(s, unsafe.SliceData(buf), uintptr(n)) != 0 {
			if e := c.lib.insertError(s); e != "" {
				return 0, &engineError{e}
			}
			return c.finishInsert(s) // its result says why
		}
		if errors.Is(err, io.EOF) {
			return c.finishInsert(s)
		}
		if err != nil {
			return 0, err
		}
	}
}

func (c *conn) finishInsert(s unsafe.Pointer) (uint64, error) {
	res := c.lib.done(s)
	defer func() {
		if res != nil {
			c.lib.destroy(res)
		}
	}()
	if err := c.lib.check(res); err != nil {
		return 0, err
	}
	return c.lib.rowsWritten(res), nil
}

// fill reads until buf is full or data ends. Its error is the reader's own.
func fill(data io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = data.Read(buf[n:])
		n += m
	}
	return n, err
}
