package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// UnmarshalYAML reads "2m".
func (d *Duration) UnmarshalYAML(b []byte) error {
	var s string
	if err := yaml.Unmarshal(b, &s); err != nil {
		return err
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		v = -1 // refused by problem, which knows where it stands
	}
	*d = Duration(v)
	return nil
}

// Find returns the configuration file to read: the one named, else ./workmix.yaml, else the one in the user's
// configuration folder, else "" (the defaults).
func Find(named string) (string, error) {
	if named != "" {
		st, err := os.Stat(named)
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("configuration file %s does not exist: give --config an existing file", named)
		}
		if err == nil && st.IsDir() {
			return "", fmt.Errorf("%s is a folder: give --config the configuration file itself", named)
		}
		return named, err
	}
	candidates := []string{"workmix.yaml"}
	if dir, err := os.UserConfigDir(); err == nil {
		candidates = append(candidates, filepath.Join(dir, "workmix", "workmix.yaml"))
	}
	for _, c := range candidates {
		if _, err := os.Stat(c); err == nil {
			return c, nil
		}
	}
	return "", nil
}

// Load reads a configuration file over the defaults; with an empty name it returns the defaults.
func Load(file string) (*Config, error) {
	if file == "" {
		return Default(), nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return Parse(file, text)
}

// Parse reads a configuration. The file's name is for the errors.
func Parse(file string, text []byte) (*Config, error) {
	c := Default()
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, located(file, err)
	}
	// The library empties the struct where the text holds no value at all.
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil || tree.Docs[0].Body.Type() == ast.CommentType {
		return c, nil
	}
	if err := yaml.UnmarshalWithOptions(text, c, yaml.Strict()); err != nil {
		return nil, located(file, err)
	}
	if p := c.problem(); p != nil {
		line, col := position(tree, p.path)
		return nil, fmt.Errorf("%s:%d:%d: %s", file, line, col, p.text)
	}
	return c, nil
}

// located puts file, line and column before a parser's message, in one line.
func located(file string, err error) error {
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil {
		p := e.GetToken().Position
		text := Plain(e.GetMessage())
		if strings.HasPrefix(text, "unknown key ") {
			text += ": docs/configuration.md lists those there are"
		}
		return fmt.Errorf("%s:%d:%d: %s", file, p.Line, p.Column, text)
	}
	return fmt.Errorf("%s: %w", file, err)
}

// wanted matches what the YAML library says of a value of the wrong kind, in two ways.
var wanted = regexp.MustCompile(`^(?:.* was used where (\w+) is expected|cannot unmarshal .* of type (\S+))$`)

// Plain says in plain words what the YAML library says of a text in its own and in Go's.
func Plain(message string) string {
	if key, ok := strings.CutPrefix(message, "unknown field "); ok {
		return "unknown key " + key
	}
	m := wanted.FindStringSubmatch(message)
	if m == nil {
		return message
	}
	switch m[1] + m[2] {
	case "sequence":
		return "a list is wanted here, such as [one, two]"
	case "mapping":
		return "keys and values are wanted here, such as {key: value}"
	case "string":
		return "a text is wanted here"
	case "bool":
		return "true or false is wanted here"
	case "int64", "int", "float64":
		return "a number is wanted here"
	}
	return message
}

// position finds the line and column of a path, or of its nearest existing ancestor.
func position(tree *ast.File, path string) (line, col int) {
	for p := path; p != "" && p != "$"; p = parent(p) {
		yp, err := yaml.PathString(p)
		if err != nil {
			continue
		}
		if n, err := yp.FilterFile(tree); err == nil && n != nil && n.GetToken() != nil {
			return n.GetToken().Position.Line, n.GetToken().Position.Column
		}
	}
	return 1, 1
}

func parent(path string) string {
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return ""
}
