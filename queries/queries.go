// Package queries holds all SQL of the project and reads and writes nothing itself: the migrations of the base
// tables, the analysts' views over them, and the catalogue of named questions. Run them with a warehouse.
package queries

import (
	"embed"
	"io/fs"
)

//go:embed schema/*.sql
var schema embed.FS

// Schema returns the migrations of the base tables, goose files in the order of their names.
func Schema() (fs.FS, error) { return fs.Sub(schema, "schema") }

// NothingKnown is in the error of a view that is asked with a known_at before the first record.
const NothingKnown = "nothing was known at that known_at yet"
