package simulate

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// LoadRecorded reads a folder of recorded items: github/*/items.jsonl.gz, a line being {"type": "issue" or
// "pull", "issue" or "pull": REST object, "events": timeline, "comments": review comments}, and
// jira/*/issues.jsonl.gz, a line being {"id", "key", "fields"} with an optional "changelog".
//
// What a tracker would give but the recording lacks is derived: a pull request's issue object (with an id of its
// own), and for a Jira issue without fields those its key and changelog tell. A Jira issue whose id an earlier
// one has gets its id plus 10^9.
func LoadRecorded(dir string) (*Dataset, error) {
	d := newDataset()
	for pattern, load := range map[string]func([]byte) error{
		"github/*/items.jsonl.gz": d.addGitHubLine,
		"jira/*/issues.jsonl.gz":  d.addJiraLine,
	} {
		files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if err := readLines(f, load); err != nil {
				return nil, err
			}
		}
	}
	if len(d.repos) == 0 && len(d.issues) == 0 {
		return nil, fmt.Errorf("%s holds neither github/*/items.jsonl.gz nor jira/*/issues.jsonl.gz: name the folder above them", dir)
	}
	return d, nil
}

// readLines calls do for every line of a gzip file.
func readLines(name string, do func([]byte) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	r := bufio.NewReaderSize(z, 1<<20)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if len(line) > 1 {
			if e := do(line); e != nil {
				return fmt.Errorf("%s:%d: %w", name, n, e)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
}

func (d *Dataset) addGitHubLine(line []byte) error {
	var rec struct {
		Type             string
		Issue, Pull      Object
		Events, Comments []Object
	}
	if err := decode(line, &rec); err != nil {
		return err
	}
	o := rec.Issue
	if rec.Type == "pull" {
		o = rec.Pull
	}
	name := repoName(o)
	if o == nil || name == "" || integer(o["number"]) == 0 {
		return fmt.Errorf("a line of type %q without an object that names its repository and number", rec.Type)
	}
	r := d.repos[name]
	if r == nil {
		r = &repo{name: name, items: map[int]*githubItem{}, next: 1}
		d.repos[name] = r
	}
	if base := object(at(rec.Pull, "base", "repo")); base != nil {
		r.object = base
	}
	it := &githubItem{
		repo: r, number: int(integer(o["number"])), issue: rec.Issue, pull: rec.Pull, timeline: rec.Events, comments: rec.Comments,
		created: parseTime(o["created_at"]), updated: parseTime(o["updated_at"]),
	}
	if it.issue == nil {
		it.issue = issueOf(it)
	}
	r.items[it.number] = it
	r.next = max(r.next, it.number+1)
	return nil
}

// repoName is the full name of the repository of an issue or pull object.
func repoName(o Object) string {
	if n := text(at(o, "base", "repo", "full_name")); n != "" {
		return n
	}
	for _, u := range []string{text(o["repository_url"]), text(o["url"])} {
		if _, rest, ok := strings.Cut(u, "/repos/"); ok {
			if p := strings.Split(rest, "/"); len(p) >= 2 {
				return p[0] + "/" + p[1]
			}
		}
	}
	return ""
}

func (d *Dataset) addJiraLine(line []byte) error {
	var o Object
	if err := decode(line, &o); err != nil {
		return err
	}
	id, err := strconv.ParseInt(text(o["id"]), 10, 64)
	if key := text(o["key"]); err != nil || key == "" {
		return fmt.Errorf("an issue needs a numeric id and a key, got id %q and key %q", text(o["id"]), key)
	}
	for d.issues[strconv.FormatInt(id, 10)] != nil {
		id += 1_000_000_000
	}
	i := &jiraIssue{
		id: id, key: text(o["key"]), fields: object(o["fields"]), histories: objects(at(o, "changelog", "histories")),
		extra: without(o, "id", "key", "self", "fields", "changelog", "expand", "comments_data", "renderedFields", "transitions", "operations"),
	}
	sortHistories(i.histories)
	if i.fields == nil {
		i.fields = deriveFields(i)
	}
	i.created, i.updated = parseTime(i.fields["created"]), parseTime(i.fields["updated"])
	p := projectOf(i.key)
	if d.project[p] == nil {
		po := object(i.fields["project"])
		if po == nil {
			po = Object{"id": strconv.Itoa(90_000 + len(d.project)), "key": p, "name": p}
		}
		d.project[p] = &jiraProject{key: p, id: text(po["id"]), object: po}
	}
	d.issues[strconv.FormatInt(id, 10)], d.keys[i.key] = i, i
	d.ids.jira = max(d.ids.jira, id%1_000_000_000)
	return nil
}

// deriveFields is what key and changelog tell of an issue recorded without its fields.
func deriveFields(i *jiraIssue) Object {
	f := Object{"summary": i.key, "labels": []any{}, "project": Object{"key": projectOf(i.key), "name": projectOf(i.key)}}
	for _, h := range i.histories {
		if f["created"] == nil {
			f["created"] = h["created"]
		}
		f["updated"] = h["created"]
		for _, it := range objects(h["items"]) {
			switch text(it["field"]) {
			case "status":
				f["status"] = Object{"id": text(it["to"]), "name": text(it["toString"])}
			case "summary":
				f["summary"] = text(it["toString"])
			}
		}
	}
	return f
}
