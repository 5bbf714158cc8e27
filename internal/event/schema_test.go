package event

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// pairs is a JSON object that keeps its order.
type pairs []pair

type pair struct {
	key   string
	value any
}

func (p pairs) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, kv := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(kv.key) + ":")
		var v bytes.Buffer
		e := json.NewEncoder(&v)
		e.SetEscapeHTML(false)
		if err := e.Encode(kv.value); err != nil {
			return nil, err
		}
		b.Write(bytes.TrimSpace(v.Bytes()))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// source is what types.go says in words.
type source struct {
	types  map[string]string            // type: its comment
	fields map[string]map[string]string // type, Go field: its comment
	enums  map[string][]string          // type: the constants of it
}

func readSource(t *testing.T) source {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "types.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	s := source{map[string]string{}, map[string]map[string]string{}, map[string][]string{}}
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range g.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				name := spec.Name.Name
				s.types[name] = words(g.Doc)
				if st, ok := spec.Type.(*ast.StructType); ok {
					s.fields[name] = map[string]string{}
					for _, field := range st.Fields.List {
						s.fields[name][field.Names[0].Name] = strings.TrimSpace(words(field.Doc) + " " + words(field.Comment))
					}
				}
			case *ast.ValueSpec:
				if typ, ok := spec.Type.(*ast.Ident); ok && len(spec.Values) == 1 {
					if v, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value); err == nil {
						s.enums[typ.Name] = append(s.enums[typ.Name], v)
					}
				}
			}
		}
	}
	return s
}

var link = regexp.MustCompile(`\[([A-Z]\w*)\]`)

func words(c *ast.CommentGroup) string {
	return link.ReplaceAllString(strings.Join(strings.Fields(c.Text()), " "), "$1")
}

// schema returns the JSON Schema of a Go type.
func (s source) schema(t reflect.Type) pairs {
	switch {
	case t.Kind() == reflect.Pointer:
		return s.schema(t.Elem())
	case t == reflect.TypeFor[time.Time]():
		return pairs{{"type", "string"}, {"format", "date-time"}}
	case t == reflect.TypeFor[json.RawMessage]():
		return pairs{}
	case t == reflect.TypeFor[[]byte]():
		return pairs{{"type", "string"}, {"contentEncoding", "base64"}}
	}
	switch t.Kind() {
	case reflect.String:
		if e := s.enums[t.Name()]; len(e) > 0 {
			return pairs{{"type", "string"}, {"enum", e}}
		}
		return pairs{{"type", "string"}}
	case reflect.Bool:
		return pairs{{"type", "boolean"}}
	case reflect.Int, reflect.Int64:
		return pairs{{"type", "integer"}}
	case reflect.Float64:
		return pairs{{"type", "number"}}
	case reflect.Slice:
		return pairs{{"type", "array"}, {"items", s.schema(t.Elem())}}
	case reflect.Struct:
		var properties pairs
		required := []string{}
		for i := range t.NumField() {
			f := t.Field(i)
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			p := s.schema(f.Type)
			if c := s.fields[t.Name()][f.Name]; c != "" {
				p = append(p, pair{"description", c})
			}
			properties = append(properties, pair{name, p})
			if options != "omitempty" {
				required = append(required, name)
			}
		}
		return pairs{{"type", "object"}, {"properties", properties}, {"required", required}}
	}
	panic("no schema for " + t.String())
}

// matters returns the top-level fields of a payload that what depends on: it changes them one at a time.
func matters(t *testing.T, p Payload, what func(Envelope) string) []string {
	t.Helper()
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	typ := reflect.TypeOf(p).Elem()
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		var fields map[string]any
		if err := json.Unmarshal(data, &fields); err != nil {
			t.Fatal(err)
		}
		fields[name] = other(fields[name], typ.Field(i).Type)
		changed, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		q := New(p.Envelope().Type)
		if err := json.Unmarshal(changed, q); err != nil {
			t.Fatalf("%T.%s: %v", p, name, err)
		}
		if what(p.Envelope()) != what(q.Envelope()) {
			out = append(out, name)
		}
	}
	return out
}

// other is another value of a field.
func other(v any, t reflect.Type) any {
	switch v := v.(type) {
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return at.Add(time.Hour)
		}
		if t == reflect.TypeFor[[]byte]() {
			return "AAAA"
		}
		return v + "x"
	case float64:
		return v + 1
	case bool:
		return !v
	case map[string]any:
		return map[string]any{}
	case []any:
		return []any{}
	}
	if t.Kind() == reflect.String { // absent in the example
		return "x"
	}
	if t.Kind() == reflect.Bool {
		return true
	}
	return nil
}
