package normalize

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// FuzzHandle: whatever stands in the log, Handle returns valid events or an error.
func FuzzHandle(f *testing.F) {
	f.Add("github", "pull_request", "", []byte(`{"pull":{"number":1,"created_at":"2026-01-01T00:00:00Z","labels":[{"name":"x"}],"merged_at":null},"timeline":[{"event":"closed"},{"event":"labeled","label":null},{"event":"renamed","rename":{}},{"event":"committed","sha":"1"},{"event":"assigned","assignee":{"id":-1}}],"reviews":[{}],"comments":[null],"commits":[{}]}`))
	f.Add("github", "issue", "", []byte(`{"issue":{"created_at":"2026-01-01T00:00:00Z","closed_at":"0001-01-01T00:00:00Z","state":"closed","type":{"name":"Bug"}},"timeline":[null,{"event":"cross-referenced","source":{"issue":{"pull_request":{},"body":"fixes #1"}}},{"event":"issue_type_changed"}],"deliveries":[{"event":"issues","action":"edited"}]}`))
	f.Add("github", "issue", "transferred", []byte(`{"issue":{"html_url":"https://x/a/b/issues/1"}}`))
	f.Add("jira", "issue", "", []byte(`{"issue":{"id":"1","key":"A-1","fields":{"created":"2026-01-01T00:00:00.000+0000"},"changelog":{"histories":[{"id":"1","items":[null,{"field":"status"}]}]}},"meta":{}}`))
	f.Add("jira", "issue", "deleted", []byte(`null`))
	n := New(Config{InProgress: []string{"x"}, IncidentLabels: []string{"y"}})
	f.Fuzz(func(t *testing.T, tracker, kind, removed string, content []byte) {
		value, err := json.Marshal(map[string]any{
			"source": "s", "tracker": tracker, "project": "a/b", "item_id": "s/issue/1", "key": "a/b#1", "kind": kind, "recorded_at": time.Unix(1e9, 0),
			"digest": "d", "removed": removed, "content": json.RawMessage(content),
		})
		if err != nil {
			value = content
		}
		header := func(k, v string) event.Header { return event.Header{Key: k, Value: []byte(v)} }
		m := &event.Message{Value: value, Headers: []event.Header{header("ce_specversion", "1.0"), header("ce_type", event.TypeRaw)}}
		out, err := n.Handle(m)
		if err != nil {
			return
		}
		for _, p := range out {
			if err := p.Validate(); err != nil {
				t.Errorf("%s: an invalid %T: %v", content, p, err)
			}
		}
	})
}
