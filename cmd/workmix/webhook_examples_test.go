package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/ingest/ingesttest"
	"github.com/workmix/workmix/ingest/webhook"
	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/processors/normalize"
)

// TestWebhookExamples delivers every example of GitHub's deliveries in random order, each twice: all are accepted and
// stored as they are, those about a work item make it due, and those that hold its object make events of it, the same
// whatever the order.
func TestWebhookExamples(t *testing.T) {
	dir := os.Getenv("WORKMIX_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	files, err := filepath.Glob(filepath.Join(dir, "github", "webhooks", "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("no examples of deliveries at %s: set WORKMIX_TEST_DATA", dir)
	}
	bodies := map[string][]byte{}
	for _, f := range files {
		if bodies[f], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	var first map[string]string
	for round := range 3 {
		log := &ingesttest.Log{}
		order := append(append([]string{}, files...), files...)
		rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		// A receiver that starts anew now and then has forgotten what it stored.
		var h http.Handler
		for i, f := range order {
			if i%20 == 0 {
				h = webhook.New(webhook.Options{Sources: []webhook.Source{{Name: "code", Tracker: "github", Secret: []byte("s")}}, Log: log})
			}
			if w := sendExample(h, f, bodies[f]); w.Code != http.StatusAccepted && w.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", f, w.Code, w.Body)
			}
		}
		rows := checkExamples(t, log, bodies)
		if round == 0 {
			first = rows
			t.Logf("%d examples, %d events of them", len(files), len(rows))
		} else if d := cmp.Diff(first, rows); d != "" {
			t.Errorf("another order, other rows:\n%s", d)
		}
	}
}

func sendExample(h http.Handler, file string, body []byte) *httptest.ResponseRecorder {
	mac := hmac.New(sha256.New, []byte("s"))
	mac.Write(body)
	r := httptest.NewRequest(http.MethodPost, "/webhooks/code", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", filepath.Base(filepath.Dir(file)))
	r.Header.Set("X-GitHub-Delivery", file)
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// checkExamples returns the normalized events by id, without when they were received.
func checkExamples(t *testing.T, log *ingesttest.Log, bodies map[string][]byte) map[string]string {
	t.Helper()
	due := map[string]bool{}
	for _, p := range log.Progress(t) {
		due[p.Name] = ingest.IsDue(p)
	}
	n := normalize.New(normalize.Config{})
	rows, stored := map[string]string{}, map[string]bool{}
	for _, d := range log.Deliveries(t) {
		name := d.DeliveryID
		stored[name] = true
		var was, is any
		if json.Unmarshal(bodies[name], &was) != nil || json.Unmarshal(d.Body, &is) != nil || !reflect.DeepEqual(was, is) {
			t.Errorf("%s is not stored as it came", name)
		}
		about := d.Event != "label"
		if about != due[d.Key] || about != (d.Key != "") {
			t.Errorf("%s: key %q, due: %v", name, d.Key, due[d.Key])
		}
		m, err := event.Encode(d)
		if err != nil {
			t.Fatal(err)
		}
		out, err := n.Handle(&m)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if (d.ItemID != "") != (len(out) > 0) {
			t.Errorf("%s of the item %q makes %d events", name, d.ItemID, len(out))
		}
		for _, p := range out {
			if err := p.Validate(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			rows[p.Envelope().ID] = describe(p)
		}
		// An issue's object that stands for a pull request has another id than that.
		issue, _ := is.(map[string]any)["issue"].(map[string]any)
		if about && (issue["pull_request"] == nil) != (d.ItemID != "") {
			t.Errorf("%s: the id of its item is %q", name, d.ItemID)
		}
	}
	if len(stored) != len(bodies) {
		t.Errorf("%d of %d examples are in the log", len(stored), len(bodies))
	}
	return rows
}

func describe(p event.Payload) string {
	switch p := p.(type) {
	case *event.Revision:
		return fmt.Sprintf("%s %s %s %s %s", p.ItemID, p.Change, p.ValidFrom, p.Item.Title, p.Item.State)
	case *event.Tombstone:
		return p.ItemID + " " + p.Cause
	}
	return fmt.Sprintf("%T", p)
}
