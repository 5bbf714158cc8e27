package event

import (
	"encoding/json"
	"time"
)

// Kind is what a work item is.
type Kind string

// The kinds of work item.
const (
	KindIssue       Kind = "issue"
	KindIncident    Kind = "incident"
	KindPullRequest Kind = "pull_request"
)

// State is where a work item stands, whatever words its tracker uses.
type State string

// The states of a work item.
const (
	StateOpen       State = "open"
	StateInProgress State = "in_progress"
	StateDone       State = "done"
	StateDropped    State = "dropped"
)

// TrackerImport is the tracker of items that somebody imports rather than a tracker serves.
const TrackerImport = "import"

// Raw is what a tracker said about one item, with its history, as fetched. It is the truth: everything in
// the tables but decisions can be rebuilt from raw records.
type Raw struct {
	// Source is the configured name of the source; it is part of every id, so a source keeps its name.
	Source string `json:"source"`
	// Tracker is "github", "jira" or "import".
	Tracker string `json:"tracker"`
	// Project is "owner/repo" on GitHub and the project's key on Jira.
	Project string `json:"project"`
	// ItemID is the id of the item, see [ItemID].
	ItemID string `json:"item_id"`
	// Key is the item's key as people write it: "owner/repo#12" or "PROJ-12".
	Key string `json:"key"`
	// Kind is issue or pull_request: what the tracker calls it. Incidents are told apart by normalize.
	Kind Kind `json:"kind"`
	// RecordedAt is when the ingester learned it: the only clock reading in an item's way.
	RecordedAt time.Time `json:"recorded_at"`
	// Digest is the SHA-256, in hex, of the content's canonical form. Equal digests, equal content.
	Digest string `json:"digest"`
	// Removed is why the item can no longer be read, or empty: then Content is the item.
	Removed string `json:"removed,omitempty"`
	// Content is the tracker's own JSON. GitHub: {"issue", "pull", "timeline" (with reviews and commits), "comments"
	// (of reviews), "partial" (true: from lists, the whole follows)}, of older records "reviews" and "commits" too;
	// Jira: {"issue" (with changelog), "meta"}. Import: [Rows].
	Content json.RawMessage `json:"content,omitempty"`
}

// Delivery is one delivery of a tracker's webhook, as it came. It never tells an item whole: what it tells is a
// moment of it, and where the tracker says so the values before (see docs/normalize-github.md).
type Delivery struct {
	Source  string `json:"source"`
	Tracker string `json:"tracker"` // "github" or "jira"
	// DeliveryID is the tracker's own id of the delivery, the same when it delivers again; where it gives none,
	// "sha256-" and the digest of the body.
	DeliveryID string `json:"delivery_id"`
	// Event is the tracker's own kind of event: "issues", "jira:issue_updated". A kind unknown to us is kept like any other.
	Event  string `json:"event"`
	Action string `json:"action,omitempty"` // GitHub: what happened
	// Project, ItemID, Key and Kind are empty where the delivery does not say them: a comment on a pull request of
	// GitHub names it by its key alone.
	Project string `json:"project,omitempty"`
	ItemID  string `json:"item_id,omitempty"`
	Key     string `json:"key,omitempty"`
	Kind    Kind   `json:"kind,omitempty"`
	// RecordedAt is when it was received.
	RecordedAt time.Time       `json:"recorded_at"`
	Body       json.RawMessage `json:"body"`
}

// Size is how large a pull request is.
type Size struct {
	Additions int `json:"additions"`
	Deletions int `json:"deletions"`
	Files     int `json:"files"`
	Commits   int `json:"commits"`
}

// Item is the whole normalized state of a work item after a change.
type Item struct {
	Kind       Kind       `json:"kind"`
	Type       string     `json:"type,omitempty"`
	Title      string     `json:"title"`
	Body       *string    `json:"body,omitempty"` // nil: not known at this revision
	State      State      `json:"state"`
	Status     string     `json:"status"` // the tracker's own word
	Priority   string     `json:"priority,omitempty"`
	Labels     []string   `json:"labels,omitempty"`     // sorted, unique
	Components []string   `json:"components,omitempty"` // sorted, unique
	Milestone  string     `json:"milestone,omitempty"`
	Sprint     string     `json:"sprint,omitempty"`
	Points     *float64   `json:"points,omitempty"`
	DueAt      *time.Time `json:"due_at,omitempty"`
	Author     string     `json:"author"` // pseudonym, see [Pseudonym]
	AuthorBot  bool       `json:"author_is_bot,omitempty"`
	Assignees  []string   `json:"assignees,omitempty"` // pseudonyms, sorted, unique
	ParentKey  string     `json:"parent_key,omitempty"`
	Draft      bool       `json:"draft,omitempty"`
	Resolution string     `json:"resolution,omitempty"`
	Size       *Size      `json:"size,omitempty"` // nil: not a pull request, or not known at this revision
	CreatedAt  time.Time  `json:"created_at"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	MergedAt   *time.Time `json:"merged_at,omitempty"`
	ClosedAt   *time.Time `json:"closed_at,omitempty"`
}

// Nearest holds the values of fields whose history the tracker does not tell, from the nearest observation.
// They help a classifier to judge a revision; they are not known to have been true then.
type Nearest struct {
	Body *string `json:"body,omitempty"`
	Size *Size   `json:"size,omitempty"`
}

// Counts are the item's counters. They are not state: a counter that moves makes no revision. A revision has those
// of the observation that told it.
type Counts struct {
	Subtasks int `json:"subtasks"` // sub-issues
	Links    int `json:"links"`    // to other items
	Comments int `json:"comments"` // on the item and, in a review, on its lines
}

// Directory is what a tracker says of the organisation itself, apart from any item: a team with its members, who owns
// which files, who leads a project. It bears names, and so reaches the tables of database workmix_people alone.
type Directory struct {
	Source  string `json:"source"`
	Tracker string `json:"tracker"` // "github" or "jira"
	// Kind is what is told: "team" or "members" (of an organisation), "codeowners" or "project" (of a project).
	Kind string `json:"kind"`
	// Name is whose: "acme/compute" for a team, "acme" for members, else the project.
	Name string `json:"name"`
	// RecordedAt is when the ingester learned it.
	RecordedAt time.Time `json:"recorded_at"`
	// Digest is the SHA-256, in hex, of the content's canonical form.
	Digest string `json:"digest"`
	// Content is the tracker's own JSON, in an object whose fields name the calls; absent: it is there no more.
	Content json.RawMessage `json:"content,omitempty"`
}

// Revision is one change of one item, with the whole state after it. Its identity is (item, change,
// observation): see docs/architecture.md, "Two time axes".
type Revision struct {
	ItemID  string `json:"item_id"`
	Source  string `json:"source"`
	Project string `json:"project"`
	Key     string `json:"key"`
	URL     string `json:"url,omitempty"`
	// Change is the tracker's own change: "created", "event/123", "changelog/10023/1", "observed/<hash>",
	// "correction/<hash>".
	Change string `json:"change"`
	// Observation is the id of the raw record that told it.
	Observation string `json:"observation"`
	// Seq orders the changes of one observation; it starts at 0.
	Seq int `json:"seq"`
	// More says that further revisions of the same observation follow. A reader takes an observation into
	// account once the revision without it is there, so it never sees half a chain. All revisions of a webhook's
	// delivery say it: a delivery tells no chain.
	More       bool      `json:"more,omitempty"`
	ValidFrom  time.Time `json:"valid_from"`
	RecordedAt time.Time `json:"recorded_at"`
	// Position is the raw record's offset in its partition: it orders two tellings of the same instant.
	Position   int64    `json:"position"`
	Actor      string   `json:"actor,omitempty"`   // pseudonym
	Changed    []string `json:"changed,omitempty"` // names of the state's fields, sorted
	Correction bool     `json:"correction,omitempty"`
	Inferred   []string `json:"inferred,omitempty"` // names of fields that this revision leaves unset
	Nearest    *Nearest `json:"nearest,omitempty"`
	Counts     *Counts  `json:"counts,omitempty"` // nil: not told
	Item       Item     `json:"item"`
}

// Activity is something a person did on an item.
type Activity struct {
	ActivityID  string    `json:"activity_id"` // see [ActivityID]
	ItemID      string    `json:"item_id"`
	Source      string    `json:"source"`
	Project     string    `json:"project"`
	Observation string    `json:"observation"`
	Person      string    `json:"person"` // pseudonym
	IsBot       bool      `json:"is_bot,omitempty"`
	Action      string    `json:"action"` // "opened", "commented", "reviewed", "committed", "transitioned", ...
	At          time.Time `json:"at"`
	RecordedAt  time.Time `json:"recorded_at"`
	Position    int64     `json:"position"`
}

// Relation is how one item bears on another.
type Relation string

// The relations between items.
const (
	RelationCloses     Relation = "closes"
	RelationMentions   Relation = "mentions"
	RelationParent     Relation = "parent" // from the child to its parent
	RelationBlocks     Relation = "blocks"
	RelationDuplicates Relation = "duplicates"
	RelationMovedTo    Relation = "moved_to"
	RelationContinues  Relation = "continues"
)

// Link is a directed link from an item to another, which the tracker names by key.
type Link struct {
	LinkID      string     `json:"link_id"` // see [LinkID]
	ItemID      string     `json:"item_id"`
	Source      string     `json:"source"`
	Project     string     `json:"project"`
	Observation string     `json:"observation"`
	ToKey       string     `json:"to_key"`
	ToItem      string     `json:"to_item,omitempty"` // where the tracker gives the id itself
	Relation    Relation   `json:"relation"`
	ValidFrom   time.Time  `json:"valid_from"`
	ValidTo     *time.Time `json:"valid_to,omitempty"`
	RecordedAt  time.Time  `json:"recorded_at"`
	Position    int64      `json:"position"`
}

// Tombstone says that an item can no longer be read, or that it can again (Cause "returned").
type Tombstone struct {
	ItemID      string    `json:"item_id"`
	Source      string    `json:"source"`
	Project     string    `json:"project"`
	Key         string    `json:"key"`
	Observation string    `json:"observation"`
	Cause       string    `json:"cause"` // "deleted", "transferred", "moved", "access_lost", "archived", "unobserved", "redacted", "returned"
	ValidFrom   time.Time `json:"valid_from"`
	RecordedAt  time.Time `json:"recorded_at"`
	Position    int64     `json:"position"`
}

// Evidence is one reason of a verdict: what spoke, with its weights in log-odds on the two axes.
type Evidence struct {
	Rule    string  `json:"rule"`
	Because string  `json:"because"`
	Matched string  `json:"matched,omitempty"`
	Forced  float64 `json:"forced"`
	Long    float64 `json:"long"`
}

// Classification is an item's own verdict at one revision under one ruleset.
type Classification struct {
	ItemID         string     `json:"item_id"`
	Change         string     `json:"change"`
	Observation    string     `json:"observation"`
	Seq            int        `json:"seq"`
	ValidFrom      time.Time  `json:"valid_from"`
	RecordedAt     time.Time  `json:"recorded_at"`
	Position       int64      `json:"position"`
	More           bool       `json:"more,omitempty"` // verdicts on further revisions of the same observation follow
	Ruleset        string     `json:"ruleset"`
	Forced         float64    `json:"forced"`
	Long           float64    `json:"long"`
	Drive          string     `json:"drive"`
	Horizon        string     `json:"horizon"`
	Quadrant       string     `json:"quadrant"`
	Category       string     `json:"category"`
	CategorySource string     `json:"category_source"`
	Property       string     `json:"property,omitempty"`
	ForcedReason   string     `json:"forced_reason,omitempty"`
	Initiative     string     `json:"initiative,omitempty"` // that a rule names
	Confidence     float64    `json:"confidence"`
	ClassSource    string     `json:"class_source"`
	Evidence       []Evidence `json:"evidence,omitempty"`
}

// Decision is something people decided: a team, a membership, a plan, an override, a ruleset.
type Decision struct {
	Kind       string          `json:"kind"` // "group", "team", "person", "membership", ...
	ID         string          `json:"id"`   // unique within the kind
	Body       json.RawMessage `json:"body,omitempty"`
	Retracted  bool            `json:"retracted,omitempty"`
	Author     string          `json:"author"` // a login; the tables hold a pseudonym of it
	Reason     string          `json:"reason,omitempty"`
	ValidFrom  time.Time       `json:"valid_from"`
	RecordedAt time.Time       `json:"recorded_at"`
}

// Kinds of decisions of which the tables keep a part only: they name people, or hold pages.
const (
	KindAction        = "action"        // what a retrospective agreed on, and who does it
	KindRetrospective = "retrospective" // one that was published, as it was
)

// DeadLetter is a record that could not be processed: where it came from, why, and what is left of it.
type DeadLetter struct {
	Topic      string    `json:"topic"`
	Partition  int       `json:"partition"` // -1: the record never was in the log
	Offset     int64     `json:"offset"`    // -1: the record never was in the log
	Key        string    `json:"key"`
	Stage      string    `json:"stage"` // "ingest", "normalize", "classify", "sink"
	Reason     string    `json:"reason"`
	Source     string    `json:"source,omitempty"`
	Project    string    `json:"project,omitempty"`
	ItemID     string    `json:"item_id,omitempty"`
	SizeBytes  int       `json:"size_bytes"`
	SHA256     string    `json:"sha256"`
	Head       []byte    `json:"head,omitempty"` // the first 64 KiB
	RecordedAt time.Time `json:"recorded_at"`    // of the record; 1970-01-01 if it could not be read, see [Unknown]
}

// Progress is what an ingester remembers between runs, in the compacted topic workmix.ingest; of a key
// (source, project, kind, name) the newest counts.
type Progress struct {
	Source     string          `json:"source"`
	Project    string          `json:"project"`
	Kind       string          `json:"kind"` // "cursor", "etag", "digest", "count", "failure"
	Name       string          `json:"name,omitempty"`
	Value      json.RawMessage `json:"value,omitempty"` // absent: forgotten
	RecordedAt time.Time       `json:"recorded_at"`
}
