package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMetricsAreDocumented: docs/operate.md says of each metric what to watch for, and names none that is not there.
func TestMetricsAreDocumented(t *testing.T) {
	find := func(pattern string, path ...string) []string {
		b, err := os.ReadFile(filepath.Join(path...))
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(b), -1) {
			out = append(out, m[1])
		}
		slices.Sort(out)
		return out
	}
	have := find(`prometheus\.NewDesc\("(\w+)"`, "metrics.go")
	documented := find("(?m)^\\| `(workmix_\\w+)` \\| \\S", "..", "..", "docs", "operate.md")
	if len(have) == 0 || !slices.Equal(have, documented) {
		t.Errorf("metrics\n%v\ndocs/operate.md\n%v", have, documented)
	}
}

// TestTheChangelogListsTheCommands: those of its list are those that workmix --help shows.
func TestTheChangelogListsTheCommands(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "- Commands: ")
	list, _, _ = strings.Cut(list, ".\n")
	listed := strings.FieldsFunc(list, func(r rune) bool { return r < 'a' || r > 'z' })
	var have []string
	for _, c := range newRoot().Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			have = append(have, c.Name())
		}
	}
	slices.Sort(listed)
	slices.Sort(have)
	if !slices.Equal(listed, have) {
		t.Errorf("CHANGELOG.md lists the commands\n%v\nthere are\n%v", listed, have)
	}
}

// TestCommandsInTheDocs: every command line of ours in README and docs names a command and flags that there are.
func TestCommandsInTheDocs(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"} {
		files = append(files, filepath.Join("..", "..", name))
	}
	// In code: between backticks, or on an indented line, after a prompt or settings of variables.
	line := regexp.MustCompile("`(?:[A-Z_]+=\\S+ )*(?:bin/|\\./)?workmix ([^`]+)`|(?m)^(?: {4}|\\$ )(?:[A-Z_]+=\\S+ )*(?:bin/|\\./)?workmix (.+)$")
	flag := regexp.MustCompile(`(?:^|\s)--([a-z-]+)`)
	seen := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range line.FindAllStringSubmatch(string(b), -1) {
			args, _, _ := strings.Cut(m[1]+m[2], " #")
			words := strings.Fields(strings.ReplaceAll(args, "\n", " "))
			if strings.HasPrefix(words[0], "-") {
				continue
			}
			seen++
			cmd, _, err := newRoot().Find(words[:1])
			if err != nil || cmd.Name() != words[0] {
				t.Errorf("%s: workmix %s: there is no command %s", filepath.Base(f), args, words[0])
				continue
			}
			if len(words) > 1 {
				if sub, _, err := newRoot().Find(words[:2]); err == nil && sub.Name() == words[1] {
					cmd = sub
				}
			}
			for _, fl := range flag.FindAllStringSubmatch(args, -1) {
				if cmd.Flag(fl[1]) == nil && cmd.InheritedFlags().Lookup(fl[1]) == nil && fl[1] != "help" {
					t.Errorf("%s: workmix %s: there is no flag --%s", filepath.Base(f), args, fl[1])
				}
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d command lines were found", seen)
	}
}
