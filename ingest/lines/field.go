package lines

import (
	"strings"

	"github.com/workmix/workmix/internal/event"
)

// The limits of what is handed over.
const (
	maxLine  = 1 << 20 // bytes of a line of JSON
	maxText  = 1000    // characters of a text of one line
	maxKey   = 200     // of a key or id
	maxBody  = 200_000 // of a body
	maxList  = 100     // values of a list
	maxItems = 1000    // lines of one item
)

// Field is a member of a JSON line, or a column of CSV.
type Field struct {
	Name     string
	Type     string // text, long text, list, time, number or flag
	Required bool
	Values   []string // what it may be; nil: anything
	About    string

	at func(*event.Row) any // where it belongs
}

// Fields lists the fields that there are.
func Fields() []Field {
	states := []string{string(event.StateOpen), string(event.StateInProgress), string(event.StateDone), string(event.StateDropped)}
	kinds := []string{string(event.KindIssue), string(event.KindIncident), string(event.KindPullRequest)}
	type row = *event.Row
	return []Field{
		{"key", "text", true, nil, "key of the item as people write it, such as PD-12; without spaces", func(r row) any { return &r.Key }},
		{"title", "text", true, nil, "title", func(r row) any { return &r.Title }},
		{"created_at", "time", true, nil, "when it was opened", func(r row) any { return &r.CreatedAt }},
		{"id", "text", false, nil, "what identifies the item for ever, where keys can change; else the key does", func(r row) any { return &r.ID }},
		{"project", "text", false, nil, "project that it belongs to; else the source's name", func(r row) any { return &r.Project }},
		{"kind", "text", false, kinds, "what it is; else an incident where its labels or type say so (`incidents` of the configuration), or an issue", func(r row) any { return &r.Kind }},
		{"type", "text", false, nil, "your own type of item", func(r row) any { return &r.Type }},
		{"url", "text", false, nil, "where people open it: http or https", func(r row) any { return &r.URL }},
		{"body", "long text", false, nil, "description; several lines are fine", func(r row) any { return &r.Body }},
		{"state", "text", false, states, "where it stands; else `done` with a `closed_at` or `merged_at`, `in_progress` with a `started_at`, or `open`", func(r row) any { return &r.State }},
		{"status", "text", false, nil, "your own word for the state", func(r row) any { return &r.Status }},
		{"resolution", "text", false, nil, "your own word for how it ended", func(r row) any { return &r.Resolution }},
		{"priority", "text", false, nil, "your own word for the priority or severity", func(r row) any { return &r.Priority }},
		{"labels", "list", false, nil, "labels", func(r row) any { return &r.Labels }},
		{"components", "list", false, nil, "components or services", func(r row) any { return &r.Components }},
		{"milestone", "text", false, nil, "milestone or version", func(r row) any { return &r.Milestone }},
		{"sprint", "text", false, nil, "sprint", func(r row) any { return &r.Sprint }},
		{"points", "number", false, nil, "story points", func(r row) any { return &r.Points }},
		{"parent_key", "text", false, nil, "key of the item above it, in whatever source", func(r row) any { return &r.ParentKey }},
		{"author", "text", false, nil, "account of who opened it; the tables show a pseudonym", func(r row) any { return &r.Author }},
		{"author_is_bot", "flag", false, nil, "a program opened it", func(r row) any { return &r.AuthorBot }},
		{"assignees", "list", false, nil, "accounts of who works on it; the tables show pseudonyms", func(r row) any { return &r.Assignees }},
		{"draft", "flag", false, nil, "a pull request that is not ready for review", func(r row) any { return &r.Draft }},
		{"due_at", "time", false, nil, "when it is due", func(r row) any { return &r.DueAt }},
		{"started_at", "time", false, nil, "when work on it began", func(r row) any { return &r.StartedAt }},
		{"merged_at", "time", false, nil, "when the pull request was merged", func(r row) any { return &r.MergedAt }},
		{"closed_at", "time", false, nil, "when it was closed", func(r row) any { return &r.ClosedAt }},
		{"updated_at", "time", false, nil, "as of when the line speaks; else the latest of its other times but `due_at`", func(r row) any { return &r.UpdatedAt }},
	}
}

// plain is a name without what people write in several ways.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name))
}

// Schema is the JSON Schema of a line.
func Schema() map[string]any {
	properties := map[string]any{}
	var required []string
	for _, f := range Fields() {
		s := map[string]any{"description": f.About}
		switch f.Type {
		case "list":
			s["type"], s["items"], s["maxItems"] = "array", map[string]any{"type": "string"}, maxList
		case "number":
			s["type"] = "number"
		case "flag":
			s["type"] = "boolean"
		case "time":
			s["type"], s["description"] = "string", f.About+"; "+timeForms
		default:
			s["type"] = "string"
		}
		if f.Values != nil {
			s["enum"] = f.Values
		}
		properties[f.Name] = s
		if f.Required {
			required = append(required, f.Name)
		}
	}
	return map[string]any{"type": "object", "required": required, "properties": properties, "additionalProperties": false}
}
