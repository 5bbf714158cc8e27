package queries

import (
	"slices"
	"strings"
	"testing"
)

// Every view that a question of now reads instead of its twin is there, and has the twin's columns.
func TestNow(t *testing.T) {
	views, err := Describe()
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for _, v := range views {
		for _, c := range v.Columns {
			columns[v.Name] = append(columns[v.Name], c.Name+" "+c.Type)
		}
	}
	all, err := Catalog()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range all {
		for _, m := range asKnown.FindAllStringSubmatch(all[i].SQL, -1) {
			n++
			if have := columns[m[1]]; len(have) == 0 || !slices.Equal(have, columns[m[1]+"_at"]) {
				t.Errorf("%s asks %s_at, whose columns are\n%v\nthose of %s are\n%v", all[i].Name, m[1], columns[m[1]+"_at"], m[1], have)
			}
		}
		if now := all[i].Now(); strings.Contains(now.SQL, "effort_at(") || all[i].Name == "retro_effort" && now.SQL == all[i].SQL {
			t.Errorf("%s still asks of a time: %s", all[i].Name, now.SQL)
		}
	}
	if n < 4 {
		t.Errorf("%d questions ask of a time", n)
	}
}
