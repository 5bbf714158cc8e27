package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// madeBy says who writes an event; the rest of docs/events.md is read from the code.
var madeBy = map[string]string{
	TypeRaw: "ingest", TypeDelivery: "ingest (the receiver of webhooks)", TypeDirectory: "ingest", TypeRevision: "normalize", TypeActivity: "normalize", TypeLink: "normalize", TypeTombstone: "normalize",
	TypeClassification: "classify", TypeDecision: "people, by `workmix apply`", TypeProgress: "ingest", TypeDeadLetter: "ingest and every processor",
}

const docsIntro = `# Events

<!-- Generated from internal/event: go test ./internal/event -run TestDocs -update -->

Every record of the log is a CloudEvents 1.0 event in Kafka's binary mode. Its attributes are headers, its data is the
value:

| header | holds |
|---|---|
| ` + "`ce_specversion`" + ` | ` + "`1.0`" + ` |
| ` + "`ce_id`" + ` | the event's id, a function of its data: an event that is written twice has one id |
| ` + "`ce_type`" + ` | one of the types below |
| ` + "`ce_source`" + ` | the part of workmix that made it, and for what source |
| ` + "`ce_subject`" + ` | what it is about: the item, or the record's key |
| ` + "`ce_time`" + ` | ` + "`recorded_at`" + `, when workmix learned it, in UTC with milliseconds |
| ` + "`content-type`" + ` | ` + "`application/json`" + ` |

A value has at most 16 MiB. An event's type never changes its meaning: fields are added, never changed or removed, and
readers pass over fields that they do not know. The examples below are kept in internal/event/testdata, and a test reads
them with every version of the code.

`

// TestDocs: docs/events.md is what the types say, and the examples agree with the schemas in it.
func TestDocs(t *testing.T) {
	src := readSource(t)
	var table, body bytes.Buffer
	table.WriteString("| type | topic | key | id is made of | written by |\n|---|---|---|---|---|\n")
	for _, p := range examples() {
		e := p.Envelope()
		name := reflect.TypeOf(p).Elem().Name()
		anchor := strings.ReplaceAll(e.Type, ".", "")
		key := matters(t, p, func(e Envelope) string { return e.Key })
		id := matters(t, p, func(e Envelope) string { return e.ID })
		if len(key) == 0 || len(id) == 0 || src.types[name] == "" || madeBy[e.Type] == "" {
			t.Errorf("%s: key %v, id %v, comment %q, made by %q: none may be empty", e.Type, key, id, src.types[name], madeBy[e.Type])
		}
		fmt.Fprintf(&table, "| [`%s`](#%s) | `%s` | %s | %s | %s |\n", e.Type, anchor, e.Topic, code(key), code(id), madeBy[e.Type])

		schema := append(pairs{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", e.Type}}, src.schema(reflect.TypeOf(p))...)
		example, err := os.ReadFile(filepath.Join("testdata", "v1", exampleFile(e.Type)))
		if err != nil {
			t.Fatal(err)
		}
		text := indent(t, schema)
		agree(t, e.Type, text, example)
		fmt.Fprintf(&body, "\n## %s\n\n%s\n\nIn `%s`, by %s, for example with the key `%s` and the id `%s`:\n\n```json\n%s\n```\n\nSchema:\n\n```json\n%s\n```\n",
			e.Type, src.types[name], e.Topic, madeBy[e.Type], e.Key, e.ID, indent(t, json.RawMessage(example)), text)
	}
	want := docsIntro + table.String() + body.String()
	file := filepath.Join("..", "..", "docs", "events.md")
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(got), want); d != "" {
		t.Errorf("docs/events.md is stale (go test ./internal/event -run TestDocs -update):\n%s", d)
	}
}

func exampleFile(typ string) string {
	return strings.TrimSuffix(strings.TrimPrefix(typ, "workmix."), ".v1") + ".json"
}

func code(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }

func indent(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// agree: the schema takes the example, and not an empty object.
func agree(t *testing.T, typ, schema string, example []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(typ, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(typ)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(example))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%s: the example does not agree with the schema: %v", typ, err)
	}
	if err := s.Validate(map[string]any{}); err == nil {
		t.Errorf("%s: the schema takes an empty object", typ)
	}
}
