// Package arch holds the import rules of docs/architecture.md, executed by its test.
package arch
