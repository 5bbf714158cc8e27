package lines_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/workmix/workmix/ingest/lines"
)

var update = flag.Bool("update", false, "write the table of docs/import.md anew")

var now = time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)

// TestDocs: docs/import.md lists the fields that there are, and its examples can be imported.
func TestDocs(t *testing.T) {
	const begin, end = "<!-- fields: go test ./ingest/lines -run TestDocs -update -->\n", "<!-- end of fields -->"
	file := filepath.Join("..", "..", "docs", "import.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("docs/import.md has no place for the fields")
	}
	var b bytes.Buffer
	b.WriteString("\n| field | is |\n|---|---|\n")
	for _, f := range lines.Fields() {
		about := f.About
		switch f.Type {
		case "text", "long text":
		case "time":
			about += " (a time)"
		case "number":
			about += " (a number from 0 on)"
		case "list":
			about += " (a list)"
		case "flag":
			about += " (true or false)"
		default:
			t.Errorf("field %s is of an unknown type %q", f.Name, f.Type)
		}
		if f.Values != nil {
			about += ": `" + strings.Join(f.Values, "`, `") + "`"
		}
		if f.Required {
			about = "**needed**: " + about
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.Name, about)
	}
	b.WriteString("\nA time is written 2026-03-04T05:06:07Z, with any zone, 2026-03-04 05:06:07 (UTC) or 2026-03-04 (its beginning, UTC).\n\n")
	want := head + begin + b.String() + end + tail
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if d := cmp.Diff(string(text), want); d != "" {
		t.Errorf("docs/import.md is stale (go test ./ingest/lines -run TestDocs -update):\n%s", d)
	}
	examples := regexp.MustCompile("(?s)```(jsonl|csv)\n(.*?)```").FindAllStringSubmatch(want, -1)
	if len(examples) != 2 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, e := range examples {
		im, err := lines.Check(strings.NewReader(e[2]), e[1], "pager", now)
		if err != nil {
			t.Errorf("the example cannot be imported: %v\n%s", err, e[2])
			continue
		}
		for _, err := range im.Items() {
			if err != nil {
				t.Error(err)
			}
		}
	}
	body := regexp.MustCompile(`--json '(.*)'`).FindStringSubmatch(want)
	if _, err := lines.Check(strings.NewReader("["+body[1]+"]"), lines.List, "pager", now); err != nil {
		t.Errorf("the example of the API cannot be imported: %v", err)
	}
}
