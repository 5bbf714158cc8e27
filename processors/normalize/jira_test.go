package normalize

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/workmix/workmix/internal/event"
)

// jiraCase is one issue in a table of cases: members of its fields, histories of its changelog, and what comes out.
type jiraCase struct {
	name      string
	config    Config
	fields    string // members added to the fields
	histories string // "" for no changelog
	meta      string
	want      []string // revisions: "<seconds since creation> <change> <changed fields with values>"
	links     []string
	did       []string // activities: "<seconds> <action> <account>"
}

const jiraStatuses = `"statuses":{"1":{"name":"Open","category":"new"},"3":{"name":"Doing","category":"indeterminate"},"6":{"name":"Closed","category":"done"}}`

func (c *jiraCase) raw() *event.Raw {
	fields := `"created":"2024-03-01T09:00:00.000+0000","updated":"2024-03-01T09:01:30.000+0000","summary":"S","status":{"id":"1","name":"Open"},"reporter":{"accountId":"u1"},"creator":{"accountId":"u1"}`
	if c.fields != "" {
		fields += "," + c.fields // of two members of one name the later counts
	}
	changelog := ""
	if c.histories != "" {
		changelog = `,"changelog":{"histories":[` + c.histories + `]}`
	}
	meta := jiraStatuses
	if c.meta != "" {
		meta = c.meta
	}
	return modelRaw(json.RawMessage(`{"issue":{"id":"7","key":"OPS-7"` + changelog + `,"fields":{` + fields + `}},"meta":{"browse":"https://j.example/","fields":{"epic":["customfield_3"]},` + meta + `}}`))
}

// entry writes a history made so many seconds after the creation.
func entry(id, second int, items ...string) string {
	at := modelCreated.Add(time.Duration(second) * time.Second).Format("2006-01-02T15:04:05.000-0700")
	return fmt.Sprintf(`{"id":"%d","created":"%s","author":{"accountId":"u2"},"items":[%s]}`, id, at, strings.Join(items, ","))
}

// item writes an item of a history.
func item(field, from, fromString, to, toString string) string {
	return fmt.Sprintf(`{"field":%q,"from":%q,"fromString":%q,"to":%q,"toString":%q}`, field, from, fromString, to, toString)
}

// fieldItem writes one that names its field by id as well.
func fieldItem(id, field, from, fromString, to, toString string) string {
	return fmt.Sprintf(`{"fieldId":%q,%s`, id, strings.TrimPrefix(item(field, from, fromString, to, toString), "{"))
}

func jiraCases() []jiraCase {
	asked := Config{LabelFields: map[string]map[string]string{"tracker": {"customfield_8": "customer", "customfield_9": "region"}, "another": {"customfield_10": "rank"}}}
	begin, end := item("status", "1", "Open", "3", "Doing"), item("status", "3", "Doing", "6", "Closed")
	closed := `"status":{"id":"6","name":"Closed"},"resolution":{"id":"1","name":"Fixed"},"resolutiondate":"2024-03-01T10:00:40.000+0100"`
	return []jiraCase{
		{
			name: "nothing happened", histories: ` `, want: []string{"0 created open"}, did: []string{"0 opened u1"},
		},
		{
			name: "newest first, several in a second", fields: closed,
			histories: entry(12, 40, item("resolution", "", "", "1", "Fixed"), item("Rank", "", "", "", "higher")) + "," + entry(11, 40, end) + "," + entry(2, 40, begin),
			want: []string{
				"0 created open", `40 changelog/2/0 started_at state="in_progress" status="Doing"`, `40 changelog/11/0 closed_at state="done" status="Closed"`,
				`40 changelog/12/0 resolution="Fixed"`,
			},
			did: []string{"0 opened u1", "40 transitioned u2", "40 transitioned u2", "40 transitioned u2"},
		},
		{
			name: "closed and no changelog", fields: closed,
			want: []string{"0 created open inferred=[resolution state status]", `40 correction closed_at resolution="Fixed" state="done" status="Closed"`},
		},
		{
			name: "closed without a date and no changelog", fields: `"status":{"id":"6","name":"Closed"},"statuscategorychangedate":"2024-03-01T09:01:10.000+0000"`,
			want: []string{"0 created open inferred=[resolution state status]", `70 correction closed_at state="done" status="Closed"`},
		},
		{
			name: "in progress since its creation", fields: `"status":{"id":"3","name":"Doing"},"statuscategorychangedate":"2024-03-01T09:00:00.400+0000"`,
			want: []string{"0 created in_progress"},
		},
		{
			name: "the changelog ends with another status", fields: closed, histories: entry(2, 20, begin),
			want: []string{
				"0 created open inferred=[resolution]", `20 changelog/2/0 started_at state="in_progress" status="Doing"`,
				`40 correction closed_at resolution="Fixed" state="done" status="Closed"`,
			},
		},
		{
			name: "a change after the resolution that the fields deny", fields: closed, histories: entry(2, 60, begin),
			want: []string{
				"0 created open inferred=[resolution]", `60 changelog/2/0 started_at state="in_progress" status="Doing"`,
				`90 correction closed_at resolution="Fixed" state="done" status="Closed"`,
			},
		},
		{
			name: "other fields that nothing tells", fields: `"summary":"New","labels":["b","a"]`, histories: entry(2, 20, item("summary", "", "Old", "", "Newer")),
			want: []string{"0 created open", `20 changelog/2/0 title="Newer"`, `90 correction title="New"`},
		},
		{
			name: "a change after the time of the update", fields: `"summary":"New"`, histories: entry(2, 100, item("summary", "", "Old", "", "Newer")),
			want: []string{"0 created open", `100 changelog/2/0 title="Newer"`, `100 correction title="New"`},
		},
		{
			name: "resolved before it was created, of an import", fields: `"status":{"id":"6","name":"Closed"},"resolution":{"name":"Fixed"},"resolutiondate":"2024-02-01T00:00:00.000+0000"`,
			histories: entry(2, 20, item("status", "1", "Open", "3", "Doing")),
			want:      []string{"0 created open", `20 changelog/2/0 started_at state="in_progress" status="Doing"`, `90 correction closed_at state="done" status="Closed"`},
		},
		{
			name: "resolved before it was created, without a status in the changelog", fields: `"status":{"id":"6","name":"Closed"},"resolution":{"name":"Fixed"},"resolutiondate":"2024-02-01T00:00:00.000+0000"`,
			histories: entry(2, 20, item("resolution", "", "", "1", "Done")), want: []string{"0 created done", `20 changelog/2/0 resolution="Done"`, `90 correction resolution="Fixed"`},
		},
		{
			name: "begun and resolved before it was created, of an import", fields: `"status":{"id":"6","name":"Closed"},"resolutiondate":"2024-03-01T08:59:50.000+0000"`,
			histories: entry(2, -50, item("status", "1", "Open", "3", "Doing")),
			want:      []string{"0 created open", `0 changelog/2/0 started_at state="in_progress" status="Doing"`, `0 correction closed_at state="done" status="Closed"`},
		},
		{
			name: "dropped, then reopened, then done", fields: closed,
			histories: entry(1, 10, item("status", "1", "Open", "6", "Closed"), item("resolution", "", "", "2", "Won't Fix")) + "," +
				entry(2, 20, item("resolution", "2", "Won't Fix", "", ""), item("status", "6", "Closed", "1", "Open")) + "," +
				entry(3, 40, item("status", "1", "Open", "6", "Closed"), item("resolution", "", "", "1", "Fixed")),
			want: []string{
				"0 created open", `10 changelog/1/0 closed_at state="done" status="Closed"`, `10 changelog/1/1 resolution="Won't Fix" state="dropped"`,
				`20 changelog/2/0 resolution="" state="done"`, `20 changelog/2/1 closed_at state="open" status="Open"`,
				`40 changelog/3/0 closed_at state="done" status="Closed"`, `40 changelog/3/1 resolution="Fixed"`,
			},
		},
		{
			name: "a configured resolution and a configured status", config: Config{Dropped: []string{"parked"}, InProgress: []string{"waiting"}},
			fields:    `"status":{"id":"6","name":"Closed"},"resolution":{"name":"Parked"}`,
			histories: entry(1, 10, item("resolution", "", "", "", "Parked"), item("status", "1", "Waiting", "6", "Closed")),
			want:      []string{"0 created in_progress", `10 changelog/1/0 resolution="Parked"`, `10 changelog/1/1 closed_at state="dropped" status="Closed"`},
		},
		{
			name:   "deleted statuses", // by their names; one of no known name is done with a resolution, in progress once begun, else open
			fields: closed, histories: entry(1, 10, item("status", "90", "Zzz", "91", "In Review")) + "," + entry(2, 20, item("status", "91", "In Review", "92", "Yyy")) + "," +
				entry(3, 30, item("resolution", "", "", "1", "Fixed"), item("status", "92", "Yyy", "6", "Closed")),
			want: []string{
				"0 created open inferred=[state]", `10 changelog/1/0 started_at state="in_progress" status="In Review" inferred=[state]`, `20 changelog/2/0 status="Yyy" inferred=[state]`,
				`30 changelog/3/0 closed_at resolution="Fixed" state="done" inferred=[state]`, `30 changelog/3/1 status="Closed"`,
			},
		},
		{
			name: "statuses in other categories since", fields: `"status":{"id":"3","name":"Doing","statusCategory":{"key":"done"}}`,
			meta:      `"statuses":{"1":{"name":"Open","category":"new"},"3":{"name":"Doing","category":"done","earlier":[{"category":"new","until":"2024-03-01T09:00:20Z"},{"category":"indeterminate","until":"2024-03-01T09:00:50Z"}]}}`,
			histories: entry(1, 10, item("status", "1", "Open", "3", "Doing")) + "," + entry(2, 30, item("status", "3", "Doing", "1", "Open")) + "," + entry(3, 40, item("status", "1", "Open", "3", "Doing")),
			want: []string{
				"0 created open", `10 changelog/1/0 status="Doing"`, `20 category/3/1709283620000 started_at state="in_progress"`, `30 changelog/2/0 state="open" status="Open"`,
				`40 changelog/3/0 state="in_progress" status="Doing"`, `50 category/3/1709283650000 closed_at state="done"`,
			},
		},
		{
			name: "user keys of an old changelog", fields: `"assignee":{"accountId":"u3","key":"carl"}`, histories: entry(1, 10, item("assignee", "", "", "carl", "Carl")),
			want: []string{"0 created open", `10 changelog/1/0 assignees=["u3"]`}, did: []string{"0 opened u1", "10 assigned u2"},
		},
		{
			name: "an epic becomes a parent", fields: `"parent":{"id":"5","key":"OPS-5"},"customfield_3":null`,
			histories: entry(1, 10, item("Epic Link", "", "", "3", "OPS-3")) + "," + entry(2, 20, item("Parent", "", "", "5", "OPS-5"), item("Epic Link", "3", "OPS-3", "", "")),
			want:      []string{"0 created open", `10 changelog/1/0 parent_key="OPS-3"`, `20 changelog/2/0 parent_key="OPS-5"`},
			links:     []string{"parent OPS-3 tracker/issue/3 10-20", "parent OPS-5 tracker/issue/5 20-"},
		},
		{
			name: "an epic from the beginning becomes a parent", fields: `"parent":{"id":"5","key":"OPS-5"}`, histories: entry(2, 20, item("Parent", "", "", "5", "OPS-5"), item("Epic Link", "3", "OPS-3", "", "")),
			want: []string{"0 created open", `20 changelog/2/0 parent_key="OPS-5"`}, links: []string{"parent OPS-3 tracker/issue/3 0-20", "parent OPS-5 tracker/issue/5 20-"},
		},
		{
			name: "an epic as the interface of boards has it", fields: `"epic":{"id":3,"key":"OPS-3"},"sprint":{"id":4,"name":"Now"},"closedSprints":[{"id":3,"name":"Then"}]`,
			want: []string{"0 created open"}, links: []string{"parent OPS-3 tracker/issue/3 0-"},
		},
		{
			name: "links, each from one end", histories: entry(1, 10, item("Link", "", "", "OPS-8", "This issue blocks OPS-8")) + "," + entry(2, 20, item("Link", "", "", "OPS-9", "This issue duplicates OPS-9")) + "," +
				entry(3, 30, item("Link", "OPS-9", "This issue duplicates OPS-9", "", "")) + "," + entry(4, 35, item("Link", "OPS-6", "This issue relates to OPS-6", "", "")) + "," + entry(5, 36, item("Link", "OPS-8", "This issue relates to OPS-8", "", "")),
			fields: `"issuelinks":[{"type":{"name":"Blocks","inward":"is blocked by","outward":"blocks"},"outwardIssue":{"id":"8","key":"OPS-8"}},{"type":{"name":"Blocks","inward":"is blocked by","outward":"blocks"},"inwardIssue":{"id":"4","key":"OPS-4"}},` +
				`{"type":{"name":"Depends","inward":"is depended on by","outward":"depends on"},"inwardIssue":{"id":"3","key":"OPS-3"}},{"type":{"name":"Depends","inward":"is depended on by","outward":"depends on"},"outwardIssue":{"id":"2","key":"OPS-2"}},` +
				`{"type":{"name":"Relates","inward":"relates to","outward":"relates to"},"outwardIssue":{"id":"1","key":"OPS-1"}},{"type":{"name":"Relates","inward":"relates to","outward":"relates to"},"inwardIssue":{"id":"5","key":"OPS-5"}}]`,
			want:  []string{"0 created open"},
			links: []string{"blocks OPS-8 tracker/issue/8 10-", "blocks OPS-3 tracker/issue/3 0-", "mentions OPS-1 tracker/issue/1 0-", "mentions OPS-8  0-36", "duplicates OPS-9  20-30"},
			did:   []string{"0 opened u1", "10 linked u2", "20 linked u2", "30 linked u2", "35 linked u2", "36 linked u2"},
		},
		{
			name: "moved to another project", histories: entry(1, 10, item("Key", "", "OLD-1", "", "OPS-7"), item("project", "1", "Old", "2", "Ops")),
			want: []string{"0 created open"}, did: []string{"0 opened u1", "10 moved u2"},
		},
		{
			name: "comments, worklogs and their traces", fields: `"comment":{"comments":[{"id":"1","author":{"accountId":"bot","accountType":"app"},"created":"2024-03-01T09:00:05.000+0000"},{"id":"1"}]},"worklog":{"worklogs":[{"id":"9","author":{"accountId":"u3"},"started":"2024-03-01T09:00:06.000+0000"}]}`,
			histories: entry(1, 10, item("timespent", "", "", "60", "60"), item("WorklogId", "", "", "9", "9")) + "," + entry(2, 20, item("timespent", "60", "60", "90", "90"), item("WorklogId", "", "", "10", "10")) + "," +
				entry(3, 30, item("Workflow", "1", "a", "2", "b")) + "," + entry(4, 30, item("Attachment", "", "", "3", "x.png")) + "," + entry(5, 31, item("Rank", "", "", "", "up")) + "," + entry(6, 32, item("environment", "", "", "", "x")),
			want: []string{"0 created open"},
			did:  []string{"0 opened u1", "5 commented bot (bot)", "6 logged_work u3", "20 logged_work u2", "30 migrated u2", "30 attached u2", "31 ranked u2", "32 edited u2"},
		},
		{
			name: "the description is a document, the changelog has wiki text", fields: `"description":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"New"},{"type":"text","text":" one"}]}]}`,
			histories: entry(1, 10, item("description", "", "Old", "", "*New* one")),
			want:      []string{"0 created open", `10 changelog/1/0 body="New one"`},
		},
		{
			name: "an incident by type, then by label", config: Config{IncidentLabels: []string{"sev1"}, IncidentTypes: []string{"Incident"}}, fields: `"issuetype":{"name":"Task"},"labels":["Sev1"]`,
			histories: entry(1, 10, item("issuetype", "1", "[System] Incident", "2", "Task")) + "," + entry(2, 20, item("labels", "", "", "", "Sev1")),
			want:      []string{"0 created open", `10 changelog/1/0 kind="issue" type="Task"`, `20 changelog/2/0 kind="incident" labels=["Sev1"]`},
		},
		{
			name: "what is an incident is configured", config: Config{IncidentTypes: []string{"Outage"}}, fields: `"issuetype":{"name":"Outage"}`,
			histories: entry(1, 10, item("issuetype", "1", "[System] Incident", "2", "Incident")) + "," + entry(2, 20, item("issuetype", "2", "Incident", "3", "Outage")),
			want:      []string{"0 created open", `10 changelog/1/0 type="Incident"`, `20 changelog/2/0 kind="incident" type="Outage"`},
		},
		{
			name: "a change before the creation, of an import", histories: entry(1, -50, item("status", "1", "Open", "3", "Doing")), fields: `"status":{"id":"3","name":"Doing"}`,
			want: []string{"0 created open", `0 changelog/1/0 started_at state="in_progress" status="Doing"`},
		},
		{
			name: "a renamed version, two components of one name, sprints out of order", // the newest sprint counts: the one with the greatest id
			histories: entry(1, 10, item("Fix Version", "", "", "10", "v1")) + "," + entry(2, 20, item("Component", "1", "db", "", "")) + "," +
				entry(3, 30, item("Sprint", "", "", "22, 9", "Two, Nine")) + "," + entry(4, 40, item("Component", "2", "db", "", "")) + "," + entry(5, 50, item("Sprint", "22, 9", "Two, Nine", "22, 30, 9", "Two, Thirty, and more, Nine")),
			fields: `"fixVersions":[{"id":"10","name":"v2"}],"components":[],"sprint":{"id":30,"name":"Thirty, and more"},"closedSprints":[{"id":22,"name":"Two"},{"id":9,"name":"Nine"}]`,
			want: []string{
				"0 created open", `10 changelog/1/0 milestone="v1"`, `30 changelog/3/0 sprint="Two"`, `40 changelog/4/0 components=null`,
				`50 changelog/5/0 sprint="Two, Thirty, and more, Nine"`, `90 correction milestone="v2" sprint="Thirty, and more"`,
			},
		},
		{
			name: "fields that are labels too", config: asked, fields: `"labels":["a"],"customfield_8":{"value":"Acme  Ltd"},"customfield_9":[{"value":"eu"},{"value":"us"}],"customfield_10":7`,
			histories: entry(1, 10, fieldItem("customfield_8", "Kunde", "", "", "10", "Globex")) + "," + entry(2, 20, fieldItem("customfield_9", "Regions", "[1]", "asia", "[2, 3]", "eu, us")) + "," +
				entry(3, 30, fieldItem("customfield_8", "Kunde", "10", "Globex", "11", "Acme Ltd")) + "," + entry(4, 40, fieldItem("customfield_10", "Rank", "", "", "", "7")),
			want: []string{
				`0 created open`, `10 changelog/1/0 labels=["a","customer: Globex","region: asia"]`, `20 changelog/2/0 labels=["a","customer: Globex","region: eu","region: us"]`,
				`30 changelog/3/0 labels=["a","customer: Acme Ltd","region: eu","region: us"]`,
			},
		},
		{
			name: "a person in such a field is a pseudonym", config: asked, fields: `"customfield_8":{"accountId":"u3","displayName":"Ada L."}`,
			histories: entry(1, 10, fieldItem("customfield_8", "Kunde", "", "", "u2", "Bob")) + "," + entry(2, 20, fieldItem("customfield_8", "Kunde", "u2", "Bob", "u3", "Ada L.")),
			want:      []string{`0 created open`, `10 changelog/1/0 labels=["customer: u2"]`, `20 changelog/2/0 labels=["customer: u3"]`},
		},
		{
			name: "a field without history, a cascade, one that was emptied", config: asked, fields: `"customfield_8":{"value":"EMEA","child":{"value":"DE"}},"customfield_9":null`,
			histories: entry(1, 10, fieldItem("customfield_9", "Regions", "[1]", "asia", "", "")),
			want:      []string{`0 created open`, `10 changelog/1/0 labels=["customer: EMEA"]`},
		},
		{
			name: "commas and brackets in options", config: asked, fields: `"customfield_8":{"value":"Acme (US)","child":{"value":"x"}},"customfield_9":[{"value":"Acme, Inc."}]`,
			histories: entry(1, 10, fieldItem("customfield_9", "Regions", "", "", "[1]", "Acme, Inc.")) + "," +
				entry(2, 20, fieldItem("customfield_8", "Kunde", "", "", "1", "Parent values: Acme (US)(1)Level 1 values: x(2)")),
			want: []string{`0 created open`, `10 changelog/1/0 labels=["region: Acme, Inc."]`, `20 changelog/2/0 labels=["customer: Acme (US)","region: Acme, Inc."]`},
		},
		{
			name: "accounts whose ids are numbers", config: Config{LabelFields: map[string]map[string]string{"tracker": {"customfield_8": "customer", "customfield_9": "lead"}}}, fields: `"customfield_8":{"key":"u3","name":"10236","displayName":"Jane Doe"},"customfield_9":null`,
			histories: entry(1, 10, item("Customer", "u2", "Bob Roe", "u3", "Jane Doe")) + "," + entry(2, 20, item("Lead", "", "", "10235", "Bob Roe")) + "," + entry(3, 30, item("Lead", "10235", "Bob Roe", "", "")),
			want:      []string{`0 created open`, `10 changelog/1/0 labels=["customer: u3"]`, `20 changelog/2/0 labels=["customer: u3","lead: ` + event.Pseudonym("tracker", "10235") + `"]`, `30 changelog/3/0 labels=["customer: u3"]`},
		},
		{
			name: "a group is no account", config: asked, fields: `"customfield_8":{"name":"ops-team"}`,
			histories: entry(1, 10, fieldItem("customfield_8", "Kunde", "", "", "[ops-team]", "[ops-team]")),
			want:      []string{`0 created open`, `10 changelog/1/0 labels=["customer: ops-team"]`},
		},
		{
			name: "a Data Center's changelog has names alone", config: Config{LabelFields: map[string]map[string]string{"tracker": {"customfield_8": "customer"}}}, fields: `"customfield_8":["x","y"]`,
			histories: entry(1, 10, item("Customer", "", "x", "", "x y")),
			want:      []string{`0 created open`, `10 changelog/1/0 labels=["customer: x","customer: y"]`},
		},
	}
}

func TestJiraCases(t *testing.T) {
	accounts := map[string]string{}
	for _, a := range []string{"u1", "u2", "u3", "bot"} {
		accounts[event.Pseudonym("tracker", a)] = a
	}
	second := func(at time.Time) int { return int(at.Sub(modelCreated) / time.Second) }
	for _, c := range jiraCases() {
		t.Run(c.name, func(t *testing.T) {
			out, _ := checkJira(t, New(c.config), c.raw())
			var revisions, links, did []string
			for i, r := range out.revisions {
				var b strings.Builder
				change, _, hash := strings.Cut(r.Change, "correction/")
				if hash {
					change = "correction"
				}
				fmt.Fprintf(&b, "%d %s", second(r.ValidFrom), change)
				if i == 0 {
					fmt.Fprintf(&b, " %s", r.Item.State)
				}
				for _, name := range r.Changed {
					v, _ := json.Marshal(ref(&r.Item, name))
					if name == "closed_at" || name == "started_at" {
						v = nil
					}
					for p, a := range accounts {
						v = []byte(strings.ReplaceAll(string(v), p, a))
					}
					b.WriteString(" " + name)
					if len(v) > 0 {
						b.WriteString("=" + string(v))
					}
				}
				if len(r.Inferred) > 0 {
					fmt.Fprintf(&b, " inferred=%v", r.Inferred)
				}
				if r.URL != "https://j.example/browse/OPS-7" {
					t.Errorf("url %s", r.URL)
				}
				revisions = append(revisions, b.String())
			}
			for _, l := range out.links {
				to := ""
				if l.ValidTo != nil {
					to = fmt.Sprint(second(*l.ValidTo))
				}
				links = append(links, fmt.Sprintf("%s %s %s %d-%s", l.Relation, l.ToKey, l.ToItem, second(l.ValidFrom), to))
			}
			for _, a := range out.activities {
				bot := ""
				if a.IsBot {
					bot = " (bot)"
				}
				did = append(did, fmt.Sprintf("%d %s %s%s", second(a.At), a.Action, accounts[a.Person], bot))
			}
			if d := cmp.Diff(c.want, revisions); d != "" {
				t.Errorf("revisions (-want +got):\n%s", d)
			}
			slices.Sort(c.links)
			slices.Sort(links)
			if d := cmp.Diff(c.links, links); d != "" {
				t.Errorf("links (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.did, did); c.did != nil && d != "" {
				t.Errorf("activities (-want +got):\n%s", d)
			}
		})
	}
}

func TestJiraRemoved(t *testing.T) {
	c := jiraCase{}
	r := c.raw()
	r.Removed = "deleted"
	out, _, err := New(Config{}).jiraIssue(r, 4)
	if err != nil || len(out) != 1 || out[0].(*event.Tombstone).Cause != "deleted" || out[0].(*event.Tombstone).Position != 4 {
		t.Errorf("deleted: %v, %v", out, err)
	}
	r.Removed = "returned"
	out, _, err = New(Config{}).jiraIssue(r, 4)
	if err != nil || len(out) != 3 || out[0].(*event.Tombstone).Cause != "returned" {
		t.Errorf("returned: %v, %v", out, err)
	}
}

func TestJiraRefuses(t *testing.T) {
	for content, want := range map[string]string{
		`[]`:                                    "content: ",
		`{"issue":{"key":"A-1"}}`:               "field issue.id is missing",
		`{"issue":{"id":"A-1"}}`:                `field issue.id is "A-1", want a number`,
		`{"issue":{"id":"1"}}`:                  "no fields",
		`{"issue":{"id":"1","fields":{"x":1}}}`: "fields.created is missing",
		`{"issue":{"id":"1","fields":{"created":"yesterday"}}}`:                                                                                           `time "yesterday"`,
		`{"issue":{"id":"1","fields":{"created":"2024-01-01"}}}`:                                                                                          "fields.status",
		`{"issue":{"id":"1","fields":{"created":"2024-01-01","status":{"name":"Open"},"labels":"x"}}}`:                                                    "fields.labels",
		`{"issue":{"id":"1","fields":{"created":"2024-01-01","status":{"name":"Open"},"description":7}}}`:                                                 "fields.description",
		`{"issue":{"id":"1","fields":{"created":"2024-01-01","status":{"name":"Open"}},"changelog":{"histories":[{"id":"1"}]}}}`:                          "histories[0]: field created is missing",
		`{"issue":{"id":"1","fields":{"created":"2024-01-01","status":{"name":"Open"}},"changelog":{"histories":[{"created":"2024-01-01","items":[]}]}}}`: "histories[0]: field id is missing",
	} {
		_, _, err := New(Config{}).jiraIssue(modelRaw(json.RawMessage(content)), 0)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", content, err, want)
		}
	}
}

func TestParseJiraTime(t *testing.T) {
	want := time.Date(2012, 5, 16, 7, 56, 13, 123e6, time.UTC)
	for _, s := range []string{"2012-05-16T07:56:13.123+0000", "2012-05-16T09:56:13.123+0200", "2012-05-16T07:56:13.123Z", "2012-05-16T07:56:13.1239Z", "2012-05-16T02:56:13.123-05:00", "2012-05-16T09:56:13.123+02", "1337154973123"} {
		if got, err := parseJiraTime(s); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "12/Jun/20", "2012-13-01", "0001-01-01T00:00:00Z", "9999-01-01", "99999999999999"} {
		if got, err := parseJiraTime(s); err == nil {
			t.Errorf("%q is read as %v", s, got)
		}
	}
}

func TestADF(t *testing.T) {
	for doc, want := range map[string]string{
		`null`:    "",
		`"plain"`: "plain",
		`{"type":"doc","content":[{"type":"heading","content":[{"type":"text","text":"Head"}]},{"type":"paragraph","content":[{"type":"text","text":"See "},{"type":"inlineCard","attrs":{"url":"https://x/browse/OPS-1"}},{"type":"hardBreak"},{"type":"mention","attrs":{"id":"1","text":"@ann"}}]}]}`: "Head\n\nSee https://x/browse/OPS-1\n@ann",
		`{"type":"doc","content":[{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]},{"type":"orderedList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"b"}]}]}]}]}]}]}`:        "- a\n  - b",
		`{"type":"doc","content":[{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableHeader","content":[{"type":"paragraph","content":[{"type":"text","text":"h"}]}]},{"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"c"}]}]}]}]}]}`:            "h | c",
		`{"type":"doc","content":[{"type":"codeBlock","content":[{"type":"text","text":"x := 1"}]},{"type":"rule"},{"type":"unheardOf","content":[{"type":"text","text":"kept"}]}]}`:                                                                                                                     "x := 1\n\n----\nkept",
	} {
		got, _, err := bodyText(json.RawMessage(doc))
		if err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", doc, got, err, want)
		}
	}
	deep := strings.Repeat(`{"content":[`, 300) + strings.Repeat(`]}`, 300)
	if _, _, err := bodyText(json.RawMessage(deep)); err == nil {
		t.Error("a document of 300 levels is read")
	}
}
