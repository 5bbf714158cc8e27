package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/report"
)

// route is one operation of the API; the OpenAPI document is made of these.
type route struct {
	method, path string
	summary      string
	params       []param
	body         map[string]any   // JSON Schema of the request's body; nil: none
	answer       map[string]any   // JSON Schema of the answer
	wrong        map[string]any   // JSON Schema of the answer that says what went wrong; nil: that of all
	do           http.HandlerFunc // nil: it is served before the others
	role         Role             // that it needs; without one: viewer
	pace         *pace            // at which one asker may; nil: at any
}

// param is a parameter in the path or the address.
type param struct {
	name, in, text string
	required       bool
}

// maxAnswer is how many rows the API returns of a statement.
const maxAnswer = 10_000

func (s *server) routes() []route {
	all := []route{
		{method: "GET", path: "/questions", summary: "The catalogue of questions", answer: catalogSchema, do: s.apiCatalog},
		{
			method: "GET", path: "/questions/{name}", summary: "The answer to a question, a row an object; the question's parameters are those of the address",
			params: []param{{"name", "path", "Name of the question", true}}, answer: rowsSchema, do: s.apiAnswer,
		},
		{method: "POST", path: "/sql", summary: "The result of a read-only statement", body: statementSchema, answer: resultSchema, do: s.apiSQL, role: Analyst, pace: s.statements},
		{method: "GET", path: "/lag", summary: "How many records wait for each stage; empty where this process runs none", answer: lagSchema, do: s.apiLag},
		{method: "GET", path: "/budgets", summary: "What each tracker still allows this process; empty where it asks none", answer: budgetsSchema, do: s.apiBudgets},
		{method: "GET", path: "/openapi.json", summary: "This document", answer: map[string]any{"type": "object"}, do: s.apiDocument},
	}
	if s.o.Override != nil {
		all = append(all, route{
			method: "POST", path: "/overrides", role: Editor, summary: "Give a person's word on an item, which wins over every rule, or take it back; the answer comes once it is durable, and the tables follow within seconds where processors run",
			body: overrideSchema, answer: overriddenSchema, do: s.apiOverride,
		})
	}
	if s.o.Retry != nil {
		all = append(all, route{
			method: "POST", path: "/dead-letters/retry", role: Admin, summary: "Give records that could not be processed to their stage again; source and failure are * for any",
			body: retrySchema, answer: retriedSchema, do: s.apiRetry,
		})
	}
	if s.o.Rules != nil {
		all = append(
			all, route{method: "GET", path: "/rules", summary: "The rules whose verdicts count", answer: rulesSchema, do: s.apiRules},
			route{method: "POST", path: "/rules/try", summary: "An item's verdict by the rules that count, and with others over them; nothing is stored", body: trySchema, answer: trialSchema, do: s.apiTry, role: Analyst, pace: s.trials},
			route{method: "POST", path: "/rules/promote", summary: "Make another ruleset's verdicts count", body: promoteSchema, answer: promotedSchema, do: s.apiPromote, role: Admin},
		)
	}
	if s.o.Apply != nil {
		all = append(all, route{
			method: "POST", path: "/decisions", role: Editor, summary: "Publish decisions on plans, initiatives and asks, or with the role admin on groups, teams, people, memberships and absences too, or say what they would change; all or none",
			body: decisionsSchema, answer: appliedSchema, do: s.apiDecisions, pace: s.trials,
		})
	}
	if s.o.Retros != nil {
		all = append(all, s.retroRoutes()...)
	}
	if s.o.Import != nil {
		all = append(all, route{
			method: "POST", path: strings.TrimPrefix(importPath, "/api/v1"), summary: "Take in items: one, a list of them, or as application/x-ndjson or text/csv a line each. All or none; the answer comes once they are durable",
			params: []param{{"source", "query", "Name of the source, a part of every id", false}, {"dry_run", "query", "true: only check them", false}},
			body:   object{"anyOf": []any{s.o.Import.Line, listOf(s.o.Import.Line)}}, answer: importedSchema, wrong: badLinesSchema,
		})
	}
	return all
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(b, '\n'))
}

func writeError(w http.ResponseWriter, status int, err error) {
	busy(w, status)
	writeJSON(w, status, map[string]string{"error": err.Error()})
}

func apiNotFound(w http.ResponseWriter, r *http.Request) {
	writeError(w, http.StatusNotFound, fmt.Errorf("there is no %s %s: /api/v1/openapi.json lists what there is", r.Method, r.URL.Path))
}

type apiQuestion struct {
	Name       string      `json:"name"`
	Area       string      `json:"area"`
	Title      string      `json:"title"`
	Question   string      `json:"question"`
	Unit       string      `json:"unit"`
	Parameters []apiParam  `json:"parameters"`
	Columns    []apiColumn `json:"columns"`
	SQL        string      `json:"sql"`
}

type apiParam struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Text     string `json:"text"`
	Default  string `json:"default"`
	Required bool   `json:"required"`
}

type apiColumn struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

func (s *server) apiCatalog(w http.ResponseWriter, _ *http.Request) {
	all := []apiQuestion{}
	for _, q := range s.catalog {
		out := apiQuestion{
			Name: q.Name, Area: q.Area, Title: q.Title, Question: q.Question, Unit: q.Unit, SQL: q.SQL, Parameters: []apiParam{}, Columns: []apiColumn{},
		}
		for _, p := range q.Params {
			out.Parameters = append(out.Parameters, apiParam{p.Name, p.Type, p.Text, p.Default, p.Required})
		}
		for _, c := range q.Columns {
			out.Columns = append(out.Columns, apiColumn{c.Name, c.Comment})
		}
		all = append(all, out)
	}
	writeJSON(w, http.StatusOK, all)
}

func (s *server) apiAnswer(w http.ResponseWriter, r *http.Request) {
	q := s.question(r.PathValue("name"))
	if q == nil {
		writeError(w, http.StatusNotFound, fmt.Errorf("there is no question %q: /api/v1/questions lists those that exist", r.PathValue("name")))
		return
	}
	bound, err := q.Bind(given(r))
	if err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	var out bytes.Buffer // so that an error in the middle is no half answer
	if err := s.o.Run(r.Context(), q, bound, func(rows report.Rows) error { return report.Write(&out, "json", rows) }); err != nil {
		writeError(w, statusOf(err), err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(out.Bytes())
}

// result is the answer to a statement.
type result struct {
	Columns   []apiType         `json:"columns"`
	Rows      []json.RawMessage `json:"rows"` // objects
	Truncated bool              `json:"truncated"`
	ElapsedMS int64             `json:"elapsed_ms"`
}

type apiType struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// readJSON reads the body of a request into v, or answers why it cannot and returns false. Example is a body as it should
// be.
func readJSON(w http.ResponseWriter, r *http.Request, v any, example string) bool {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		writeError(w, http.StatusUnsupportedMediaType, fmt.Errorf("send it as application/json: %s", example))
		return false
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(v)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		writeError(w, http.StatusRequestEntityTooLarge, fmt.Errorf("the request is larger than %d bytes: send a shorter one", large.Limit))
	case err != nil:
		writeError(w, http.StatusBadRequest, fmt.Errorf("the body is not %s: %w", example, err))
	}
	return err == nil
}

func (s *server) apiSQL(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Query  string            `json:"query"`
		Params map[string]string `json:"params"`
	}
	if !readJSON(w, r, &in, `{"query": "SELECT 1", "params": {"name": "value"}}`) {
		return
	}
	start := time.Now()
	out := result{Columns: []apiType{}, Rows: []json.RawMessage{}}
	err := s.run(r.Context(), in.Query, in.Params, func(rows report.Rows) error {
		for _, c := range rows.Columns() {
			out.Columns = append(out.Columns, apiType{c.Name, c.Type})
		}
		limited := &limit{Rows: rows, left: maxAnswer}
		var lines bytes.Buffer
		if err := report.Write(&lines, "jsonl", limited); err != nil {
			return err
		}
		for line := range bytes.Lines(lines.Bytes()) {
			out.Rows = append(out.Rows, bytes.TrimSpace(line))
		}
		out.Truncated = limited.cut
		return nil
	})
	if err != nil {
		writeError(w, statusOf(err), err)
		return
	}
	out.ElapsedMS = time.Since(start).Milliseconds()
	writeJSON(w, http.StatusOK, out)
}
