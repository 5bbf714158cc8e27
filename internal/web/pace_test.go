package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/report"
)

func TestPace(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p := pace{most: 2, within: time.Minute}
	for i, want := range []time.Duration{0, 0, 40 * time.Second} {
		if got := p.take("ana", now.Add(time.Duration(i)*10*time.Second)); got != want {
			t.Errorf("statement %d waits %v, not %v", i+1, got, want)
		}
	}
	if got := p.take("bo", now); got != 0 {
		t.Errorf("another one waits %v", got)
	}
	if got := p.wait("ana", now.Add(59*time.Second)); got != time.Second {
		t.Errorf("after 59 s ana waits %v", got)
	}
	if got := p.take("ana", now.Add(time.Minute)); got != 0 {
		t.Errorf("after a minute ana waits %v", got)
	}
	// Those whose time is over are forgotten first, so that many addresses do not set one free that is at it.
	p = pace{most: 1, within: time.Minute}
	for i := range keysMax - 1 {
		p.take(fmt.Sprint(i), now)
	}
	p.take("ana", now.Add(50*time.Second))
	p.take("new", now.Add(70*time.Second))
	if len(p.seen) != 2 || p.wait("ana", now.Add(70*time.Second)) != 40*time.Second {
		t.Errorf("%d askers are remembered, ana waits %v", len(p.seen), p.wait("ana", now.Add(70*time.Second)))
	}
}

func TestNetwork(t *testing.T) {
	for host, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::1": "::1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "::ffff:192.0.2.7": "::ffff:192.0.2.7", "pipe": "pipe",
	} {
		if got := network(host); got != want {
			t.Errorf("%s counts as %s, not %s", host, got, want)
		}
	}
}

// TestPaceOfUsers: whoever sends too many statements, or too much to try, waits, by whatever path; others do not.
func TestPaceOfUsers(t *testing.T) {
	ran := 0
	options := Options{
		Listen: "127.0.0.1:8080", Users: []User{{Name: "an", Role: Analyst, Token: "token-of-the-analyst"}, {Name: "ed", Role: Editor, Token: "token-of-the-editor"}},
		Run: (&told{asked: map[string]map[string]string{}}).run, Rules: (&playground{}).port(), Apply: (&ledger{}).apply,
		SQL: func(_ context.Context, _ string, _ map[string]string, do func(report.Rows) error) error {
			ran++
			return do(&answer{columns: []report.Column{{Name: "1", Type: "UInt8"}}})
		},
	}
	const form, asJSON = "application/x-www-form-urlencoded", "application/json"
	type call struct{ method, path, mime, body string }
	sql := []call{
		{"POST", "/api/v1/sql", asJSON, `{"query": "SELECT 1"}`},
		{"GET", "/sql?query=SELECT+1", "", ""},
		{"GET", "/sql/export?format=csv&query=SELECT+1", "", ""},
	}
	try := []call{
		{"POST", "/api/v1/rules/try", asJSON, `{"rules": "x", "item": {"title": "y"}}`},
		{"POST", "/rules/try", form, "rules=x&item=y"},
		{"POST", "/api/v1/decisions", asJSON, `{"text": "compute", "reason": "", "dry_run": true}`},
		{"POST", "/plan", form, "text=compute"},
	}
	for _, c := range []struct {
		calls []call
		most  int
		who   string
	}{{sql, statementsAtMost, "an"}, {try, trialsAtMost, "ed"}} {
		h, err := New(options)
		if err != nil {
			t.Fatal(err)
		}
		tokens := map[string]string{"an": "token-of-the-analyst", "ed": "token-of-the-editor"}
		do := func(k call, who string) (int, http.Header, string) {
			w := send(t, h, k.method, k.path, k.body, "Content-Type", k.mime, "Authorization", "Bearer "+tokens[who])
			return w.Code, w.Header(), w.Body.String()
		}
		ran = 0
		for i := range c.most {
			if code, _, body := do(c.calls[i%len(c.calls)], c.who); code != 200 {
				t.Fatalf("%d of %d: %d %s", i+1, c.most, code, body)
			}
		}
		before := ran
		for _, k := range c.calls {
			code, head, body := do(k, c.who)
			wait, err := strconv.Atoi(head.Get("Retry-After"))
			if code != 429 || err != nil || wait < 1 || wait > 60 || !strings.Contains(body, fmt.Sprintf("%s sent more than %d ", c.who, c.most)) {
				t.Errorf("%s %s beyond the pace: %d, Retry-After %q: %.300s", k.method, k.path, code, head.Get("Retry-After"), body)
			}
			var told struct{ Error string }
			if strings.HasPrefix(k.path, "/api/") && (json.Unmarshal([]byte(body), &told) != nil || !strings.HasSuffix(told.Error, " and try again")) {
				t.Errorf("%s says %s", k.path, body)
			}
		}
		if ran != before {
			t.Errorf("%d statements ran beyond the pace", ran-before)
		}
		other := map[string]string{"an": "ed", "ed": "an"}[c.who]
		if code, _, body := do(c.calls[0], other); code != 200 {
			t.Errorf("another user: %d %s", code, body)
		}
		if w := send(t, h, "GET", "/questions", "", "Authorization", "Bearer "+tokens[c.who]); w.Code != 200 {
			t.Errorf("the pages of one who has to wait for SQL: %d", w.Code)
		}
	}
}
