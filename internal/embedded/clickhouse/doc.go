// Package clickhouse runs the ClickHouse engine (libchdb) in a process of its own, behind the ClickHouse HTTP
// protocol on loopback, so that any ClickHouse client works and a crash of the engine takes nothing along.
//
// The parent calls [Start], which runs the child and starts it again when it dies; the child calls
// [ServeStdin]. The child ends when its standard input does, so it never outlives its parent.
package clickhouse
