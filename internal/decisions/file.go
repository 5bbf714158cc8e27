// Package decisions reads what people decided from files in git (groups, teams, people, memberships,
// absences, plans, initiatives, asks) and says what has to be published so that the log holds the same.
package decisions

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/workmix/workmix/internal/config"
)

// file is one decision file as written. Its field names are the contract with those who write them.
type file struct {
	Groups      []group      `yaml:"groups"`
	Teams       []team       `yaml:"teams"`
	People      []person     `yaml:"people"`
	Memberships []membership `yaml:"memberships"`
	Absences    []absence    `yaml:"absences"`
	Plans       []plan       `yaml:"plans"`
	Initiatives []initiative `yaml:"initiatives"`
	Asks        []ask        `yaml:"asks"`
}

type group struct {
	ID   string `yaml:"id" json:"id"`
	Name string `yaml:"name" json:"name"`
}

type team struct {
	ID      string   `yaml:"id" json:"id"`
	Name    string   `yaml:"name" json:"name"`
	Group   string   `yaml:"group" json:"group,omitempty"`
	Desired *desired `yaml:"desired" json:"desired,omitempty"`
	Owns    owns     `yaml:"owns" json:"owns"`
}

type desired struct {
	Forced float64 `yaml:"forced" json:"forced"`
	Long   float64 `yaml:"long" json:"long"`
}

type owns struct {
	Repositories []string `yaml:"repositories" json:"repositories"`
	Projects     []string `yaml:"projects" json:"projects"`
	Components   []string `yaml:"components" json:"components"`
	Labels       []string `yaml:"labels" json:"labels"`
}

type person struct {
	ID       string    `yaml:"id" json:"-"`
	Accounts []account `yaml:"accounts" json:"-"`
	Timezone string    `yaml:"timezone" json:"timezone,omitempty"`
	Bot      bool      `yaml:"bot" json:"bot"`
}

type account struct {
	Source string `yaml:"source"`
	ID     any    `yaml:"id"` // a number on GitHub, text on Jira
}

type membership struct {
	Person string   `yaml:"person"`
	Team   string   `yaml:"team"`
	Share  *float64 `yaml:"share"` // nil: all of the person's time
	From   string   `yaml:"from"`
	To     string   `yaml:"to"`
}

type absence struct {
	Person string `yaml:"person" json:"person"` // a pseudonym in the log
	From   string `yaml:"from" json:"from"`
	To     string `yaml:"to" json:"to"`
}

type plan struct {
	Team           string             `yaml:"team" json:"team"`
	Quarter        string             `yaml:"quarter" json:"quarter"`
	FrozenAt       string             `yaml:"frozen_at" json:"frozen_at"` // empty in a file: when the quarter begins
	CapacityDays   *float64           `yaml:"capacity_days" json:"capacity_days,omitempty"`
	Shares         map[string]float64 `yaml:"shares" json:"shares"`
	InitiativeDays map[string]float64 `yaml:"initiative_days" json:"initiative_days,omitempty"`
	Reason         string             `yaml:"reason" json:"-"`
}

type initiative struct {
	ID     string `yaml:"id" json:"id"`
	Name   string `yaml:"name" json:"name"`
	Owner  string `yaml:"owner" json:"owner,omitempty"`
	From   string `yaml:"from" json:"from"`
	Target string `yaml:"target" json:"target"`
	Items  items  `yaml:"items" json:"items"`
}

type ask struct {
	ID         string `yaml:"id" json:"id"`
	Team       string `yaml:"team" json:"team"`
	Quarter    string `yaml:"quarter" json:"quarter"`
	Rank       int    `yaml:"rank" json:"rank"`
	Title      string `yaml:"title" json:"title"`
	Asker      string `yaml:"asker" json:"asker,omitempty"`
	Items      items  `yaml:"items" json:"items"`
	AnsweredAt string `yaml:"answered_at" json:"answered_at,omitempty"`
}

// items says which items belong to an initiative or ask, by what they bear themselves.
type items struct {
	Epics  []string `yaml:"epics" json:"epics"`
	Labels []string `yaml:"labels" json:"labels"`
	Keys   []string `yaml:"keys" json:"keys"`
}

// source is a parsed file with its syntax tree, which knows where things stand.
type source struct {
	name string
	tree *ast.File
	file file
}

// errorAt is an error at a place of the file, such as "$.teams[2].id".
func (s *source) errorAt(path, format string, a ...any) error {
	line, col := 1, 1
	for p := path; p != "" && p != "$"; p = p[:max(0, strings.LastIndexAny(p, ".["))] {
		yp, err := yaml.PathString(p)
		if err != nil {
			continue
		}
		if n, err := yp.FilterFile(s.tree); err == nil && n != nil && n.GetToken() != nil {
			line, col = n.GetToken().Position.Line, n.GetToken().Position.Column
			break
		}
	}
	return fmt.Errorf("%s:%d:%d: %s", s.name, line, col, fmt.Sprintf(format, a...))
}

// readAll reads a decision file, or every .yaml and .yml file below a folder in the order of their names.
func readAll(path string) ([]*source, error) {
	var names []string
	err := filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if ext := filepath.Ext(p); p == path || ext == ".yaml" || ext == ".yml" {
			names = append(names, p)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s does not exist: give -f a decision file or a folder of them", path)
	}
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s holds no .yaml file", path)
	}
	slices.Sort(names)
	var all []*source
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s, err := parse(name, text)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func parse(name string, text []byte) (*source, error) {
	s := &source{name: name}
	var err error
	if s.tree, err = parser.ParseBytes(text, 0); err == nil && len(s.tree.Docs) > 0 && s.tree.Docs[0].Body != nil {
		err = yaml.UnmarshalWithOptions(text, &s.file, yaml.Strict())
	}
	var ye yaml.Error
	if errors.As(err, &ye) && ye.GetToken() != nil {
		p := ye.GetToken().Position
		return nil, fmt.Errorf("%s:%d:%d: %s", name, p.Line, p.Column, config.Plain(ye.GetMessage()))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}
