package simulate

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Edit is one change to an item, of either tracker.
type Edit struct{ what, value string }

// AddLabel and the others are the edits. A tracker that has no such thing makes Update an error.
func AddLabel(name string) Edit    { return Edit{"label", name} }
func RemoveLabel(name string) Edit { return Edit{"unlabel", name} }
func Rename(title string) Edit     { return Edit{"rename", title} }
func Body(text string) Edit        { return Edit{"body", text} } // no timeline event on GitHub
func Comment(body string) Edit     { return Edit{"comment", body} }
func Assign() Edit                 { return Edit{"assign", ""} } // to the one who edits
func Unassign() Edit               { return Edit{"unassign", ""} }
func Milestone(title string) Edit  { return Edit{"milestone", title} } // empty takes it off; a Jira fix version
func Close(reason string) Edit     { return Edit{"close", reason} }    // completed or not_planned; a Jira resolution
func Reopen() Edit                 { return Edit{"reopen", ""} }
func Merge() Edit                  { return Edit{"merge", ""} }
func Commit(message string) Edit   { return Edit{"commit", message} } // on a pull request, under the address of who edits
func Status(name string) Edit      { return Edit{"status", name} }    // Jira
func Priority(name string) Edit    { return Edit{"priority", name} }  // Jira
func Points(n string) Edit         { return Edit{"points", n} }       // Jira
func Sprint(name string) Edit      { return Edit{"sprint", name} }    // Jira
func Due(date string) Edit         { return Edit{"due", date} }       // Jira
func Touch() Edit                  { return Edit{"touch", ""} }       // bumps updated_at, tells nothing

// Empty is a dataset without items, for tests that add their own.
func Empty() *Dataset { return newDataset() }

// Update edits an item ("owner/repo#12" or "PROJ-12") as somebody would at a time: its updated time becomes at,
// timeline or changelog grow.
func (d *Dataset) Update(key string, who *User, at time.Time, edits ...Edit) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if strings.Contains(key, "#") {
		it, err := d.item(key)
		if err != nil {
			return err
		}
		return d.editGitHub(it, who, at, edits...)
	}
	i := d.keys[key]
	if i == nil {
		return fmt.Errorf("no issue %q in the dataset", key)
	}
	return d.editJira(i, who, at, edits...)
}

// AddIssue makes an issue in a repository ("owner/repo") or Jira project ("PROJ") and returns its key. What
// does not exist yet is made.
func (d *Dataset) AddIssue(where string, who *User, at time.Time, title, body string, labels ...string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if strings.Contains(where, "/") {
		return d.newGitHub(d.addRepo(where, "", at), who, at, title, body, labels, nil).key()
	}
	return d.newJira(d.addProject(where, where), "Task", who, at, title, body, Object{"labels": anyOf(labels)}).key
}

// AddRepository makes an empty repository.
func (d *Dataset) AddRepository(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.addRepo(name, "", time.Time{})
}

// AddPull makes a pull request of a size and returns its key.
func (d *Dataset) AddPull(name string, who *User, at time.Time, title, body string, additions, deletions, files int) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.newGitHub(d.addRepo(name, "", at), who, at, title, body, nil, &pullSize{additions, deletions, files}).key()
}

// Delete removes an item for good: GitHub answers 410 for it, Jira 404, and neither lists it.
func (d *Dataset) Delete(key string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if strings.Contains(key, "#") {
		it, err := d.item(key)
		if err != nil {
			return err
		}
		it.deleted = true
		return nil
	}
	i := d.keys[key]
	if i == nil {
		return fmt.Errorf("no issue %q in the dataset", key)
	}
	delete(d.issues, strconv.FormatInt(i.id, 10))
	for k, v := range d.keys {
		if v == i {
			delete(d.keys, k)
		}
	}
	return nil
}

// Transfer moves a GitHub issue to another repository, where it gets a new id and number; the old number
// answers 301. It returns the new key.
func (d *Dataset) Transfer(key, to string, who *User, at time.Time) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	it, err := d.item(key)
	if err != nil {
		return "", err
	}
	if it.pull != nil {
		return "", fmt.Errorf("%s is a pull request and cannot be transferred", key)
	}
	n := d.newGitHub(d.addRepo(to, "", at), nil, it.created, text(it.issue["title"]), text(it.issue["body"]), nil, nil)
	n.set("labels", it.issue["labels"], "user", it.issue["user"], "assignees", it.issue["assignees"], "state", it.issue["state"])
	n.timeline = append(n.timeline, it.timeline...)
	d.event(n, who, at, "transferred", nil)
	n.touch(at)
	it.movedTo = n
	return n.key(), nil
}

// Move moves a Jira issue to another project: the id stays, the key changes, the former key still finds it.
func (d *Dataset) Move(key, project string, who *User, at time.Time) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := d.keys[key]
	if i == nil {
		return "", fmt.Errorf("no issue %q in the dataset", key)
	}
	p := d.addProject(project, project)
	old := d.project[projectOf(i.key)]
	now := project + "-" + strconv.Itoa(p.next)
	p.next++
	d.changeJira(i, who, at, Object{"project": p.object},
		historyItem("project", old.id, text(old.object["name"]), p.id, text(p.object["name"])),
		historyItem("Key", nil, i.key, nil, now))
	i.key = now
	d.keys[now] = i
	return now, nil
}

func anyOf(s []string) []any {
	out := []any{}
	for _, v := range s {
		out = append(out, v)
	}
	return out
}
