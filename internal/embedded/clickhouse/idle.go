package clickhouse

import (
	"sync"
	"time"
)

const (
	idleMost = 8                // connections that wait for the next insert
	idleTime = 10 * time.Second // and no longer than this after the last one
)

// idle keeps connections between inserts: opening one, choosing its database and closing it takes as long as a
// tenth of a small insert.
type idle struct {
	mu     sync.Mutex
	conns  []idleConn
	timer  *time.Timer
	closed bool
}

type idleConn struct {
	database string
	c        *conn
}

// openIn opens a connection in a database.
func (e *engine) openIn(database string) (*conn, error) {
	c, err := e.open()
	if err != nil {
		return nil, err
	}
	if err := c.exec("USE " + quoteName(database)); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// take returns an idle connection in a database, or a new one.
func (e *engine) take(database string) (*conn, error) {
	if c := e.idle.take(database); c != nil {
		return c, nil
	}
	return e.openIn(database)
}

func (i *idle) take(database string) *conn {
	i.mu.Lock()
	defer i.mu.Unlock()
	for n := len(i.conns) - 1; n >= 0; n-- {
		if i.conns[n].database == database {
			c := i.conns[n].c
			i.conns = append(i.conns[:n], i.conns[n+1:]...)
			return c
		}
	}
	return nil
}

// give takes a connection back that holds nothing of the statements it ran.
func (i *idle) give(database string, c *conn) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		c.close()
		return
	}
	if len(i.conns) == idleMost { // the one that waited longest may be in a database that nobody uses any more
		i.conns[0].c.close()
		i.conns = i.conns[1:]
	}
	i.conns = append(i.conns, idleConn{database, c})
	if i.timer == nil {
		i.timer = time.AfterFunc(idleTime, i.drop)
	} else {
		i.timer.Reset(idleTime)
	}
}

// drop closes the connections that wait.
func (i *idle) drop() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, x := range i.conns {
		x.c.close()
	}
	i.conns = nil
}

// clear closes them for good.
func (i *idle) clear() {
	i.mu.Lock()
	i.closed = true
	i.mu.Unlock()
	i.drop()
}
