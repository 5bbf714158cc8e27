package normalize

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// FuzzJira: whatever an issue holds, normalizing it gives valid events or an error, twice the same, and a
// ledger that adds up.
func FuzzJira(f *testing.F) {
	for _, s := range []string{
		`{"issue":{"id":"1","key":"OPS-7","fields":{"created":"2026-01-01T00:00:00.000+0000","updated":1767225600000,"status":{"id":1,"name":"Open"}}}}`,
		`{"issue":{"id":1,"fields":{"created":"2026-01-01T00:00:00Z","status":{"id":"6","name":"Zu","statusCategory":{"key":"done"}},"resolution":{"id":"2","name":"Duplicate"},"resolutiondate":"2026-01-05T00:00:00.000+0100",` +
			`"labels":["a","a"],"components":[{"id":"1","name":"x"}],"fixVersions":[null],"assignee":{"name":"u"},"description":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"x"}]}]},` +
			`"customfield_1":[{"id":7,"name":"S"},"com.atlassian.greenhopper.Sprint@1[id=8,name=S, 2,state=ACTIVE]"],"customfield_2":{"id":"customfield_2","value":3.5},"parent":{"id":"5","key":"OPS-5"},"duedate":"2026-02-30",` +
			`"issuelinks":[{"type":{"name":"Blocks","inward":"is blocked by","outward":"blocks"},"outwardIssue":{"id":"9","key":"OPS-9"}},{}],"comment":{"comments":[{"id":"1","created":"2026-01-02T00:00:00.000+0000"}]},"worklog":{"worklogs":[{"id":"3","started":"2026-01-02T00:00:00.000+0000"}]}},` +
			`"changelog":{"histories":[{"id":"2","created":"2026-01-03T00:00:00.000+0000","author":null,"items":[{"field":"status","from":"1","fromString":"Offen","to":"6","toString":"Zu"},{"field":"Link","to":"OPS-9","toString":"This issue blocks OPS-9"},` +
			`{"field":"Epic Link","from":"4","fromString":"OPS-4"},{"field":"Sprint","fieldId":"customfield_1","from":"7, 8","fromString":"S, S, 2","to":"","toString":""},{"field":"Component","to":"1","toString":"x"},{"field":"Rank"},{"field":"WorklogId","to":"3"}]},` +
			`{"id":2,"created":"2026-01-03T00:00:00.000+0000","items":[null]}]}},"meta":{"statuses":{"1":{"name":"Offen","category":"new"}},"fields":{"points":["customfield_2"],"sprint":["customfield_1"]}}}`,
		`{"issue":{"id":"1","key":"A-1","fields":{"created":"2026-01-01T00:00:00.000+0000","status":{"id":"1","name":"Open"},"customfield_1":[{"value":"a"},"b",7,null,{"accountId":"u","displayName":"U"}],"customfield_2":{"value":"x","child":{"value":"y"}}},` +
			`"changelog":{"histories":[{"id":1,"created":"2026-01-02T00:00:00.000+0000","items":[{"field":"One","fieldId":"customfield_1","from":"[1, u]","fromString":"a, U","to":"","toString":"b c"},{"field":"two","fieldtype":"custom","toString":"Parent values: x(1)Level 1 values: y(2)"}]}]}}}`,
		`{"issue":{"id":"x","fields":{"a":1}}}`, `{"issue":null}`, `[]`,
	} {
		f.Add([]byte(s))
	}
	n := New(Config{LabelFields: map[string]map[string]string{"tracker": {"customfield_1": "one", "customfield_2": "two"}}})
	f.Fuzz(func(t *testing.T, content []byte) {
		out, l, err := n.jiraIssue(modelRaw(content), 3)
		if err != nil {
			return
		}
		sum := l.Revisions
		for _, c := range l.Exceptions {
			sum += c
		}
		if sum != l.Items {
			t.Errorf("%s: ledger %+v does not add up", content, l)
		}
		for _, p := range out {
			if err := p.Validate(); err != nil {
				t.Errorf("%s: an invalid %T: %v", content, p, err)
			}
		}
		again, _, _ := n.jiraIssue(modelRaw(content), 3)
		a, err := json.Marshal(out)
		if err != nil {
			t.Fatalf("%s: %v", content, err)
		}
		if b, _ := json.Marshal(again); string(a) != string(b) {
			t.Errorf("%s: two runs differ", content)
		}
	})
}

// FuzzADF: any document gives text or an error, and the text is valid UTF-8.
func FuzzADF(f *testing.F) {
	f.Add([]byte(`{"type":"doc","version":1,"content":[{"type":"heading","content":[{"type":"text","text":"H"}]},{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"mention","attrs":{"text":"@a"}},{"type":"hardBreak"}]}]}]}]}`))
	f.Add([]byte(`{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableHeader"},{"type":"tableCell","content":[{"type":"codeBlock"}]}]}]}`))
	f.Add([]byte(`"plain"`))
	f.Add([]byte(`{"content":[{"content":[{"content":[null]}]}],"attrs":{"url":1}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, _, err := bodyText(raw)
		if err == nil && !utf8.ValidString(text) {
			t.Errorf("%q gives %q", raw, text)
		}
	})
}
