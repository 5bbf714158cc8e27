package learn

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/workmix/workmix/processors/classify"
)

// Weights of weak labels: what a label of another purpose says of the grid, against 1 for a reader's own label.
const (
	weakType  = 0.3  // the type that a person found a Jira issue to be, by its title alone
	weakLabel = 0.3  // bug or feature, as the tracker's people labelled it
	weakAsk   = 0.15 // question: often a failure behind it
	weakShape = 0.25 // the horizon, by type and subtasks
)

// ReadWeak reads every set of weak labels that it knows by name in a folder and the folders below it: tables of
// issues labelled bug, feature or question (nlbse*.csv.gz), of issues with the type that a person found
// (herzig_joined.csv), and archives of Jira issues (issues.jsonl.gz, not those of changelog-samples). Files of other
// names are passed over: comments in reviews, for one, are not items. Items that a reader labelled, by uid, are left out.
func ReadWeak(dir string, labelled []Example) ([]Example, error) {
	have := map[string]bool{}
	for i := range labelled {
		have[labelled[i].UID] = true
	}
	var out []Example
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		var more []Example
		name := filepath.Base(path)
		switch {
		case strings.HasPrefix(name, "nlbse") && strings.HasSuffix(name, ".csv.gz"):
			more, err = readTable(path, asLabelled)
		case name == "herzig_joined.csv":
			more, err = readTable(path, asTyped)
		case name == "issues.jsonl.gz" && filepath.Base(filepath.Dir(path)) != "changelog-samples":
			more, err = readJira(path)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, e := range more {
			if !have[e.UID] {
				out = append(out, e)
			}
		}
		return nil
	})
	return out, err
}

// opened opens a file, unpacked.
func opened(path string) (io.Reader, io.Closer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	if !strings.HasSuffix(path, ".gz") {
		return f, f, nil
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return z, f, nil
}

// readTable reads a CSV file with a head; make returns nil for a row that says nothing.
func readTable(path string, make func(map[string]string) *Example) ([]Example, error) {
	in, closer, err := opened(path)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	r := csv.NewReader(in)
	r.LazyQuotes = true
	head, err := r.Read()
	if err != nil {
		return nil, err
	}
	var out []Example
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		cells := map[string]string{}
		for i, name := range head {
			cells[name] = row[i]
		}
		if e := make(cells); e != nil {
			out = append(out, *e)
		}
	}
}

// asLabelled: a bug is mostly forced and short; a feature is discretionary; so is a question, less surely.
func asLabelled(c map[string]string) *Example {
	o := classify.Offline{Title: c["title"], Body: c["body"]}
	e := &Example{Source: "github:" + c["repo"], Item: o.Item(), Weight: weakLabel}
	switch c["label"] {
	case "bug":
		e.Forced, e.Long = 1, -1
	case "feature":
		e.Forced = -1
	case "question":
		e.Forced, e.Long, e.Weight = -1, -1, weakAsk
	default:
		return nil
	}
	return e
}

// asTyped: the type is what a person found the issue to be, whatever its reporter had chosen.
func asTyped(c map[string]string) *Example {
	o := classify.Offline{Title: c["summary"]}
	e := &Example{UID: "jira:" + c["key"], Item: o.Item(), Weight: weakType}
	e.Source = SourceOf(e.UID)
	switch c["human_type"] {
	case "BUG":
		e.Forced, e.Long = 1, -1
	case "DOCUMENTATION", "TEST", "CLEANUP", "BACKPORT":
		e.Forced, e.Long = -1, -1
	case "RFE", "IMPROVEMENT", "REFACTORING", "DESIGN_DEFECT", "TASK":
		e.Forced = -1
	default:
		return nil
	}
	return e
}

// readJira: bugs are mostly forced and short, subtasks short, epics and issues of many subtasks long.
func readJira(path string) ([]Example, error) {
	in, closer, err := opened(path)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	var out []Example
	for d := json.NewDecoder(in); ; {
		var issue struct {
			Key    string `json:"key"`
			Fields struct {
				Summary     string `json:"summary"`
				Description string `json:"description"`
				IssueType   struct {
					Name string `json:"name"`
				} `json:"issuetype"`
				Subtasks []json.RawMessage `json:"subtasks"`
			} `json:"fields"`
		}
		err := d.Decode(&issue)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		f := &issue.Fields
		o := classify.Offline{Title: f.Summary, Body: f.Description}
		e := Example{UID: "jira:" + issue.Key, Source: SourceOf("jira:" + issue.Key), Item: o.Item(), Weight: weakShape}
		switch strings.ToLower(f.IssueType.Name) {
		case "bug":
			e.Forced, e.Long = 1, -1
		case "sub-task", "technical task":
			e.Long = -1
		case "epic":
			e.Forced, e.Long = -1, 1
		default:
			e.Forced = -1
			if len(f.Subtasks) >= 4 {
				e.Long = 1
			}
		}
		out = append(out, e)
	}
}
