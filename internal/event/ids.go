package event

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// hash returns the first n hex digits of the SHA-256 of the parts, each ended by a zero byte, so that no two
// lists of parts run into each other.
func hash(n int, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))[:n]
}

// ItemID is the stable id of a work item: the source's name, "issue" or "pull_request", and the tracker's own
// numeric id, which survives renames and moves between Jira projects.
func ItemID(source string, kind Kind, trackerID string) string {
	return source + "/" + string(kind) + "/" + trackerID
}

// RawID is the id of a raw record: one for each distinct telling of an item.
func RawID(r *Raw) string {
	return "raw-" + hash(32, r.ItemID, r.Digest, r.Removed, r.RecordedAt.UTC().Format(timeLayout))
}

// DeliveryID is the id of a webhook's delivery: the same when the tracker delivers again.
func DeliveryID(d *Delivery) string { return "dlv-" + hash(32, d.Source, d.DeliveryID) }

// ActivityID is the id of an activity; trackerID names the activity in its tracker ("comment/123").
func ActivityID(itemID, trackerID string) string { return "act-" + hash(24, itemID, trackerID) }

// LinkID is the id of a link.
func LinkID(itemID string, relation Relation, toKey string) string {
	return "lnk-" + hash(24, itemID, string(relation), toKey)
}

// ChangeHash names an observed or corrected state in [Revision.Change]: parts are its fields and values.
func ChangeHash(kind string, parts ...string) string { return kind + "/" + hash(16, parts...) }

// Pseudonym is the stable name under which an account appears in the tables: a function of the source's
// name and the tracker's account id. An empty account (a deleted user) has the pseudonym "ghost".
func Pseudonym(source, accountID string) string {
	if strings.TrimSpace(accountID) == "" {
		return "ghost"
	}
	return "p" + hash(12, source, accountID)
}

// The programs that publish decisions of their own.
const (
	ByConfiguration = "configuration" // a ruleset that the configuration names
	ByDemo          = "demo"          // the simulated organisation's
)

// AuthorAlias is the name under which the author of a decision appears in the tables: a program's own, a person's
// pseudonym. The person's login stays in the log.
func AuthorAlias(author string) string {
	if author == "" || author == ByConfiguration || author == ByDemo {
		return author
	}
	return Pseudonym("operator", author)
}
