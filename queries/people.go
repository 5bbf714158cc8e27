package queries

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed people/schema/*.sql people/views/*.sql
var people embed.FS

// PeopleSuffix follows the name of a database in the name of the one that says whose its pseudonyms are.
const PeopleSuffix = "_people"

// PeopleSchema returns the migrations of the tables that bear names, goose files in the order of their names. They are
// for a database of their own.
func PeopleSchema() (fs.FS, error) { return fs.Sub(people, "people/schema") }

// DescribePeople returns the views on those tables in the order of their creation.
func DescribePeople() ([]View, error) { return describe(people, "people/views/*.sql") }

// PeopleViews returns the statements that create the views on people or replace them. They belong to the database of the
// connection that runs them, and read the views of the database main.
func PeopleViews(main string) ([]string, error) {
	s, err := Settings{}.complete()
	if err != nil {
		return nil, err
	}
	all, err := DescribePeople()
	if err != nil {
		return nil, err
	}
	return creates(all, s, "`"+strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(main)+"`")
}
