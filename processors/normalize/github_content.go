package normalize

import (
	"strconv"
	"strings"
	"time"

	"github.com/workmix/workmix/internal/event"
)

// The part of GitHub's JSON that is read; what is not named here stays in the raw record.

type ghContent struct {
	Partial  bool        `json:"partial"` // of an item in the tracker's lists: parts of the history are to follow
	Issue    *ghObject   `json:"issue"`
	Pull     *ghObject   `json:"pull"`
	Timeline []ghEvent   `json:"timeline"`
	Reviews  []ghReview  `json:"reviews"`
	Comments []ghComment `json:"comments"`
	Commits  []ghCommit  `json:"commits"`
	Authors  []ghAuthor  `json:"authors"` // whose the addresses in commits are; records of before have none
}

// ghAuthor is an address under which commits were made and the account that has verified it.
type ghAuthor struct {
	Email string `json:"email"`
	ID    int64  `json:"id"`
	Login string `json:"login"`
}

// ghObject is an issue or a pull request.
type ghObject struct {
	Number       int64        `json:"number"`
	HTMLURL      string       `json:"html_url"`
	URL          string       `json:"url"`
	State        string       `json:"state"`
	StateReason  string       `json:"state_reason"`
	Title        string       `json:"title"`
	Body         string       `json:"body"`
	User         *ghUser      `json:"user"`
	Labels       []ghLabel    `json:"labels"`
	Assignees    []ghUser     `json:"assignees"`
	Milestone    *ghMilestone `json:"milestone"`
	Type         *ghType      `json:"type"`
	ParentURL    string       `json:"parent_issue_url"`
	Draft        bool         `json:"draft"`
	CreatedAt    time.Time    `json:"created_at"`
	UpdatedAt    time.Time    `json:"updated_at"`
	ClosedAt     *time.Time   `json:"closed_at"`
	MergedAt     *time.Time   `json:"merged_at"`
	Additions    *int         `json:"additions"`
	Deletions    int          `json:"deletions"`
	ChangedFiles int          `json:"changed_files"`
	Commits      int          `json:"commits"`
	Comments     int          `json:"comments"`
	OnLines      int          `json:"review_comments"`
	SubIssues    *struct {
		Total int `json:"total"`
	} `json:"sub_issues_summary"`
	Head *struct {
		Ref string `json:"ref"`
	} `json:"head"`
	PullRequest *struct {
		MergedAt *time.Time `json:"merged_at"`
	} `json:"pull_request"`
}

type ghUser struct {
	ID    int64  `json:"id"`
	Login string `json:"login"`
	Type  string `json:"type"`
}

type ghLabel struct {
	Name string `json:"name"`
}

type ghMilestone struct {
	Title string     `json:"title"`
	DueOn *time.Time `json:"due_on"`
}

type ghType struct {
	Name string `json:"name"`
}

// ghTarget is another issue that an event points at.
type ghTarget struct {
	Number     int64  `json:"number"`
	URL        string `json:"url"`
	HTMLURL    string `json:"html_url"`
	Repository *struct {
		FullName string `json:"full_name"`
	} `json:"repository"`
	PullRequest *struct{} `json:"pull_request"`
	Body        string    `json:"body"`
}

// ghEvent is one event of a timeline, of whatever kind.
type ghEvent struct {
	Event         string       `json:"event"`
	ID            int64        `json:"id"`
	Actor         *ghUser      `json:"actor"`
	User          *ghUser      `json:"user"` // of reviews and comments
	Assigner      *ghUser      `json:"assigner"`
	CreatedAt     time.Time    `json:"created_at"`
	SubmittedAt   time.Time    `json:"submitted_at"` // of reviews
	State         string       `json:"state"`        // of reviews
	StateReason   string       `json:"state_reason"`
	Label         *ghLabel     `json:"label"`
	Assignee      *ghUser      `json:"assignee"`
	Milestone     *ghMilestone `json:"milestone"`
	Type          *ghType      `json:"issue_type"`
	PreviousType  *ghType      `json:"prev_issue_type"`
	Parent        *ghTarget    `json:"parent_issue"`
	Rename        *ghRename    `json:"rename"`
	SHA           string       `json:"sha"` // of commits, as the next three
	Message       string       `json:"message"`
	Author        *ghSignature `json:"author"`
	Committer     *ghSignature `json:"committer"`
	Body          string       `json:"body"`     // of comments and reviews
	Comments      []ghComment  `json:"comments"` // of line-commented and commit-commented
	Source        *ghSource    `json:"source"`   // of cross-referenced
	at            time.Time    // when it happened, filled by order
	change        string       // its name as a change, filled by order
	actorsAccount account      // who did it, filled by order
}

type ghRename struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type ghSource struct {
	Issue *ghTarget `json:"issue"`
}

type ghSignature struct {
	Email string    `json:"email"`
	Date  time.Time `json:"date"`
}

type ghReview struct {
	ID          int64     `json:"id"`
	User        *ghUser   `json:"user"`
	State       string    `json:"state"`
	SubmittedAt time.Time `json:"submitted_at"`
}

type ghComment struct {
	ID        int64     `json:"id"`
	User      *ghUser   `json:"user"`
	CreatedAt time.Time `json:"created_at"`
}

// ghCommit is a commit as the list of a pull request's commits tells it.
type ghCommit struct {
	SHA    string `json:"sha"`
	Commit struct {
		Message   string       `json:"message"`
		Author    *ghSignature `json:"author"`
		Committer *ghSignature `json:"committer"`
	} `json:"commit"`
	Author *ghUser `json:"author"`
}

// account is who did something.
type account struct {
	person string // pseudonym
	bot    bool
}

// ghostID is the numeric id of the account that GitHub shows in the place of deleted ones.
const ghostID = 10137

func (u *ghUser) account(source string) account {
	if u == nil || u.ID <= 0 || u.ID == ghostID {
		return account{person: event.Pseudonym(source, "")}
	}
	return account{event.Pseudonym(source, strconv.FormatInt(u.ID, 10)), u.Type == "Bot" || strings.HasSuffix(u.Login, "[bot]")}
}

// key returns the target's key, or "" where the event does not say enough.
func (t *ghTarget) key() string {
	if t == nil {
		return ""
	}
	if t.Repository != nil && t.Repository.FullName != "" && t.Number > 0 {
		return t.Repository.FullName + "#" + strconv.FormatInt(t.Number, 10)
	}
	if k := keyOfURL(t.HTMLURL); k != "" {
		return k
	}
	return keyOfURL(t.URL)
}
