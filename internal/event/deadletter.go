package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// HeadBytes is how much of a record a [DeadLetter] keeps.
const HeadBytes = 64 << 10

const (
	maxReason = 4 << 10
	maxName   = 1 << 10 // of a key or an id that a broken record claims to have
)

// Unknown is the time of a record whose own time cannot be read: 1970-01-01, the least that the tables hold.
// Reading a clock instead would give the record another time at every replay.
func Unknown() time.Time { return time.Unix(0, 0).UTC() }

// NewDeadLetter describes a record that a stage could not process. It takes source, project, item and time from
// the record as far as they can be read, and is a function of its arguments: the same record consumed again
// makes the same dead letter. A record that never was in the log has partition and offset -1.
func NewDeadLetter(stage string, m *Message, reason string) *DeadLetter {
	sum := sha256.Sum256(m.Value)
	d := &DeadLetter{
		Topic: m.Topic, Partition: m.Partition, Offset: m.Offset, Key: clip(string(m.Key), maxName),
		Stage: stage, Reason: clip(reason, maxReason), SizeBytes: len(m.Value), SHA256: hex.EncodeToString(sum[:]),
		Head: bytes.Clone(m.Value[:min(len(m.Value), HeadBytes)]),
	}
	if d.Reason == "" {
		d.Reason = "no reason was given"
	}
	said := readable(m.Value)
	d.Source, d.Project, d.ItemID = said["source"], said["project"], said["item_id"]
	if d.ItemID == "" {
		d.ItemID = itemOf(m)
	}
	d.RecordedAt = Unknown()
	for _, text := range []string{m.Header("ce_time"), said["recorded_at"]} {
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil && dated("", t) == nil {
			d.RecordedAt = t.UTC().Truncate(time.Millisecond)
			break
		}
	}
	return d
}

// itemOf returns the item that a record's envelope names, for the types whose subject is one.
func itemOf(m *Message) string {
	switch m.Header("ce_type") {
	case TypeRaw, TypeRevision, TypeActivity, TypeLink, TypeTombstone, TypeClassification:
		return clip(m.Header("ce_subject"), maxName)
	}
	return ""
}

// readable returns those top-level strings of a JSON object that say what it is about, up to where the text breaks.
func readable(value []byte) map[string]string {
	out := map[string]string{}
	d := json.NewDecoder(bytes.NewReader(value))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return out
	}
	for len(out) < 4 && d.More() {
		name, err := d.Token()
		if err != nil {
			return out
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return out
		}
		switch name {
		case "source", "project", "item_id", "recorded_at":
			var s string
			if json.Unmarshal(raw, &s) == nil {
				out[name.(string)] = clip(s, maxName)
			}
		}
	}
	return out
}

// clip returns s as valid UTF-8 of at most n bytes.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
