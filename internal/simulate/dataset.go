package simulate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Dataset is what the simulated trackers hold. It may be read by servers and edited by tests at once: an edit
// replaces objects and never changes one, so that an answer under way is encoded without the lock.
type Dataset struct {
	// Truth is the quadrant for which each generated item was written, by key ("acme/api#12", "OPS-3"). No
	// server gives it away. Empty for recorded data.
	Truth map[string]Quadrant

	mu       sync.RWMutex
	repos    map[string]*repo        // by full name
	issues   map[string]*jiraIssue   // by numeric id
	keys     map[string]*jiraIssue   // by key, former keys too
	project  map[string]*jiraProject // by key
	ids      idCounters
	accounts map[string]*User  // who committed, by e-mail
	org      *organisation     // who and what the generator made up; nil for recorded data
	made     *generator        // what it wrote down of it
	err      error             // the first mistake of the generator
	hidden   map[string]hidden // what Hide took out of sight, by its name
	moved    map[string]Object // statuses of Jira that are in another category now, by name
	building bool              // Generate is at work: items are private
	future   []step            // what will happen after the dataset's own time, soonest first
}

type idCounters struct{ issue, pull, event, comment, jira, history int64 }

func newDataset() *Dataset {
	return &Dataset{
		Truth: map[string]Quadrant{}, repos: map[string]*repo{}, issues: map[string]*jiraIssue{},
		keys: map[string]*jiraIssue{}, project: map[string]*jiraProject{}, accounts: map[string]*User{},
		ids: idCounters{issue: 2_000_000_000, pull: 1_500_000_000, event: 10_000_000_000, comment: 3_000_000_000, jira: 10_000, history: 100_000},
	}
}

// repo is a GitHub repository.
type repo struct {
	name   string // owner/repo
	object Object
	items  map[int]*githubItem
	next   int // the next number
}

// githubItem is an issue or a pull request; pull is nil for an issue. An item that is gone stays in its
// repository so that its number can answer 410 or 301.
type githubItem struct {
	repo             *repo
	number           int
	issue, pull      Object
	timeline         []Object
	comments         []Object // review comments
	created, updated time.Time
	deleted          bool
	private          bool // nobody can have read it yet, so that edits may change its objects in place
	movedTo          *githubItem
	row              atomic.Pointer[[]byte] // the issue object as lists give it, encoded; nil after an edit
}

func (i *githubItem) gone() bool { return i.deleted || i.movedTo != nil }

func (i *githubItem) key() string { return i.repo.name + "#" + strconv.Itoa(i.number) }

type jiraProject struct {
	key, id string
	object  Object
	next    int
}

// jiraIssue is a Jira issue; its descriptions and comments are strings as in version 2 of the API, or ADF
// documents where they were recorded so.
type jiraIssue struct {
	private          bool // as of a githubItem
	archived         bool // no search finds it
	id               int64
	key              string
	extra            Object // keys beside id, key, fields and changelog
	fields           Object
	histories        []Object // oldest first
	created, updated time.Time
}

func (d *Dataset) repoOf(name string) *repo {
	for full, r := range d.repos {
		if strings.EqualFold(full, name) {
			return r
		}
	}
	return nil
}

// live is the repository's items that are not gone, by number.
func (r *repo) live() []*githubItem {
	var out []*githubItem
	for _, i := range r.items {
		if !i.gone() {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b *githubItem) int { return cmp.Compare(a.number, b.number) })
	return out
}

// item finds a GitHub item by "owner/repo#12".
func (d *Dataset) item(key string) (*githubItem, error) {
	name, number, _ := strings.Cut(key, "#")
	n, err := strconv.Atoi(number)
	r := d.repoOf(name)
	if err != nil || r == nil || r.items[n] == nil || r.items[n].gone() {
		return nil, fmt.Errorf("no item %q in the dataset", key)
	}
	return r.items[n], nil
}

// jira finds a Jira issue by id or key, former keys included.
func (d *Dataset) jira(idOrKey string) *jiraIssue {
	if i := d.issues[idOrKey]; i != nil {
		return i
	}
	return d.keys[strings.ToUpper(idOrKey)]
}

// byID is all Jira issues by numeric id.
func (d *Dataset) byID() []*jiraIssue {
	out := slices.Collect(maps.Values(d.issues))
	slices.SortFunc(out, func(a, b *jiraIssue) int { return cmp.Compare(a.id, b.id) })
	return out
}

// Repositories is the full names of the GitHub repositories, sorted.
func (d *Dataset) Repositories() []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Sorted(maps.Keys(d.repos))
}

// Projects is the keys of the Jira projects, sorted.
func (d *Dataset) Projects() []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Sorted(maps.Keys(d.project))
}

// Keys is the keys of all items that exist now, sorted: "owner/repo#12" and "PROJ-12".
func (d *Dataset) Keys() []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []string
	for _, r := range d.repos {
		for _, i := range r.live() {
			out = append(out, i.key())
		}
	}
	for _, i := range d.issues {
		out = append(out, i.key)
	}
	slices.Sort(out)
	return out
}
