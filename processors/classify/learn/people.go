package learn

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/workmix/workmix/processors/classify"
)

// account finds the names of people and accounts in a tracker's JSON.
var account = regexp.MustCompile(`"(?:login|displayName|name|user|author|assignee)"\s*:\s*"([^"\\]{2,60})"\s*(?:,\s*"(?:id|self|emailAddress|avatarUrls|node_id|email|key|active|displayName|timeZone)")`)

// People are the stems of whatever names of people and accounts the trackers' files (*.jsonl, *.json, also packed) in a
// folder and below it hold, so that a model keeps none of them: a login may be a plain word, and then the word is lost
// rather than a name kept.
func People(dir string) (map[string]bool, error) {
	out := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		name := strings.TrimSuffix(path, ".gz")
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".jsonl") && !strings.HasSuffix(name, ".json") {
			return err
		}
		in, closer, err := opened(path)
		if err != nil {
			return err
		}
		defer closer.Close()
		text, err := io.ReadAll(in)
		if err != nil {
			return errors.Join(errors.New(path), err)
		}
		for _, m := range account.FindAllSubmatch(text, -1) {
			classify.Terms([]byte(strings.ToLower(string(m[1]))), func(w []byte) { out[string(w)] = true })
		}
		return nil
	})
	return out, err
}
