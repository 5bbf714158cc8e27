package simulate

import (
	"fmt"
	"strings"
)

// hidden is what was taken out of sight, to be put back.
type hidden struct {
	repo    *repo
	item    *githubItem
	project *jiraProject
	issues  map[string]*jiraIssue // by numeric id
	keys    map[string]*jiraIssue
}

// Hide takes a repository ("owner/repo"), a Jira project ("PROJ") or a single item out of the sight of whoever
// reads, as a lost permission does: it is not listed, and answers 404. Show brings it back as it was.
func (d *Dataset) Hide(what string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := hidden{issues: map[string]*jiraIssue{}, keys: map[string]*jiraIssue{}}
	switch {
	case strings.Contains(what, "#"):
		it, err := d.item(what)
		if err != nil {
			return err
		}
		h.item = it
		delete(it.repo.items, it.number)
	case d.repos[what] != nil:
		h.repo = d.repos[what]
		delete(d.repos, what)
	case d.project[what] != nil, d.keys[what] != nil:
		h.project = d.project[what]
		delete(d.project, what)
		for id, i := range d.issues {
			if h.project != nil && projectOf(i.key) == what || i.key == what {
				h.issues[id] = i
				delete(d.issues, id)
			}
		}
		for key, i := range d.keys {
			for _, taken := range h.issues {
				if taken == i {
					h.keys[key] = i
				}
			}
		}
		for key := range h.keys {
			delete(d.keys, key)
		}
	default:
		return fmt.Errorf("no repository, project or item %q in the dataset", what)
	}
	if d.hidden == nil {
		d.hidden = map[string]hidden{}
	}
	d.hidden[what] = h
	return nil
}

// Show undoes Hide.
func (d *Dataset) Show(what string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	h, ok := d.hidden[what]
	if !ok {
		return fmt.Errorf("%q is not hidden", what)
	}
	delete(d.hidden, what)
	if h.repo != nil {
		d.repos[what] = h.repo
	}
	if h.item != nil {
		h.item.repo.items[h.item.number] = h.item
	}
	if h.project != nil {
		d.project[what] = h.project
	}
	for id, i := range h.issues {
		d.issues[id] = i
	}
	for key, i := range h.keys {
		d.keys[key] = i
	}
	return nil
}

// Archive takes a Jira issue out of all searches, or puts it back: it can still be read by its id or key. A GitHub
// repository is marked so, and can be read like any.
func (d *Dataset) Archive(key string, archived bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.repos[key]; r != nil {
		r.object = with(r.object, "archived", archived)
		return nil
	}
	i := d.keys[key]
	if i == nil {
		return fmt.Errorf("no issue or repository %q in the dataset", key)
	}
	i.archived = archived
	return nil
}
