package queries_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/recordedtest"
	"github.com/workmix/workmix/internal/warehouse"
	"github.com/workmix/workmix/processors/classify"
	"github.com/workmix/workmix/processors/normalize"
	"github.com/workmix/workmix/processors/sink"
	"github.com/workmix/workmix/queries"
)

// TestRecorded takes a recorded repository through normalize, classify and sink, all of it twice and in two orders,
// and compares what analysts count in each view with what was produced.
func TestRecorded(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	raws := recordedRaws(t)
	n := normalize.New(normalize.Config{})
	c, err := classify.New("")
	if err != nil {
		t.Fatal(err)
	}
	var all []event.Message
	produced := map[string]map[string]bool{}
	note := func(view, id string) {
		if produced[view] == nil {
			produced[view] = map[string]bool{}
		}
		produced[view][id] = true
	}
	last := map[string]string{}
	for i, r := range raws {
		m := encode(t, r, int64(i))
		all = append(all, m)
		out, err := n.Handle(&m)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range out {
			item := encode(t, p, 0)
			all = append(all, item)
			switch p := p.(type) {
			case *event.Revision:
				note("work_items", p.ItemID)
				note("work_item_history", p.ItemID+p.Change)
				last[p.ItemID] = fmt.Sprintf("%s | %s | %s | %v", p.ItemID, p.Item.State, p.Item.Title, p.Item.Labels)
			case *event.Activity:
				note("activity", p.ActivityID)
			case *event.Link:
				note("item_links", p.LinkID)
			}
			verdicts, err := c.Handle(&item)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range verdicts {
				all = append(all, encode(t, v, 0))
				note("classifications", v.Envelope().ID)
			}
		}
	}
	db := database(t, queries.Settings{})
	deliver(t, db, all)
	slices.Reverse(all)
	deliver(t, db, all[:len(all)/2])
	derive(t, db, queries.Settings{})
	for view, ids := range produced {
		if got := rows(t, db, "SELECT toString(count()) FROM "+view, nil)[1]; got != strconv.Itoa(len(ids)) {
			t.Errorf("%s has %s rows, %d were produced", view, got, len(ids))
		}
	}
	for _, r := range rows(t, db, "SELECT item_id, state, title, labels FROM work_items", nil)[1:] {
		delete(last, keyOf(last, r))
	}
	if len(last) > 0 {
		t.Errorf("%d items are not as their last revision: %v", len(last), last)
	}
	derive(t, db, queries.Settings{})
	checkNow(t, db)
	if r := rows(t, db, "SELECT count() FROM work_item_history WHERE body IS NULL", nil)[1]; r != "0" {
		t.Errorf("%s revisions have no body, not even the nearest", r)
	}
	for _, q := range rows(t, db, "SELECT quadrant, count() FROM work_items GROUP BY quadrant ORDER BY quadrant", nil)[1:] {
		t.Log(q)
	}
}

// keyOf returns the key of the value, or "".
func keyOf(m map[string]string, value string) string {
	for k, v := range m {
		if v == value {
			return k
		}
	}
	return ""
}

func encode(t *testing.T, p event.Payload, offset int64) event.Message {
	t.Helper()
	m, err := event.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	m.Offset = offset
	return m
}

func deliver(t *testing.T, db *warehouse.DB, all []event.Message) {
	t.Helper()
	s := sink.New(db, nil)
	for batch := range slices.Chunk(all, 4000) {
		if err := s.Store(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
}

// recordedRaws returns the raw records of the recorded repository; it skips the test where there is none.
func recordedRaws(t *testing.T) []*event.Raw {
	t.Helper()
	in, err := os.Open(recordedtest.Path(t, "github", "bitcoin-core-gui", "items.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	var out []*event.Raw
	s := bufio.NewScanner(z)
	s.Buffer(nil, 32<<20)
	for s.Scan() {
		var l struct {
			Type                          string
			Issue, Pull, Events, Comments json.RawMessage
		}
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		kind, object, content := event.KindIssue, l.Issue, map[string]json.RawMessage{"timeline": l.Events}
		if content["issue"] = l.Issue; l.Type == "pull" {
			delete(content, "issue")
			kind, object, content["pull"], content["comments"] = event.KindPullRequest, l.Pull, l.Pull, l.Comments
		}
		var o struct{ ID, Number int64 }
		if err := json.Unmarshal(object, &o); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, &event.Raw{
			Source: "code", Tracker: "github", Project: "bitcoin-core/gui", ItemID: event.ItemID("code", kind, strconv.FormatInt(o.ID, 10)),
			Key: fmt.Sprintf("bitcoin-core/gui#%d", o.Number), Kind: kind, RecordedAt: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC),
			Digest: "d", Content: b,
		})
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
