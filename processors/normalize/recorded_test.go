package normalize

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/workmix/workmix/internal/event"
	"github.com/workmix/workmix/internal/recordedtest"
)

// recordedLines calls f with each line of a gzipped file of JSON lines.
func recordedLines(tb testing.TB, name string, f func([]byte)) {
	tb.Helper()
	in, err := os.Open(recordedtest.Path(tb, name))
	if err != nil {
		tb.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		tb.Fatal(err)
	}
	s := bufio.NewScanner(z)
	s.Buffer(nil, 32<<20)
	for s.Scan() {
		f(s.Bytes())
	}
	if err := s.Err(); err != nil {
		tb.Fatal(err)
	}
}

// recordedItem is one recorded issue or pull request, as it lies in the data and as a raw record.
type recordedItem struct {
	kind   event.Kind
	object struct {
		ID        int64 `json:"id"`
		Number    int64 `json:"number"`
		State     string
		Title     string
		Labels    []ghLabel
		CreatedAt time.Time `json:"created_at"`
		UpdatedAt time.Time `json:"updated_at"`
	}
	raw *event.Raw
}

const recordedProject = "bitcoin-core/gui"

func recordedItems(tb testing.TB) []recordedItem {
	tb.Helper()
	var out []recordedItem
	recordedLines(tb, "github/bitcoin-core-gui/items.jsonl.gz", func(line []byte) {
		var l struct {
			Type                          string
			Issue, Pull, Events, Comments json.RawMessage
		}
		if err := json.Unmarshal(line, &l); err != nil {
			tb.Fatal(err)
		}
		it := recordedItem{kind: event.KindIssue}
		object := l.Issue
		content := map[string]json.RawMessage{"timeline": l.Events}
		if l.Type == "pull" {
			it.kind, object = event.KindPullRequest, l.Pull
			content["pull"], content["comments"] = l.Pull, l.Comments
		} else {
			content["issue"] = l.Issue
		}
		if err := json.Unmarshal(object, &it.object); err != nil {
			tb.Fatal(err)
		}
		it.raw = rawOf(tb, it.kind, recordedProject, it.object.ID, it.object.Number, content)
		out = append(out, it)
	})
	return out
}

// rawOf returns a raw record with a content, as the ingester would write it.
func rawOf(tb testing.TB, kind event.Kind, project string, id, number int64, content any) *event.Raw {
	tb.Helper()
	b, err := json.Marshal(content)
	if err != nil {
		tb.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return &event.Raw{
		Source: "code", Tracker: "github", Project: project, ItemID: event.ItemID("code", kind, strconv.FormatInt(id, 10)),
		Key: project + "#" + strconv.FormatInt(number, 10), Kind: kind, RecordedAt: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC),
		Digest: hex.EncodeToString(sum[:]), Content: b,
	}
}

// handle encodes a raw record, handles it and returns what came out by type. Everything must be valid.
func handle(tb testing.TB, n *Normalizer, r *event.Raw) (out result) {
	tb.Helper()
	m, err := event.Encode(r)
	if err != nil {
		tb.Fatal(err)
	}
	m.Offset = 7
	payloads, err := n.Handle(&m)
	if err != nil {
		tb.Fatal(err)
	}
	for _, p := range payloads {
		if _, err := event.Encode(p); err != nil {
			tb.Fatalf("%s: %v", r.Key, err)
		}
		switch p := p.(type) {
		case *event.Revision:
			out.revisions = append(out.revisions, p)
		case *event.Activity:
			out.activities = append(out.activities, p)
		case *event.Link:
			out.links = append(out.links, p)
		case *event.Tombstone:
			out.tombstones = append(out.tombstones, p)
		}
	}
	return out
}

type result struct {
	revisions  []*event.Revision
	activities []*event.Activity
	links      []*event.Link
	tombstones []*event.Tombstone
}

func (r result) last() *event.Revision { return r.revisions[len(r.revisions)-1] }

// at returns the revision that is valid at an instant, or nil before the first.
func (r result) at(t time.Time) *event.Revision {
	var found *event.Revision
	for _, v := range r.revisions {
		if !v.ValidFrom.After(t) {
			found = v
		}
	}
	return found
}
