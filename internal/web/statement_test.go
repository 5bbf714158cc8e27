package web

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/workmix/workmix/queries"
)

func TestStatementsThatRead(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1":                                                   "SELECT 1",
		" select 1 ; \n":                                             " select 1 ",
		"(SELECT 1) UNION ALL SELECT 2":                              "(SELECT 1) UNION ALL SELECT 2",
		"WITH x AS (SELECT 1) SELECT * FROM x":                       "WITH x AS (SELECT 1) SELECT * FROM x",
		"SELECT 'DROP TABLE x; -- it''s' AS a -- ; DROP":             "SELECT 'DROP TABLE x; -- it''s' AS a -- ; DROP",
		"SELECT format('{}', 'a'), settings FROM t":                  "SELECT format('{}', 'a'), settings FROM t",
		"SELECT 1 AS format":                                         "SELECT 1 AS format",
		"SELECT format FROM t":                                       "SELECT format FROM t",
		"SELECT \"file\" FROM t WHERE url = 'x'":                     "SELECT \"file\" FROM t WHERE url = 'x'",
		"SELECT name FROM system.columns WHERE table = 'work_items'": "SELECT name FROM system.columns WHERE table = 'work_items'",
		"SHOW TABLES":                                                "SHOW TABLES", "DESCRIBE work_items": "DESCRIBE work_items", "EXPLAIN SELECT 1": "EXPLAIN SELECT 1",
		"SELECT 'naïve — 𝓢'":                          "SELECT 'naïve — 𝓢'",
		"SELECT {at:DateTime64(3, 'UTC')}":            "SELECT {at:DateTime64(3, 'UTC')}",
		"SELECT 1.5e3 + 0x1F, a.b.c, x[1], y::String": "SELECT 1.5e3 + 0x1F, a.b.c, x[1], y::String",
	} {
		if got, err := checkStatement(sql); err != nil || got != want {
			t.Errorf("%q: %q, %v", sql, got, err)
		}
	}
}

// TestTheCatalogueMayBeRun: the console refuses no question of the catalogue, and no example of a view.
func TestTheCatalogueMayBeRun(t *testing.T) {
	catalog, err := queries.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	views, err := queries.Describe()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range catalog {
		if _, err := checkStatement(q.SQL); err != nil {
			t.Errorf("question %s: %v", q.Name, err)
		}
	}
	for _, v := range views {
		if _, err := checkStatement(v.Example); err != nil {
			t.Errorf("view %s: %v", v.Name, err)
		}
	}
}

// The scanner ends on every text, and its tokens lie in the text one after the other.
func TestScanEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("'`\\\"\n-*/#$x1 .(;é"))).Draw(t, "s")
		tokens, err := scan(s)
		if err != nil {
			return
		}
		at := -1
		for _, tok := range tokens {
			if tok.at <= at || tok.at >= len(s) {
				t.Fatalf("%q: token %+v after offset %d", s, tok, at)
			}
			at = tok.at
		}
	})
}
