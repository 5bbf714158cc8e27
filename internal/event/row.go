package event

import "time"

// Row is what somebody who imports items says of one of them, as of a time. What is empty is not told. docs/import.md says
// what each field means.
type Row struct {
	ID         string     `json:"id,omitempty"`
	Key        string     `json:"key"`
	Project    string     `json:"project,omitempty"`
	URL        string     `json:"url,omitempty"`
	Kind       Kind       `json:"kind,omitempty"`
	Type       string     `json:"type,omitempty"`
	Title      string     `json:"title"`
	Body       string     `json:"body,omitempty"`
	State      State      `json:"state,omitempty"`
	Status     string     `json:"status,omitempty"`
	Priority   string     `json:"priority,omitempty"`
	Labels     []string   `json:"labels,omitempty"`
	Components []string   `json:"components,omitempty"`
	Milestone  string     `json:"milestone,omitempty"`
	Sprint     string     `json:"sprint,omitempty"`
	Points     *float64   `json:"points,omitempty"`
	DueAt      *time.Time `json:"due_at,omitempty"`
	Author     string     `json:"author,omitempty"`
	AuthorBot  bool       `json:"author_is_bot,omitempty"`
	Assignees  []string   `json:"assignees,omitempty"`
	ParentKey  string     `json:"parent_key,omitempty"`
	Draft      bool       `json:"draft,omitempty"`
	Resolution string     `json:"resolution,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	MergedAt   *time.Time `json:"merged_at,omitempty"`
	ClosedAt   *time.Time `json:"closed_at,omitempty"`
	UpdatedAt  *time.Time `json:"updated_at,omitempty"`
}

// ProgressKept is the kind of [Progress] that keeps the rows of an imported item for the next import: name the item's id,
// value a list of [Row]. The rows name people, so the value stays in the log.
const ProgressKept = "kept"

// Rows is the content of a raw record of tracker "import": all that was told of an item, in the order of [Row.ValidFrom].
type Rows struct {
	Rows []Row `json:"rows"`
}

// ValidFrom is the instant as of which the row speaks: the latest that it names.
func (r *Row) ValidFrom() time.Time {
	at := r.CreatedAt
	for _, t := range []*time.Time{r.StartedAt, r.MergedAt, r.ClosedAt, r.UpdatedAt} {
		if t != nil && t.After(at) {
			at = *t
		}
	}
	return at
}
