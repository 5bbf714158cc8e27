package simulate

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"time"
)

// Object is a JSON object as a tracker gives it. Values are what encoding/json decodes with numbers kept as
// [json.Number], or for generated data the plain Go types.
type Object = map[string]any

func object(v any) Object { o, _ := v.(Object); return o }

func list(v any) []any { l, _ := v.([]any); return l }

func text(v any) string {
	switch s := v.(type) {
	case string:
		return s
	case json.Number:
		return s.String()
	}
	return ""
}

// integer reads a number of either origin; it is 0 for anything else.
func integer(v any) int64 {
	switch n := v.(type) {
	case json.Number:
		i, _ := n.Int64()
		return i
	case int64:
		return n
	case int:
		return int64(n)
	}
	return 0
}

// at walks down objects by keys.
func at(v any, keys ...string) any {
	for _, k := range keys {
		v = object(v)[k]
	}
	return v
}

// objects is the list's objects, leaving out what is none.
func objects(v any) []Object {
	var out []Object
	for _, x := range list(v) {
		if o := object(x); o != nil {
			out = append(out, o)
		}
	}
	return out
}

// with is a shallow copy of an object with some keys set; a nil value stays as null.
func with(o Object, kv ...any) Object {
	c := maps.Clone(o)
	if c == nil {
		c = Object{}
	}
	for i := 0; i+1 < len(kv); i += 2 {
		c[kv[i].(string)] = kv[i+1]
	}
	return c
}

// without is a shallow copy of an object that lacks some keys.
func without(o Object, keys ...string) Object {
	c := maps.Clone(o)
	for _, k := range keys {
		delete(c, k)
	}
	return c
}

// encode writes JSON with sorted keys and without HTML escapes, so that equal data is equal bytes.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		// Only values JSON can hold are ever put into a dataset.
		return []byte("null")
	}
	return bytes.TrimSpace(b.Bytes())
}

func decode(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(into)
}

// The trackers' own ways to write a time.
const (
	githubTime = time.RFC3339
	jiraTime   = "2006-01-02T15:04:05.000-0700"
)

// parseTime reads a time as either tracker writes it; it is zero for anything else.
func parseTime(v any) time.Time {
	s := text(v)
	for _, layout := range []string{githubTime, jiraTime, "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

func ghTime(t time.Time) string { return t.UTC().Format(githubTime) }

func jTime(t time.Time) string { return t.UTC().Format(jiraTime) }

// projectOf is the project's key of an issue key: PROJ of PROJ-12.
func projectOf(key string) string {
	if i := strings.LastIndexByte(key, '-'); i > 0 {
		return key[:i]
	}
	return key
}
