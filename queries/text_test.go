package queries_test

import (
	"strings"
	"testing"

	"github.com/workmix/workmix/queries"
)

// TestTextCanBeHeldAgainstNothing: counting where a text is not empty works on every text and list of every view. The engine reads such a
// condition as one on the text's length, which it then looks for in vain where the column is of another type below the view.
func TestTextCanBeHeldAgainstNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute long: it looks at every view")
	}
	db := database(t, queries.Settings{})
	all, err := queries.Describe()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, v := range all {
		var counts []string
		for _, c := range v.Columns {
			switch name := "`" + c.Name + "`"; {
			case c.Type == "String":
				counts = append(counts, "countIf("+name+" != '')", "countIf(empty("+name+"))")
			case strings.HasPrefix(c.Type, "Array("):
				counts = append(counts, "countIf(notEmpty("+name+"))")
			case strings.HasPrefix(c.Type, "Nullable("):
				counts = append(counts, "countIf("+name+" IS NULL)")
			}
		}
		if n += len(counts); len(counts) == 0 {
			continue
		}
		from := v.Name
		if len(v.Parameters) > 0 {
			from += "(" + strings.Join(v.Parameters, " = '2026-01-01 00:00:00', ") + " = '2026-01-01 00:00:00')"
		}
		if _, err := result(t.Context(), db, "SELECT "+strings.Join(counts, ", ")+" FROM "+from, nil); err != nil {
			t.Errorf("%s: %.300v", v.Name, err)
		}
	}
	if n < 200 {
		t.Errorf("only %d counts", n)
	}
}
