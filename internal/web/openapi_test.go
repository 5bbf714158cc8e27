package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestDocumentIsTrue: every operation of the OpenAPI document is there, answers as the document says, and there is none
// beside it.
func TestDocumentIsTrue(t *testing.T) {
	e := newEngine(t)
	w := send(t, e, "GET", "/api/v1/openapi.json", "")
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Responses   map[string]struct {
				Content map[string]struct{ Schema any }
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || doc.OpenAPI != "3.1.0" {
		t.Fatalf("%v: %s", err, w.Body)
	}
	calls := []struct {
		op, method, path, at, body string
		status                     int
	}{
		{"getQuestions", "GET", "/questions", "/questions", "", 200},
		{"getQuestionsName", "GET", "/questions/{name}", "/questions/coverage", "", 200},
		{"getQuestionsName", "GET", "/questions/{name}", "/questions/nonsense", "", 404},
		{"getQuestionsName", "GET", "/questions/{name}", "/questions/coverage?nonsense=1", "", 400},
		{"postSql", "POST", "/sql", "/sql", `{"query": "SELECT {n:UInt8} AS n, 'x' AS s", "params": {"n": "7"}}`, 200},
		{"postSql", "POST", "/sql", "/sql", `{"query": "SELECT {n:UInt8}"}`, 400},
		{"postSql", "POST", "/sql", "/sql", `{"query": "DROP TABLE revisions"}`, 400},
		{"postSql", "POST", "/sql", "/sql", `{"query": "SELECT nonsense"}`, 400},
		{"postSql", "POST", "/sql", "/sql", `[]`, 400},
		{"postOverrides", "POST", "/overrides", "/overrides", `{"item": "a", "drive": "forced", "reason": "so it is"}`, 200},
		{"postOverrides", "POST", "/overrides", "/overrides", `{"item": "a", "drive": "maybe", "reason": "so it is"}`, 400},
		{"postOverrides", "POST", "/overrides", "/overrides", `{"item": "a", "verdict": "forced"}`, 400},
		{"getBudgets", "GET", "/budgets", "/budgets", "", 200},
		{"getLag", "GET", "/lag", "/lag", "", 200},
		{"postItems", "POST", "/items", "/items?source=pager", `{"key": "A-1", "title": "x", "created_at": "2026-03-01"}`, 200},
		{"postItems", "POST", "/items", "/items", `[{"key": "A-1", "title": "x"}]`, 400},
		{"postItems", "POST", "/items", "/items?nonsense=1", `[]`, 400},
		{"getRules", "GET", "/rules", "/rules", "", 200},
		{"postRulesTry", "POST", "/rules/try", "/rules/try", `{"rules": "x", "item": {"title": "y"}}`, 200},
		{"postRulesTry", "POST", "/rules/try", "/rules/try", `{"rules": "wrong", "item": {}}`, 400},
		{"postRulesPromote", "POST", "/rules/promote", "/rules/promote", `{"ruleset": "r2", "reason": "better"}`, 200},
		{"postRulesPromote", "POST", "/rules/promote", "/rules/promote", `{"ruleset": "r2"}`, 400},
		{"postDeadLettersRetry", "POST", "/dead-letters/retry", "/dead-letters/retry", `{"stage": "sink", "reason": "mended"}`, 200},
		{"postDeadLettersRetry", "POST", "/dead-letters/retry", "/dead-letters/retry", `{"stage": "sink"}`, 400},
		{"postDecisions", "POST", "/decisions", "/decisions", `{"text": "of: compute", "reason": "agreed"}`, 200},
		{"postDecisions", "POST", "/decisions", "/decisions", `{"text": "of: compute", "reason": "", "dry_run": true}`, 200},
		{"postDecisions", "POST", "/decisions", "/decisions", `{"text": "of: compute", "reason": ""}`, 400},
		{"postDecisions", "POST", "/decisions", "/decisions", `{"text": "of: nobody", "reason": "agreed"}`, 400},
		{"getRetrospective", "GET", "/retrospective", "/retrospective?quarter=2026-Q3&team=compute", "", 200},
		{"getRetrospective", "GET", "/retrospective", "/retrospective?quarter=2031-Q3", "", 400},
		{"getRetrospectivePublished", "GET", "/retrospective/published", "/retrospective/published", "", 200},
		{"getRetrospectiveCompare", "GET", "/retrospective/compare", "/retrospective/compare?quarter=2026-Q3&team=compute", "", 200},
		{"getRetrospectiveCompare", "GET", "/retrospective/compare", "/retrospective/compare?quarter=2026-Q3&team=lab", "", 400},
		{"postRetrospectiveNotes", "POST", "/retrospective/notes", "/retrospective/notes", `{"quarter": "2026-Q3", "text": "well done"}`, 200},
		{"postRetrospectiveNotes", "POST", "/retrospective/notes", "/retrospective/notes", `{"quarter": "2026-Q3"}`, 400},
		{"postRetrospectivePublish", "POST", "/retrospective/publish", "/retrospective/publish", `{"quarter": "2026-Q3", "reason": "agreed"}`, 200},
		{"postRetrospectivePublish", "POST", "/retrospective/publish", "/retrospective/publish", `{"quarter": "2026-Q3"}`, 400},
		{"getOpenapiJson", "GET", "/openapi.json", "/openapi.json", "", 200},
	}
	called := map[string]bool{}
	for _, c := range calls {
		op, ok := doc.Paths[c.path][strings.ToLower(c.method)]
		if !ok || op.OperationID != c.op {
			t.Errorf("%s %s is not in the document", c.method, c.path)
			continue
		}
		called[c.op] = true
		w := send(t, e, c.method, "/api/v1"+c.at, c.body, "Content-Type", "application/json", "Authorization", "Bearer "+importToken)
		if w.Code != c.status || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %s: %d %s, want %d: %s", c.method, c.at, c.body, w.Code, w.Header().Get("Content-Type"), c.status, w.Body)
		}
		which := "default"
		if c.status == http.StatusOK {
			which = "200"
		}
		got, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
		if err != nil {
			t.Errorf("%s: %v", c.at, err)
			continue
		}
		compiler := jsonschema.NewCompiler()
		if err := compiler.AddResource("answer.json", op.Responses[which].Content["application/json"].Schema); err != nil {
			t.Fatal(err)
		}
		schema, err := compiler.Compile("answer.json")
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(got); err != nil {
			t.Errorf("%s %s: the answer is not as the document says: %v\n%s", c.method, c.at, err, w.Body)
		}
	}
	for path, ops := range doc.Paths {
		for method, op := range ops {
			if !called[op.OperationID] {
				t.Errorf("%s %s is in the document and in no test", method, path)
			}
		}
	}
	if s := (&server{o: Options{Import: checking(nil), Override: e.override, Rules: (&playground{}).port(), Retry: again, Retros: (&shelf{}).port(), Apply: (&ledger{}).apply}}); len(s.routes()) != len(called) {
		t.Errorf("%d routes, %d operations tested", len(s.routes()), len(called))
	}
	w = send(t, e, "POST", "/api/v1/sql", `{"query": "SELECT {n:UInt8} AS n, 'x' AS s;", "params": {"n": "7"}}`, "Content-Type", "application/json")
	if !strings.Contains(w.Body.String(), `"columns":[{"name":"n","type":"UInt8"},{"name":"s","type":"String"}],"rows":[{"n":7,"s":"x"}],"truncated":false`) {
		t.Errorf("a statement's answer: %s", w.Body)
	}
	w = send(t, e, "POST", "/api/v1/sql", `{"query": "SELECT number FROM numbers(10001)"}`, "Content-Type", "application/json")
	if !strings.Contains(w.Body.String(), `"truncated":true`) {
		t.Errorf("a long answer looks whole: %.200s", w.Body)
	}
	for path, want := range map[string]string{
		"/sql/export?format=csv&query=SELECT+number+FROM+numbers(10001)": "\n10000\n",
		"/sql/export?format=jsonl&query=SELECT+1+AS+n":                   `{"n":1}`,
		"/sql?query=SELECT+7+AS+lucky":                                   `data-column="lucky"`,
		"/sql?query=SELECT+{x:UInt8}%2B1+AS+lucky&param_x=41":            `<td class="n">42</td>`,
	} {
		if w := send(t, e, "GET", path, ""); w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %.300s", path, w.Code, w.Body)
		}
	}
}
