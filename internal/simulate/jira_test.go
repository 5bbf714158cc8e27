package simulate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type searchPage struct {
	Issues        []struct{ ID, Key string }
	NextPageToken string
	IsLast        bool
}

// search reads a search to its end and returns the keys.
func search(t testing.TB, h http.Handler, jql string, max int) (keys []string) {
	t.Helper()
	for token := ""; ; {
		var p searchPage
		v := url.Values{"jql": {jql}, "fields": {"summary"}, "maxResults": {fmt.Sprint(max)}}
		if token != "" {
			v.Set("nextPageToken", token)
		}
		getJSON(t, h, "/rest/api/3/search/jql?"+v.Encode(), &p)
		for _, i := range p.Issues {
			keys = append(keys, i.Key)
		}
		if p.IsLast != (p.NextPageToken == "") {
			t.Fatalf("isLast %v with token %q", p.IsLast, p.NextPageToken)
		}
		if token = p.NextPageToken; token == "" {
			return keys
		}
	}
}

func withJira(n int) *Dataset {
	d := Empty()
	for i := range n {
		d.AddIssue("OPS", ana, day.Add(time.Duration(i)*time.Minute), fmt.Sprint("Ticket ", i+1), "One.\n\n- a\n- b")
	}
	return d
}

func TestSearchEveryIssueOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n, max := rapid.IntRange(1, 40).Draw(rt, "issues"), rapid.IntRange(1, 15).Draw(rt, "max")
		order := rapid.SampledFrom([]string{"id", "key asc", "updated ASC, id", "created DESC"}).Draw(rt, "order")
		got := search(t, NewJira(withJira(n), Options{}), "project = OPS order by "+order, max)
		seen := map[string]bool{}
		for _, k := range got {
			seen[k] = true
		}
		if len(got) != n || len(seen) != n {
			rt.Fatalf("%d issues, %d different, of %d", len(got), len(seen), n)
		}
	})
}

func TestDatesInTheUsersZone(t *testing.T) {
	d := withJira(3) // updated 10:00, 10:01, 10:02 UTC
	if err := d.Update("OPS-1", ana, day.Add(90*time.Second), Touch()); err != nil {
		t.Fatal(err)
	}
	zone := time.FixedZone("Away/East", 5*3600)
	for _, c := range []struct {
		loc *time.Location
		jql string
		n   int
	}{
		{nil, `updated >= "2026/03/02 10:01"`, 3}, // 10:01:30 is within the minute
		{nil, `updated >= "2026/03/02 10:02"`, 1},
		{nil, `updated > "2026-03-02 10:01"`, 2},
		{zone, `updated >= "2026/03/02 15:02"`, 1},
		{zone, `updated >= "2026/03/02 10:02"`, 3},
		{nil, `project in ("OPS", X) AND created < "2026/03/02 10:01"`, 1},
		{nil, `project = OPS and id > 10003`, 2},
		{nil, `issuekey in (OPS-1, OPS-3)`, 2},
		{nil, `project != OPS`, 0},
	} {
		h := NewJira(d, Options{TimeZone: c.loc})
		if got := search(t, h, c.jql, 10); len(got) != c.n {
			t.Errorf("%s gives %v, want %d", c.jql, got, c.n)
		}
	}
	var me struct{ TimeZone string }
	getJSON(t, NewJira(d, Options{TimeZone: zone}), "/rest/api/3/myself", &me)
	if me.TimeZone != "Away/East" {
		t.Errorf("the user's zone is %q", me.TimeZone)
	}
}

func TestSearchRefusals(t *testing.T) {
	h := NewJira(withJira(2), Options{})
	for _, c := range []struct {
		target string
		status int
		says   string
	}{
		{"/rest/api/3/search?jql=project=OPS", 410, "search/jql"},
		{"/rest/api/2/search?jql=project=OPS", 410, "search/jql"},
		{"/rest/api/3/search/jql?jql=order+by+id", 400, "Unbounded"},
		{"/rest/api/3/search/jql?jql=", 400, "Unbounded"},
		{"/rest/api/3/search/jql?jql=" + url.QueryEscape(`updated >= "last week"`), 400, "invalid"},
		{"/rest/api/3/search/jql?jql=" + url.QueryEscape(`colour = red`), 400, "colour"},
		{"/rest/api/3/search/jql?jql=project=OPS&nextPageToken=zzz", 400, "nextPageToken"},
		{"/rest/api/3/issue/OPS-9", 404, "does not exist"},
		{"/rest/agile/1.0/board", 404, ""},
	} {
		resp, b := do(t, h, "GET", c.target, nil)
		var e struct{ ErrorMessages []string }
		if err := json.Unmarshal(b, &e); err != nil || resp.StatusCode != c.status || len(e.ErrorMessages) != 1 || !strings.Contains(e.ErrorMessages[0], c.says) {
			t.Errorf("%s: %d %s", c.target, resp.StatusCode, b)
		}
	}
	var p searchPage
	resp := getJSON(t, h, "/rest/api/3/search/jql?jql=project=OPS", &p)
	if resp.StatusCode != 200 || p.Issues[0].ID == "" || p.Issues[0].Key != "" {
		t.Errorf("without fields only ids come, got %+v", p.Issues)
	}
}

func TestChangelogs(t *testing.T) {
	d := withJira(2)
	for i := range 130 {
		at := day.Add(time.Duration(i+1) * time.Hour)
		if err := d.Update("OPS-1", ana, at, Rename(fmt.Sprint("Name ", i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Update("OPS-2", ana, day.Add(time.Hour), Status("In Progress"), Assign(), Priority("High"), Points("3")); err != nil {
		t.Fatal(err)
	}
	type log struct {
		Total     int
		Histories []struct{ ID string }
		Values    []struct{ ID string }
		IsLast    bool
	}
	h := NewJira(d, Options{})
	var found struct{ Issues []struct{ Changelog log } }
	getJSON(t, h, "/rest/api/3/search/jql?jql=key=OPS-1&fields=*all&expand=changelog", &found)
	if c := found.Issues[0].Changelog; len(c.Histories) != 40 || c.Total != 130 {
		t.Errorf("search carries %d of %d histories", len(c.Histories), c.Total)
	}
	seen := map[string]bool{}
	for start := 0; ; {
		var c log
		getJSON(t, h, fmt.Sprintf("/rest/api/3/issue/OPS-1/changelog?startAt=%d&maxResults=33", start), &c)
		for _, v := range c.Values {
			seen[v.ID] = true
		}
		if start += len(c.Values); c.IsLast {
			break
		}
	}
	if len(seen) != 130 {
		t.Errorf("paging gave %d histories", len(seen))
	}
	n, token := map[string]int{}, ""
	for {
		var b struct {
			IssueChangeLogs []struct {
				IssueID         string
				ChangeHistories []struct{ Created any }
			}
			NextPageToken string
		}
		body := fmt.Sprintf(`{"issueIdsOrKeys": ["OPS-1", "OPS-2", "NO-1"], "maxResults": 50, "nextPageToken": %q}`, token)
		resp, raw := do(t, h, "POST", "/rest/api/3/changelog/bulkfetch", strings.NewReader(body))
		if err := json.Unmarshal(raw, &b); err != nil || resp.StatusCode != 200 {
			t.Fatalf("%d %s", resp.StatusCode, raw)
		}
		for _, l := range b.IssueChangeLogs {
			n[l.IssueID] += len(l.ChangeHistories)
		}
		if token = b.NextPageToken; token == "" {
			break
		}
	}
	if len(n) != 2 || n["10003"] != 130 || n["10006"] != 1 {
		t.Errorf("bulk fetch gave %v", n)
	}
	if resp, _ := do(t, NewJira(d, Options{NoBulk: true}), "POST", "/rest/api/3/changelog/bulkfetch", strings.NewReader("{}")); resp.StatusCode != 404 {
		t.Errorf("absent bulk fetch: %d", resp.StatusCode)
	}
}

func TestTextOfBothVersions(t *testing.T) {
	d := withJira(1)
	h := NewJira(d, Options{})
	var v3, v2 struct{ Fields struct{ Description any } }
	getJSON(t, h, "/rest/api/3/issue/OPS-1", &v3)
	getJSON(t, h, "/rest/api/2/issue/OPS-1", &v2)
	if at(v3.Fields.Description, "type") != "doc" || v2.Fields.Description != "One.\n\n- a\n- b" {
		t.Errorf("version 3 %v, version 2 %v", v3.Fields.Description, v2.Fields.Description)
	}
	if got := fromADF(v3.Fields.Description); got != v2.Fields.Description {
		t.Errorf("the document reads %q", got)
	}
}

func TestDataCenter(t *testing.T) {
	h := NewJira(withJira(5), Options{DataCenter: true, Token: "pat"})
	auth := []string{"Authorization", "Bearer pat"}
	var p struct {
		Total, StartAt int
		Issues         []struct {
			Key       string
			Changelog Object
		}
	}
	getJSON(t, h, "/rest/api/2/search?jql=project=OPS+order+by+id&startAt=3&maxResults=10&expand=changelog", &p, auth...)
	if p.Total != 5 || len(p.Issues) != 2 || p.Issues[0].Key != "OPS-4" || p.Issues[0].Changelog == nil {
		t.Errorf("%+v", p)
	}
	if resp, _ := do(t, h, "GET", "/rest/api/3/myself", nil, auth...); resp.StatusCode != 404 {
		t.Errorf("a Data Center with version 3: %d", resp.StatusCode)
	}
	if resp, _ := do(t, h, "GET", "/rest/api/2/myself", nil); resp.StatusCode != 401 {
		t.Errorf("without a token: %d", resp.StatusCode)
	}
}

func TestMoveDeleteAndLimit(t *testing.T) {
	d := withJira(3)
	key, err := d.Move("OPS-2", "PLAT", ana, day.Add(time.Hour))
	if err != nil || key != "PLAT-1" {
		t.Fatalf("%q %v", key, err)
	}
	if err := d.Delete("OPS-3"); err != nil {
		t.Fatal(err)
	}
	h := NewJira(d, Options{RateLimit: 4, RetryAfter: time.Second})
	var i struct{ ID, Key string }
	getJSON(t, h, "/rest/api/3/issue/OPS-2", &i) // the former key still finds it
	if i.Key != "PLAT-1" || i.ID != "10006" {
		t.Errorf("moved issue is %+v", i)
	}
	if got := search(t, h, "project in (OPS, PLAT) order by id", 5); fmt.Sprint(got) != "[OPS-1 PLAT-1]" {
		t.Errorf("left are %v", got)
	}
	if resp, _ := do(t, h, "GET", "/rest/api/3/issue/OPS-3", nil); resp.StatusCode != 404 {
		t.Errorf("deleted: %d", resp.StatusCode)
	}
	do(t, h, "GET", "/rest/api/3/myself", nil)
	if resp, _ := do(t, h, "GET", "/rest/api/3/myself", nil); resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("over the limit: %d %v", resp.StatusCode, resp.Header)
	}
}
