package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/workmix/workmix/ingest/lines"
)

const importToken = "the-token-of-the-pager"

// checking is a port that checks lines as the program's does, tells do of those that are sound, and writes nothing.
func checking(do func(Lines, *lines.Import) error) *Import {
	forms := map[Form]string{JSONLines: lines.Lines, JSONList: lines.List, CSV: lines.CSV}
	return &Import{Token: importToken, Line: lines.Schema(), Do: func(_ context.Context, in Lines) (Imported, error) {
		im, err := lines.Check(strings.NewReader(string(in.Body)), forms[in.Form], in.Source, time.Now())
		var bad *lines.Problems
		if errors.As(err, &bad) {
			out := &BadLines{Err: errors.New("lines cannot be imported")}
			for _, p := range bad.First {
				out.Problems = append(out.Problems, Problem{p.Line, p.Field, p.Text})
			}
			return Imported{}, out
		}
		if err != nil {
			return Imported{}, &BadQuestion{err}
		}
		if do != nil {
			err = do(in, im)
		}
		return Imported{Lines: im.Lines}, err
	}}
}

// TestImport: who knows its token, and nobody else, hands items over, in each form, whole or not at all.
func TestImport(t *testing.T) {
	taken := 0
	var last Lines
	h, err := New(Options{Listen: "0.0.0.0:8080", Users: []User{{Name: "ana", Role: Analyst, Token: secretToken}}, Import: checking(func(in Lines, _ *lines.Import) error {
		taken++
		last = in
		if in.Source == "down" {
			return errors.New("the log is away")
		}
		return nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	const one = `{"key": "A-1", "title": "x", "created_at": "2026-03-01"}`
	const jsonType, right = "application/json", "Bearer " + importToken
	for _, c := range []struct {
		name, at, typ, auth, body string
		status                    int
		want                      string
	}{
		{"no token", "", jsonType, "", one, 401, "serve.api_token_env"},
		{"a wrong token", "", jsonType, "Bearer " + importToken + "x", one, 401, "serve.api_token_env"},
		{"an empty token", "", jsonType, "Bearer ", one, 401, ""},
		{"the pages' token", "", jsonType, "Bearer " + secretToken, one, 401, ""},
		{"not a bearer token", "", jsonType, "Basic " + importToken, one, 401, ""},
		{"an object", "", jsonType, right, " " + one + "\n", 200, `"lines":1`},
		{"a list", "?source=pager", "application/json; charset=utf-8", right, "[" + one + "]", 200, `"lines":1`},
		{"lines", "", "application/x-ndjson", right, one + "\n" + strings.Replace(one, "A-1", "A-2", 1), 200, `"lines":2`},
		{"CSV", "", "text/csv", right, "key,title,created_at\nA,=1+1,2026-03-01\n", 200, `"lines":1`},
		{"nothing", "", "application/x-ndjson", right, "", 200, `"lines":0`},
		{"another type", "", "application/x-www-form-urlencoded", right, one, 415, "text/csv"},
		{"no type", "", "", right, one, 415, ""},
		{"another parameter", "?sources=x", jsonType, right, one, 400, `no parameter \"sources\"`},
		{"a dry run said otherwise", "?dry_run=1", jsonType, right, one, 400, `parameter dry_run: \"1\" is neither true nor false`},
		{"a dry run said twice", "?dry_run=false&dry_run=true", jsonType, right, one, 400, "parameter dry_run"},
		{"no dry run", "?dry_run=false", jsonType, right, one, 200, `"lines":1`},
		{"a bad line", "", jsonType, right, "[" + one + `, {"key": "A-2", "title": "x"}]`, 400, `"problems":[{"line":2,"field":"created_at","problem":"it is missing`},
		{"a control character", "", jsonType, right, strings.Replace(one, `"x"`, `"\u0007"`, 1), 400, "U+0007"},
		{"a bomb", "", jsonType, right, `{"key": ` + strings.Repeat("[", 1<<20), 400, ""},
		{"a bomb of objects", "", jsonType, right, strings.Repeat(`{"key":`, 1<<19), 400, ""},
		{"not JSON", "", jsonType, right, "nonsense", 400, ""},
		{"too large", "", "application/x-ndjson", right, strings.Repeat(one+"\n", maxImport/len(one)+1), 413, "in several"},
		{"nearly too large, of nothing", "", "application/x-ndjson", right, strings.Repeat("\n", maxImport), 200, `"lines":0`},
		{"the log is away", "?source=down", jsonType, right, one, 503, "send it again"},
	} {
		before := taken
		header := []string{"Content-Type", c.typ}
		if c.auth != "" {
			header = append(header, "Authorization", c.auth)
		}
		w := send(t, h, "POST", importPath+c.at, c.body, header...)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: %d %.300s, want %d %s", c.name, w.Code, w.Body, c.status, c.want)
		}
		if done := taken > before; done != (c.status == 200 || c.status == 503) {
			t.Errorf("%s: taken: %v", c.name, done)
		}
		if c.status == 401 && w.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: it does not say how to authenticate", c.name)
		}
		if strings.Contains(w.Body.String(), importToken) {
			t.Errorf("%s: the answer holds the token", c.name)
		}
	}
	send(t, h, "POST", importPath+"?dry_run=true&source=pager", one, "Content-Type", jsonType, "Authorization", right)
	if !last.DryRun || last.Source != "pager" || last.Form != JSONList {
		t.Errorf("%+v", last)
	}
	// A page of another site cannot have a browser hand items over, even one that knew the token.
	if w := send(t, h, "POST", importPath, one, "Content-Type", jsonType, "Authorization", right, "Sec-Fetch-Site", "cross-site"); w.Code != 403 {
		t.Errorf("from another site: %d", w.Code)
	}
	if w := send(t, h, "POST", importPath, one, "Content-Type", jsonType, "Authorization", right, "Host", "evil.example"); w.Code != 421 {
		t.Errorf("for another host: %d", w.Code)
	}
	// Reading needs the pages' token as ever, and there is nothing to read here.
	if w := send(t, h, "GET", importPath, "", "Authorization", right); w.Code != 401 {
		t.Errorf("the token of imports reads: %d", w.Code)
	}
	if w := send(t, h, "GET", importPath, "", "Authorization", "Bearer "+secretToken); w.Code != 404 {
		t.Errorf("items are read at the address: %d", w.Code)
	}
	// Who guesses is stopped; who knows goes on.
	for i := range 3 * triesAtMost {
		w := send(t, h, "POST", importPath, one, "Content-Type", jsonType, "Authorization", fmt.Sprintf("Bearer guess-%d", i))
		if i > triesAtMost && w.Code != http.StatusTooManyRequests {
			t.Fatalf("guess %d: %d", i, w.Code)
		}
	}
	if w := send(t, h, "POST", importPath, one, "Content-Type", jsonType, "Authorization", right); w.Code != 200 {
		t.Errorf("after others' guesses: %d %s", w.Code, w.Body)
	}
}

// TestNoImport: without a token there is no such address, and the document does not name it.
func TestNoImport(t *testing.T) {
	h, err := New(Options{Listen: "127.0.0.1:8080"})
	if err != nil {
		t.Fatal(err)
	}
	if w := send(t, h, "POST", importPath, `{}`, "Content-Type", "application/json", "Authorization", "Bearer "); w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := send(t, h, "GET", "/api/v1/openapi.json", ""); strings.Contains(w.Body.String(), `"/items"`) {
		t.Errorf("the document names it: %s", w.Body)
	}
}

// TestImportSchema: the document's schema of a line takes what can be imported and not what cannot, as far as a schema says it.
func TestImportSchema(t *testing.T) {
	b, err := json.Marshal(lines.Schema())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("line.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("line.json")
	if err != nil {
		t.Fatal(err)
	}
	const head = `{"key": "A-1", "title": "x", "created_at": "2026-03-01T00:00:00Z"`
	for text, want := range map[string]bool{
		head + `}`: true,
		head + `, "labels": ["a"], "points": 2.5, "draft": false, "state": "open", "kind": "incident"}`: true,
		`{"key": "A-1", "title": "x"}`:   false,
		head + `, "state": "closed"}`:    false,
		head + `, "labels": "a"}`:        false,
		head + `, "status": {"a": "b"}}`: false,
		head + `, "team": "x"}`:          false,
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		_, bad := lines.Check(strings.NewReader(text), lines.Lines, "pager", time.Now())
		if got := schema.Validate(v) == nil; got != want || (bad == nil) != want {
			t.Errorf("%s: the schema %v, the check %v, want %v", text, got, bad, want)
		}
	}
}
