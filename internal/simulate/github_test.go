package simulate

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	ana = &User{Name: "Ana Fuchs", Login: "ana", ID: 11, AccountID: "a-11", TimeZone: "UTC"}
	day = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
)

// do asks a handler and returns the response with its body read.
func do(t testing.TB, h http.Handler, method, target string, body io.Reader, header ...string) (*http.Response, []byte) {
	t.Helper()
	r := httptest.NewRequest(method, "http://tracker.test"+target, body)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), w.Body.Bytes()
}

func getJSON(t testing.TB, h http.Handler, target string, into any, header ...string) *http.Response {
	t.Helper()
	resp, b := do(t, h, "GET", target, nil, header...)
	if resp.StatusCode != 200 {
		t.Fatalf("GET %s: %d %s", target, resp.StatusCode, b)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("GET %s: %v in %s", target, err, b)
	}
	return resp
}

var nextLink = regexp.MustCompile(`<http://tracker\.test([^>]+)>; rel="next"`)

// follow reads a list to its end and returns the numbers in the order they came.
func follow(t testing.TB, h http.Handler, target string) (numbers []int) {
	t.Helper()
	for {
		var page []struct{ Number int }
		resp := getJSON(t, h, target, &page)
		for _, i := range page {
			numbers = append(numbers, i.Number)
		}
		m := nextLink.FindStringSubmatch(resp.Header.Get("Link"))
		if m == nil {
			return numbers
		}
		target = m[1]
	}
}

func withIssues(n int) *Dataset {
	d := Empty()
	d.AddRepository("acme/api")
	for i := range n {
		d.AddIssue("acme/api", ana, day.Add(time.Duration(i)*time.Minute), fmt.Sprint("Issue ", i+1), "")
	}
	return d
}

func TestEveryPageOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n, per, limit := rapid.IntRange(0, 60).Draw(rt, "items"), rapid.IntRange(1, 20).Draw(rt, "per"), rapid.SampledFrom([]int{0, 30}).Draw(rt, "limit")
		direction := rapid.SampledFrom([]string{"asc", "desc"}).Draw(rt, "direction")
		h := NewGitHub(withIssues(n), Options{PageLimit: limit})
		got := follow(t, h, fmt.Sprintf("/repos/acme/api/issues?state=all&direction=%s&per_page=%d", direction, per))
		if len(got) != n {
			rt.Fatalf("%d of %d items came", len(got), n)
		}
		for i, x := range got {
			want := i + 1
			if direction == "desc" {
				want = n - i
			}
			if x != want {
				rt.Fatalf("place %d holds #%d", i, x)
			}
		}
	})
}

func TestPagingLimits(t *testing.T) {
	h := NewGitHub(withIssues(40), Options{PageLimit: 30, PageCap: 12})
	var page []any
	resp := getJSON(t, h, "/repos/acme/api/issues?per_page=100", &page)
	if len(page) != 12 || !nextLink.MatchString(resp.Header.Get("Link")) {
		t.Errorf("capped page holds %d, link %q", len(page), resp.Header.Get("Link"))
	}
	if resp, b := do(t, h, "GET", "/repos/acme/api/issues?per_page=10&page=4", nil); resp.StatusCode != 422 {
		t.Errorf("beyond the page limit: %d %s", resp.StatusCode, b)
	}
	h = NewGitHub(withIssues(40), Options{})
	resp = getJSON(t, h, "/repos/acme/api/issues?per_page=10&page=2", &page)
	for _, rel := range []string{"next", "last", "first", "prev"} {
		if !regexp.MustCompile(`rel="` + rel + `"`).MatchString(resp.Header.Get("Link")) {
			t.Errorf("no %s in %q", rel, resp.Header.Get("Link"))
		}
	}
}

func TestSinceStateAndOrder(t *testing.T) {
	d := withIssues(5)
	at := day.Add(time.Hour)
	if err := d.Update("acme/api#2", ana, at, AddLabel("bug")); err != nil {
		t.Fatal(err)
	}
	if err := d.Update("acme/api#4", ana, at.Add(time.Second), Close("completed")); err != nil {
		t.Fatal(err)
	}
	h := NewGitHub(d, Options{})
	for target, want := range map[string]string{
		"?state=all&since=" + at.Format(time.RFC3339):                  "[4 2]", // by number downwards
		"?state=all&since=" + at.Add(time.Second).Format(time.RFC3339): "[4]",
		"?state=all&sort=updated&direction=asc":                        "[1 3 5 2 4]",
		"?":                                                            "[5 3 2 1]",
		"?state=closed":                                                "[4]",
		"?state=all&labels=bug":                                        "[2]",
		"?state=all&since=" + day.Add(9*time.Hour).Format("2006-01-02T15:04:05Z"): "[]",
	} {
		if got := fmt.Sprint(follow(t, h, "/repos/acme/api/issues"+target)); got != want {
			t.Errorf("%s gives %s, want %s", target, got, want)
		}
	}
	if resp, _ := do(t, h, "GET", "/repos/acme/api/issues?since=yesterday", nil); resp.StatusCode != 422 {
		t.Errorf("a wrong since is answered %d", resp.StatusCode)
	}
}

func TestETagAndBudget(t *testing.T) {
	d := withIssues(3)
	now := day
	h := NewGitHub(d, Options{RateLimit: 3, Clock: func() time.Time { return now }, RetryAfter: 7 * time.Second})
	resp, _ := do(t, h, "GET", "/repos/acme/api/issues", nil)
	tag := resp.Header.Get("ETag")
	if tag == "" || resp.Header.Get("X-RateLimit-Remaining") != "2" || resp.Header.Get("X-RateLimit-Limit") != "3" {
		t.Fatalf("headers %v", resp.Header)
	}
	for range 5 {
		if resp, b := do(t, h, "GET", "/repos/acme/api/issues", nil, "If-None-Match", tag); resp.StatusCode != 304 || len(b) > 0 || resp.Header.Get("X-RateLimit-Remaining") != "2" {
			t.Fatalf("unchanged list: %d, remaining %s", resp.StatusCode, resp.Header.Get("X-RateLimit-Remaining"))
		}
	}
	if err := d.Update("acme/api#1", ana, day.Add(time.Hour), Comment("hello")); err != nil {
		t.Fatal(err)
	}
	if resp, _ := do(t, h, "GET", "/repos/acme/api/issues", nil, "If-None-Match", tag); resp.StatusCode != 200 {
		t.Errorf("changed list: %d", resp.StatusCode)
	}
	do(t, h, "GET", "/user", nil)
	resp, b := do(t, h, "GET", "/user", nil)
	reset, _ := strconv.ParseInt(resp.Header.Get("X-RateLimit-Reset"), 10, 64)
	if resp.StatusCode != 403 || resp.Header.Get("Retry-After") != "7" || resp.Header.Get("X-RateLimit-Remaining") != "0" || reset != now.Add(time.Hour).Unix() {
		t.Errorf("over the budget: %d %v %s", resp.StatusCode, resp.Header, b)
	}
	if resp, _ := do(t, h, "GET", "/rate_limit", nil); resp.StatusCode != 200 {
		t.Errorf("the rate limit's own page is refused: %d", resp.StatusCode)
	}
	now = now.Add(time.Hour)
	if resp, _ := do(t, h, "GET", "/user", nil); resp.StatusCode != 200 {
		t.Errorf("after the reset: %d", resp.StatusCode)
	}
}

func TestTokenAndErrors(t *testing.T) {
	h := NewGitHub(withIssues(1), Options{Token: "secret"})
	for header, want := range map[string]int{"": 401, "Bearer wrong": 401, "Bearer secret": 200, "token secret": 200} {
		if resp, _ := do(t, h, "GET", "/repos/acme/api", nil, "Authorization", header); resp.StatusCode != want {
			t.Errorf("%q: %d, want %d", header, resp.StatusCode, want)
		}
	}
	var e struct {
		Message string `json:"message"`
		URL     string `json:"documentation_url"`
	}
	resp, b := do(t, h, "GET", "/repos/acme/none/issues", nil, "Authorization", "Bearer secret")
	if err := json.Unmarshal(b, &e); err != nil || resp.StatusCode != 404 || e.Message != "Not Found" || e.URL == "" {
		t.Errorf("unknown repository: %d %s", resp.StatusCode, b)
	}
	resp, b = do(t, h, "HEAD", "/repos/acme/api/issues", nil, "Authorization", "Bearer secret")
	if resp.StatusCode != 200 || len(b) != 0 {
		t.Errorf("HEAD: %d with %d bytes", resp.StatusCode, len(b))
	}
}

func TestPullRequestLife(t *testing.T) {
	d := withIssues(1)
	key := d.AddPull("acme/api", ana, day, "Fix it", "Closes #1", 10, 2, 1)
	if err := d.Update(key, ana, day.Add(time.Hour), AddLabel("bug"), Merge()); err != nil {
		t.Fatal(err)
	}
	if err := d.Update(key, ana, day.Add(time.Hour), Merge()); err == nil {
		t.Error("merged twice without an error")
	}
	h := NewGitHub(d, Options{})
	var issue, pull Object
	getJSON(t, h, "/repos/acme/api/issues/2", &issue)
	getJSON(t, h, "/api/v3/repos/acme/api/pulls/2", &pull)
	if issue["id"] == pull["id"] || issue["pull_request"] == nil || pull["merged"] != true || pull["additions"] != 10.0 || issue["merged"] != nil {
		t.Errorf("issue %v, pull %v", issue, pull)
	}
	if issue["state"] != "closed" || pull["state"] != "closed" || len(pull["labels"].([]any)) != 1 || issue["updated_at"] != pull["updated_at"] {
		t.Errorf("issue %v, pull %v", issue, pull)
	}
	var timeline []struct{ Event string }
	getJSON(t, h, "/repos/acme/api/issues/2/timeline", &timeline)
	if fmt.Sprint(timeline) != "[{labeled} {merged} {closed}]" {
		t.Errorf("timeline %v", timeline)
	}
	if resp, _ := do(t, h, "GET", "/repos/acme/api/pulls/1", nil); resp.StatusCode != 404 {
		t.Errorf("an issue as a pull request: %d", resp.StatusCode)
	}
}

func TestGoneAndMoved(t *testing.T) {
	d := withIssues(3)
	if err := d.Delete("acme/api#1"); err != nil {
		t.Fatal(err)
	}
	to, err := d.Transfer("acme/api#2", "acme/web", ana, day.Add(time.Hour))
	if err != nil || to != "acme/web#1" {
		t.Fatalf("transferred to %q: %v", to, err)
	}
	h := NewGitHub(d, Options{})
	if got := fmt.Sprint(follow(t, h, "/repos/acme/api/issues")); got != "[3]" {
		t.Errorf("left are %s", got)
	}
	if resp, _ := do(t, h, "GET", "/repos/acme/api/issues/1", nil); resp.StatusCode != 410 {
		t.Errorf("deleted: %d", resp.StatusCode)
	}
	resp, _ := do(t, h, "GET", "/repos/acme/api/issues/2", nil)
	if resp.StatusCode != 301 || resp.Header.Get("Location") != "http://tracker.test/repos/acme/web/issues/1" {
		t.Errorf("transferred: %d to %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	if err := d.Update("acme/api#1", ana, day, AddLabel("x")); err == nil {
		t.Error("a deleted issue can be edited")
	}
}

func TestFaults(t *testing.T) {
	var f atomic.Pointer[Fault]
	s := httptest.NewServer(NewGitHub(withIssues(50), Options{Fault: func(*http.Request) *Fault { return f.Load() }}))
	defer s.Close()
	get := func() (int, int, error) {
		resp, err := http.Get(s.URL + "/repos/acme/api/issues")
		if err != nil {
			return 0, 0, err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return resp.StatusCode, len(b), err
	}
	if status, n, err := get(); status != 200 || n < 1000 || err != nil {
		t.Errorf("without a fault: %d, %d bytes, %v", status, n, err)
	}
	f.Store(&Fault{Status: 502, Body: "bad gateway", Header: http.Header{"X-Why": {"test"}}})
	if status, n, _ := get(); status != 502 || n != 11 {
		t.Errorf("status fault: %d, %d bytes", status, n)
	}
	f.Store(&Fault{Hangup: true})
	if _, _, err := get(); err == nil {
		t.Error("a hang-up gives no error")
	}
	f.Store(&Fault{Keep: 100})
	if _, _, err := get(); err == nil {
		t.Error("a cut body gives no error")
	}
}
