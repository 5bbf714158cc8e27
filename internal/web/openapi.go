package web

import (
	"fmt"
	"net/http"
	"strings"
)

type object = map[string]any

func schemaOf(required string, properties object) object {
	return object{"type": "object", "required": strings.Fields(required), "properties": properties, "additionalProperties": false}
}

func listOf(of object) object { return object{"type": "array", "items": of} }

var (
	text        = object{"type": "string"}
	flag        = object{"type": "boolean"}
	whole       = object{"type": "integer"}
	errorText   = object{"type": "string", "description": "One sentence: what went wrong and how to mend it"}
	errorSchema = schemaOf("error", object{"error": errorText})

	catalogSchema = listOf(schemaOf("name area title question unit parameters columns sql", object{
		"name": text, "area": text, "title": text, "question": text, "unit": text, "sql": text,
		"parameters": listOf(schemaOf("name type text default required", object{"name": text, "type": text, "text": text, "default": text, "required": flag})),
		"columns":    listOf(schemaOf("name text", object{"name": text, "text": text})),
	}))
	moment        = object{"type": []any{"string", "null"}, "format": "date-time"}
	budgetsSchema = listOf(schemaOf("source requests limited limit remaining reset held_until held_why", object{
		"source": text, "requests": object{"type": "integer"}, "limited": object{"type": "integer"}, "limit": object{"type": "integer"},
		"remaining": object{"type": "integer"}, "reset": moment, "held_until": moment, "held_why": text,
	}))
	lagSchema       = object{"type": "object", "additionalProperties": object{"type": "integer"}}
	rowsSchema      = listOf(object{"type": "object"})
	statementSchema = schemaOf("query", object{
		"query":  object{"type": "string", "description": "One statement that reads: SELECT, WITH, SHOW, DESCRIBE, EXISTS or EXPLAIN"},
		"params": object{"type": "object", "additionalProperties": text, "description": "Values of what stands as {name:Type} in the statement"},
	})
	resultSchema = schemaOf("columns rows truncated elapsed_ms", object{
		"columns":    listOf(schemaOf("name type", object{"name": text, "type": text})),
		"rows":       rowsSchema,
		"truncated":  object{"type": "boolean", "description": "There are more rows than the API returns"},
		"elapsed_ms": object{"type": "integer"},
	})
	score       = object{"type": "number"}
	rulesSchema = schemaOf("id layers rules", object{
		"id":     text,
		"layers": listOf(schemaOf("name rules replaced silenced words", object{"name": text, "rules": whole, "replaced": whole, "silenced": whole, "words": whole})),
		"rules":  listOf(schemaOf("name because forced long text", object{"name": text, "because": text, "forced": score, "long": score, "text": text})),
	})
	retrySchema   = schemaOf("stage reason", object{"stage": text, "source": text, "failure": text, "reason": text})
	retriedSchema = schemaOf("records", object{"records": whole})
	trySchema     = schemaOf("rules item", object{
		"rules": object{"type": "string", "description": "A file of rules, which is laid over those that count: at most 32 KiB, without anchors and aliases"},
		"item":  object{"type": "object", "description": "A work item as workmix classify reads it"},
	})
	judgedSchema = schemaOf("quadrant forced long confidence category property forced_reason evidence", object{
		"quadrant": text, "forced": score, "long": score, "confidence": score, "category": text, "property": text, "forced_reason": text,
		"evidence": listOf(schemaOf("rule because forced long", object{"rule": text, "because": text, "matched": text, "forced": score, "long": score})),
	})
	trialSchema    = schemaOf("before after", object{"before": judgedSchema, "after": judgedSchema})
	promoteSchema  = schemaOf("ruleset reason", object{"ruleset": text, "reason": text})
	promotedSchema = schemaOf("ruleset", object{"ruleset": text})
	importedSchema = schemaOf("lines items written unchanged oversize", object{
		"lines": whole, "items": object{"type": "integer", "description": "Items that the lines are about"},
		"written":   object{"type": "integer", "description": "Of these, new in the log or with something new"},
		"unchanged": object{"type": "integer", "description": "Of these, in the log already"},
		"oversize":  object{"type": "integer", "description": "Of these, too large for the log"},
	})
	overrideSchema = schemaOf("item reason", object{
		"item":     object{"type": "string", "description": "The item's key or id"},
		"drive":    object{"enum": []any{"forced", "discretionary"}, "description": "Absent: the rules decide"},
		"horizon":  object{"enum": []any{"short", "long"}, "description": "Absent: the rules decide"},
		"category": object{"type": "string", "description": "Absent: the usual steps decide"},
		"clear":    object{"type": "boolean", "description": "true: take the word back"},
		"reason":   object{"type": "string", "description": "Why, for others to read"},
	})
	overriddenSchema = schemaOf("item_id verb", object{
		"item_id": object{"type": "string", "description": "Id of the item"},
		"verb":    object{"enum": []any{"add", "change", "retract"}, "description": "What the word did to the overrides that there were"},
	})
	badLinesSchema = schemaOf("error", object{
		"error": errorText,
		"problems": listOf(schemaOf("line problem", object{
			"line": whole, "field": text, "problem": object{"type": "string", "description": "What is wrong, and how to mend it"},
		})),
	})
)

// document is the OpenAPI document of the routes.
func (s *server) document() object {
	paths := object{}
	for _, r := range s.api {
		wrong := r.wrong
		if wrong == nil {
			wrong = errorSchema
		}
		op := object{
			"summary":     r.summary,
			"operationId": operationID(r),
			"description": "Needs the role " + max(r.role, Viewer).String() + ".",
			"responses": object{
				"200":     object{"description": "The answer", "content": content(r.answer)},
				"default": object{"description": "What went wrong", "content": content(wrong)},
			},
		}
		if r.pace != nil {
			op["responses"].(object)["429"] = object{
				"description": fmt.Sprintf("One asker sent more than %d %s in a minute", r.pace.most, r.pace.what), "content": content(errorSchema),
				"headers": object{"Retry-After": object{"description": "Seconds to wait", "schema": whole}},
			}
		}
		var params []any
		for _, p := range r.params {
			params = append(params, object{"name": p.name, "in": p.in, "description": p.text, "required": p.required, "schema": text})
		}
		if params != nil {
			op["parameters"] = params
		}
		if r.body != nil {
			op["requestBody"] = object{"required": true, "content": content(r.body)}
		}
		at, ok := paths[r.path].(object)
		if !ok {
			at = object{}
			paths[r.path] = at
		}
		at[strings.ToLower(r.method)] = op
	}
	return object{
		"openapi": "3.1.0",
		"info":    object{"title": "workmix", "version": s.o.Version, "description": "Where an engineering team's work goes. Everything is read only but the taking in of items and of overrides."},
		"servers": []any{object{"url": "/api/v1"}},
		"paths":   paths,
	}
}

func content(schema object) object { return object{"application/json": object{"schema": schema}} }

// operationID is getQuestionsName for GET /questions/{name}.
func operationID(r route) string {
	id := strings.ToLower(r.method)
	for part := range strings.FieldsFuncSeq(r.path, func(c rune) bool { return strings.ContainsRune("/{}.-", c) }) {
		id += strings.ToUpper(part[:1]) + part[1:]
	}
	return id
}

func (s *server) apiDocument(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.document())
}
