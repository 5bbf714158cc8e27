// Package clickhouse runs the ClickHouse engine (libchdb) in a process of its own, behind the ClickHouse HTTP
// protocol on loopback, so that any ClickHouse client works and a crash of the engine takes nothing along.
//
// The parent calls [Start], which runs the child, starts it again when it dies and passes requests on to it
// from an address that never changes; the child calls [ServeStdin]. The child ends when its standard input
// does, so it never outlives its parent.
package clickhouse
