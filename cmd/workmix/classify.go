package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/workmix/workmix/processors/classify"
)

func (a *app) newClassify() *cobra.Command {
	var input, rules string
	cmd := &cobra.Command{
		Use:   "classify --input FILE|- [--rules FILE]",
		Short: "Offline: work items as JSON lines in, classifications as JSON lines out, in order",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if input == "" {
				return usagef("workmix classify needs --input: a file of JSON lines, or - for standard input")
			}
			c, err := a.classifier(rules)
			if err != nil {
				return err
			}
			in := cmd.InOrStdin()
			if input != "-" {
				f, err := os.Open(input)
				if err != nil {
					return fmt.Errorf("--input: %w", err)
				}
				defer f.Close()
				in = f
			}
			return classifyLines(c, input, in, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&input, "input", "", "file of work items, one JSON object a line; - is standard input")
	cmd.Flags().StringVar(&rules, "rules", "", "file or folder of rules over the built-in ones (default: the configuration's)")
	return cmd
}

// classifyLines judges one object a line. A line that is none ends it with its number: nothing is skipped.
func classifyLines(c *classify.Classifier, name string, in io.Reader, out io.Writer) error {
	r := bufio.NewReaderSize(in, 1<<20)
	w := bufio.NewWriter(out)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if len(line) == 0 && errors.Is(err, io.EOF) {
			return w.Flush()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return errors.Join(w.Flush(), fmt.Errorf("--input: %w", err))
		}
		if len(line) == 1 && line[0] == '\n' {
			continue
		}
		if err := classifyLine(c, line, w); err != nil {
			return errors.Join(w.Flush(), fmt.Errorf("%s:%d: %w", name, n, err))
		}
	}
}

func classifyLine(c *classify.Classifier, line []byte, w io.Writer) error {
	var o classify.Offline
	if err := json.Unmarshal(line, &o); err != nil {
		return fmt.Errorf("not a work item: %w", err)
	}
	if o.UID == "" || o.Title == "" {
		return errors.New("not a work item: uid and title are needed")
	}
	v, err := c.Judge(o.Item())
	if err != nil {
		return err
	}
	b, err := json.Marshal(struct {
		UID string `json:"uid"`
		*classify.Verdict
	}{o.UID, v})
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}
