package webhook_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // to be refused
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/webhook"
	"github.com/workmix/workmix/internal/event"
)

const secret = "kept-between-the-two"

var now = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func sources() []webhook.Source {
	return []webhook.Source{
		{Name: "code", Tracker: "github", Secret: []byte(secret)}, {Name: "tracker", Tracker: "jira", Secret: []byte(secret)}, {Name: "open", Tracker: "github"},
	}
}

func receiver(log ingest.Log) *webhook.Handler {
	return webhook.New(webhook.Options{Sources: sources(), Log: log, Now: func() time.Time { return now }})
}

func sign(h func() hash.Hash, body []byte) string {
	m := hmac.New(h, []byte(secret))
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}

// delivery is a request of GitHub, signed.
func delivery(kind, id string, body []byte) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/webhooks/code", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", kind)
	r.Header.Set("X-GitHub-Delivery", id)
	r.Header.Set("X-Hub-Signature-256", "sha256="+sign(sha256.New, body))
	return r
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

var opened = []byte(`{"action":"opened","issue":{"id":7,"number":12,"title":"T"},"repository":{"full_name":"acme/api"}}`)

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		status int
		says   string
	}{
		{"no signature", func(r *http.Request) { r.Header.Del("X-Hub-Signature-256") }, 401, "X-Hub-Signature-256 is missing"},
		{"a wrong signature", func(r *http.Request) {
			r.Header.Set("X-Hub-Signature-256", "sha256="+sign(sha256.New, []byte("other")))
		}, 401, "not that of this body"},
		{"SHA-1 only", func(r *http.Request) {
			r.Header.Del("X-Hub-Signature-256")
			r.Header.Set("X-Hub-Signature", "sha1="+sign(sha1.New, opened))
		}, 401, "SHA1 is not enough"},
		{"SHA-1 in the place of SHA-256", func(r *http.Request) { r.Header.Set("X-Hub-Signature-256", "sha1="+sign(sha1.New, opened)) }, 401, "SHA1 is not enough"},
		{"a truncated signature", func(r *http.Request) {
			r.Header.Set("X-Hub-Signature-256", r.Header.Get("X-Hub-Signature-256")[:39])
		}, 401, "64 hexadecimal digits"},
		{"an empty signature", func(r *http.Request) { r.Header.Set("X-Hub-Signature-256", "sha256=") }, 401, "64 hexadecimal digits"},
		{"a signature that is no number", func(r *http.Request) {
			r.Header.Set("X-Hub-Signature-256", "sha256="+strings.Repeat("x", 64))
		}, 401, "64 hexadecimal digits"},
		{"a changed body", func(r *http.Request) {
			r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(opened, []byte("12"), []byte("13"), 1)))
		}, 401, "not that of this body"},
		{"a source without a secret", func(r *http.Request) { r.URL.Path = "/webhooks/open" }, 404, "no source of this name accepts deliveries"},
		{"an unknown source", func(r *http.Request) { r.URL.Path = "/webhooks/other" }, 404, "no source of this name accepts deliveries"},
		{"another path", func(r *http.Request) { r.URL.Path = "/metrics" }, 404, "deliveries go to /webhooks/"},
		{"a path below", func(r *http.Request) { r.URL.Path = "/webhooks/code/x" }, 404, "deliveries go to /webhooks/"},
		{"a read", func(r *http.Request) { r.Method = http.MethodGet }, 405, "POST"},
		{"no length", func(r *http.Request) { r.ContentLength = -1 }, 411, "Content-Length"},
		{"a body that ends early", func(r *http.Request) { r.ContentLength++ }, 400, "shorter"},
		{"more than GitHub sends", func(r *http.Request) { r.ContentLength = 25<<20 + 1 }, 413, "25 MiB"},
		{"GitHub's signature at a Jira source", func(r *http.Request) { r.URL.Path = "/webhooks/tracker" }, 401, "X-Hub-Signature is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := &ingesttest.Log{}
			h := receiver(log)
			r := delivery("issues", "d1", opened)
			c.change(r)
			w := serve(h, r)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("got %d %q, want %d and %q", w.Code, w.Body, c.status, c.says)
			}
			if log.Writes() != 0 {
				t.Error("something was written")
			}
		})
	}
}

func TestRefusesWhatIsNoJSON(t *testing.T) {
	log := &ingesttest.Log{}
	for _, body := range []string{"", "{", `{"a":1} x`, "\xff", `"` + "\xff" + `"`} {
		if w := serve(receiver(log), delivery("issues", "d", []byte(body))); w.Code != http.StatusBadRequest {
			t.Errorf("%q: %d", body, w.Code)
		}
	}
	if log.Writes() != 0 {
		t.Error("something was written")
	}
}

// due is what the state of a new ingester has to read anew.
func due(t *testing.T, log *ingesttest.Log) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, p := range log.Progress(t) {
		if ingest.IsDue(p) {
			out[p.Project+" "+p.Name] = string(p.Value)
		}
	}
	return out
}

func TestStoresBeforeItAnswers(t *testing.T) {
	log := &ingesttest.Log{}
	h := receiver(log)
	if w := serve(h, delivery("issues", "d1", opened)); w.Code != http.StatusAccepted {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	d := log.Deliveries(t)
	if len(d) != 1 || d[0].DeliveryID != "d1" || d[0].Event != "issues" || d[0].Action != "opened" || d[0].ItemID != "code/issue/7" ||
		d[0].Key != "acme/api#12" || d[0].Kind != event.KindIssue || !d[0].RecordedAt.Equal(now) || !json.Valid(d[0].Body) {
		t.Errorf("stored: %+v", d)
	}
	if got := due(t, log); len(got) != 1 || got["acme/api acme/api#12"] != `{"ref":"12","key":"acme/api#12","kind":"issue"}` {
		t.Errorf("due: %v", got)
	}
	// A log that does not acknowledge is a delivery that was not taken, and is taken when it comes again.
	log.Fail = func(int) (keep, fail bool) { return false, true }
	again := bytes.Replace(opened, []byte(`"T"`), []byte(`"U"`), 1)
	w := serve(h, delivery("issues", "d2", again))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("the log failed, and the answer is %d %s", w.Code, w.Body)
	}
	log.Fail = nil
	if w := serve(h, delivery("issues", "d2", again)); w.Code != http.StatusAccepted {
		t.Errorf("delivered again: %d", w.Code)
	}
	if s := h.Stats(); s != (webhook.Stats{Stored: 2, Failed: 1}) {
		t.Errorf("counted %+v", s)
	}
}

// TestReplays: a delivery that comes again, under its own id or another, is answered and stored once; after a restart
// it is stored again under the same id.
func TestReplays(t *testing.T) {
	log := &ingesttest.Log{}
	h := receiver(log)
	for i, id := range []string{"d1", "d1", "forged"} {
		want := http.StatusOK
		if i == 0 {
			want = http.StatusAccepted
		}
		if w := serve(h, delivery("issues", id, opened)); w.Code != want {
			t.Errorf("delivery %d: %d, want %d", i, w.Code, want)
		}
	}
	if n := len(log.Deliveries(t)); n != 1 {
		t.Errorf("%d deliveries are stored", n)
	}
	serve(receiver(log), delivery("issues", "d1", opened))
	d := log.Deliveries(t)
	if len(d) != 2 || event.DeliveryID(d[0]) != event.DeliveryID(d[1]) {
		t.Errorf("after a restart: %+v", d)
	}
}

func TestWhatADeliveryConcerns(t *testing.T) {
	repo := `"repository":{"full_name":"acme/api"}`
	for _, c := range []struct {
		source, kind, body, id string
		item                   string
		due                    []string
	}{
		{"code", "pull_request_review", `{"pull_request":{"id":9,"number":3},` + repo + `}`, "d", "code/pull_request/9", []string{`acme/api acme/api#3 {"ref":"3","key":"acme/api#3","kind":"pull_request"}`}},
		{"code", "issue_comment", `{"issue":{"id":7,"number":3,"pull_request":{"url":"x"}},` + repo + `}`, "d", "", []string{`acme/api acme/api#3 {"ref":"3","key":"acme/api#3","kind":"pull_request"}`}},
		{"code", "issues", `{"action":"deleted","issue":{"id":7,"number":3},` + repo + `}`, "d", "code/issue/7", []string{`acme/api acme/api#3 {"ref":"3","key":"acme/api#3","kind":"issue","gone":"deleted"}`}},
		{
			"code", "sub_issues", `{"sub_issue":{"id":1,"number":5,"url":"https://api.github.com/repos/acme/web/issues/5"},"parent_issue":{"id":2,"number":6,"url":"https://api.github.com/repos/acme/api/issues/6"},` + repo + `}`, "d", "",
			[]string{`acme/web acme/web#5 {"ref":"5","key":"acme/web#5","kind":"issue"}`, `acme/api acme/api#6 {"ref":"6","key":"acme/api#6","kind":"issue"}`},
		},
		{"code", "ping", `{"zen":"x"}`, "d", "", nil},
		{"code", "made_up_tomorrow", `{"issue":"a text","repository":[]}`, "d", "", nil},
		{"code", "", `[1]`, "d", "", nil},
		{"tracker", "", `{"webhookEvent":"jira:issue_updated","issue":{"id":"10001","key":"OPS-7"}}`, "j", "tracker/issue/10001", []string{`OPS OPS-7 {"ref":"10001","key":"OPS-7","kind":"issue"}`}},
		{"tracker", "", `{"webhookEvent":"jira:issue_deleted","issue":{"id":10001,"key":"OPS-7"}}`, "j", "tracker/issue/10001", []string{`OPS OPS-7 {"ref":"10001","key":"OPS-7","kind":"issue","gone":"deleted"}`}},
		{"tracker", "", `{"webhookEvent":"sprint_started"}`, "", "", nil},
		{
			"tracker", "", `{"timestamp":1772355600000,"webhookEvent":"worklog_created","worklog":{"self":"https://acme.atlassian.net/rest/api/2/issue/10001/worklog/10017","author":{"accountId":"5b10"},"timeSpentSeconds":3600,"id":"10017","issueId":"10001"}}`, "j", "",
			[]string{` tracker/issue/10001 {"ref":"10001","key":"","kind":"issue"}`},
		},
		{
			"tracker", "", `{"timestamp":1772355600000,"webhookEvent":"issuelink_deleted","issueLink":{"id":10003,"sourceIssueId":10005,"destinationIssueId":10004,"issueLinkType":{"id":10001,"name":"Blocks","outwardName":"blocks","inwardName":"is blocked by"},"systemLink":false}}`, "j", "",
			[]string{` tracker/issue/10005 {"ref":"10005","key":"","kind":"issue"}`, ` tracker/issue/10004 {"ref":"10004","key":"","kind":"issue"}`},
		},
		{"tracker", "", `{"webhookEvent":"worklog_created","worklog":{"issueId":"../1"}}`, "j", "", nil},
		{"code", "label", `{"action":"edited","label":{"name":"defect"},"changes":{"name":{"from":"bug"}},"repository":{"full_name":"acme/api"}}`, "", "", []string{`acme/api acme/api:defect {"ref":"label/defect","key":"acme/api:defect"}`}},
		{"code", "label", `{"action":"edited","label":{"name":"bug"},"changes":{"color":{"from":"fff"}},"repository":{"full_name":"acme/api"}}`, "", "", nil},
		{"code", "label", `{"action":"edited","label":{"name":"defect"},"changes":{"name":{"from":"bug"}}}`, "", "", nil},
		{"code", "label", `{"action":"deleted","label":{"name":"bug"},"repository":{"full_name":"acme/api"}}`, "", "", []string{`acme/api acme/api: {"ref":"names/","key":"acme/api:"}`}},
		{"code", "label", `{"action":"created","label":{"name":"bug"},"repository":{"full_name":"acme/api"}}`, "", "", nil},
		{"code", "milestone", `{"action":"edited","milestone":{"title":"v2"},"changes":{"title":{"from":"v1"}},"repository":{"full_name":"acme/api"}}`, "", "", []string{`acme/api acme/api: {"ref":"names/","key":"acme/api:"}`}},
		{"code", "milestone", `{"action":"edited","milestone":{"title":"v2"},"changes":{"description":{"from":""}},"repository":{"full_name":"acme/api"}}`, "", "", nil},
	} {
		t.Run(c.source+" "+c.kind, func(t *testing.T) {
			log := &ingesttest.Log{}
			r := delivery(c.kind, c.id, []byte(c.body))
			r.URL.Path = "/webhooks/" + c.source
			if c.source == "tracker" {
				r.Header.Set("X-Hub-Signature", r.Header.Get("X-Hub-Signature-256"))
				r.Header.Set("X-Atlassian-Webhook-Identifier", c.id)
			}
			if w := serve(receiver(log), r); w.Code != http.StatusAccepted {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			d := log.Deliveries(t)
			if len(d) != 1 || d[0].ItemID != c.item || c.id != "" && d[0].DeliveryID != c.id || c.id == "" && !strings.HasPrefix(d[0].DeliveryID, "sha256-") {
				t.Errorf("stored: %+v", d)
			}
			got := due(t, log)
			for _, want := range c.due {
				p, k, _ := strings.Cut(want, " ")
				k, v, _ := strings.Cut(k, " ")
				if got[p+" "+k] != v {
					t.Errorf("due: %v, want %s", got, want)
				}
			}
			if len(got) != len(c.due) {
				t.Errorf("due: %v, want %v", got, c.due)
			}
		})
	}
}

func TestForms(t *testing.T) {
	log := &ingesttest.Log{}
	form := []byte("payload=%7B%22action%22%3A%22opened%22%2C%22issue%22%3A%7B%22id%22%3A7%2C%22number%22%3A12%7D%2C%22repository%22%3A%7B%22full_name%22%3A%22acme%2Fapi%22%7D%7D")
	r := delivery("issues", "d", form)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if w := serve(receiver(log), r); w.Code != http.StatusAccepted || log.Deliveries(t)[0].ItemID != "code/issue/7" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestLargerThanTheLogCarries: between 16 and 25 MiB a dead letter stands for the delivery, and the item is read anew.
func TestLargerThanTheLogCarries(t *testing.T) {
	if testing.Short() {
		t.Skip("it moves 17 MiB several times")
	}
	log := &ingesttest.Log{}
	body := bytes.Replace(opened, []byte(`"T"`), []byte(`"`+strings.Repeat("x", 17<<20)+`"`), 1)
	if w := serve(receiver(log), delivery("issues", "d1", body)); w.Code != http.StatusAccepted {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if dead := log.Dead(t); len(dead) != 1 || dead[0].SizeBytes != len(body) || dead[0].ItemID != "code/issue/7" || len(due(t, log)) != 1 {
		t.Errorf("dead letters: %d", len(dead))
	}
}

// slow is a log that acknowledges when it is told to.
type slow struct {
	ingesttest.Log
	came chan struct{}
	wait chan struct{}
}

func (s *slow) Write(ctx context.Context, m ...event.Message) error {
	s.came <- struct{}{}
	<-s.wait
	return s.Log.Write(ctx, m...)
}

// TestOverloadIsNotQueued: what is more than fits gets 503 and Retry-After at once, and costs nothing.
func TestOverloadIsNotQueued(t *testing.T) {
	for _, o := range []webhook.Options{{InFlight: 2}, {InFlight: 100, Bytes: int64(2*len(opened) + 10)}} {
		log := &slow{came: make(chan struct{}, 9), wait: make(chan struct{})}
		o.Sources, o.Log = sources(), log
		h := webhook.New(o)
		var wg sync.WaitGroup
		codes := make(chan int, 2)
		for i := range 2 {
			wg.Go(func() {
				codes <- serve(h, delivery("issues", fmt.Sprint(i), bytes.Replace(opened, []byte("T"), fmt.Append(nil, i), 1))).Code
			})
		}
		<-log.came
		<-log.came
		w := serve(h, delivery("issues", "more", bytes.Replace(opened, []byte("T"), []byte("9"), 1)))
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%+v: %d %s", o, w.Code, w.Body)
		}
		close(log.wait)
		wg.Wait()
		for range 2 {
			if c := <-codes; c != http.StatusAccepted {
				t.Errorf("one that fitted: %d", c)
			}
		}
		if w := serve(h, delivery("issues", "later", bytes.Replace(opened, []byte("T"), []byte("8"), 1))); w.Code != http.StatusAccepted {
			t.Errorf("room was not given back: %d", w.Code)
		}
	}
}

// TestSecretsAreNowhere greps everything that leaves the receiver: answers, logs and events.
func TestSecretsAreNowhere(t *testing.T) {
	var logs bytes.Buffer
	log := &ingesttest.Log{}
	h := webhook.New(webhook.Options{Sources: sources(), Log: log, Logger: slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	var out bytes.Buffer
	for i, change := range []func(*http.Request){
		func(*http.Request) {},
		func(r *http.Request) { r.Header.Set("X-Hub-Signature-256", "sha256=00") },
		func(r *http.Request) { r.Header.Set("X-Hub-Signature-256", "sha256="+strings.Repeat("00", 32)) },
		func(r *http.Request) { r.ContentLength = 99 << 20 },
		func(*http.Request) {
			log.Fail = func(int) (bool, bool) { return false, true }
		},
	} {
		r := delivery("issues", fmt.Sprint(i), bytes.Replace(opened, []byte("T"), fmt.Append(nil, i), 1))
		signature := strings.TrimPrefix(r.Header.Get("X-Hub-Signature-256"), "sha256=")
		change(r)
		w := serve(h, r)
		fmt.Fprintln(&out, w.Body, w.Header())
		for name, text := range map[string]string{"an answer": out.String(), "the log": logs.String(), "the events": log.Bytes()} {
			if strings.Contains(text, secret) || strings.Contains(text, signature) {
				t.Errorf("%s holds a secret or a signature: %s", name, text)
			}
		}
	}
	if logs.Len() == 0 {
		t.Error("nothing was logged at all")
	}
}

func FuzzBodies(f *testing.F) {
	f.Add("issues", opened, "application/json")
	f.Add("pull_request", []byte(`{"pull_request":{"id":1e99,"number":-1},"repository":{"full_name":"a/b/c"}}`), "application/json")
	f.Add("x", []byte("payload=%7b%7d"), "application/x-www-form-urlencoded")
	f.Add("jira", []byte(`{"webhookEvent":"jira:issue_updated","issue":{"id":"1","key":"A-1"}}`), "")
	f.Fuzz(func(t *testing.T, kind string, body []byte, contentType string) {
		log := &ingesttest.Log{}
		for _, source := range []string{"code", "tracker"} {
			r := delivery("issues", "d", body)
			r.URL.Path = "/webhooks/" + source
			r.Header["X-Github-Event"], r.Header["Content-Type"] = []string{kind}, []string{contentType}
			r.Header.Set("X-Hub-Signature", r.Header.Get("X-Hub-Signature-256"))
			// A log that refuses what nobody could read, as ingesttest.Log does, makes it a 503.
			if w := serve(receiver(log), r); w.Code != http.StatusAccepted && w.Code != http.StatusBadRequest {
				t.Errorf("%s %q: %d %s", kind, body, w.Code, w.Body)
			}
		}
	})
}
