package arch

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/workmix/workmix"

// may says what of ours a package may import; a name ending in "/" stands for everything below it. The table
// is the one of docs/architecture.md.
var may = map[string][]string{
	"internal/event": {},
	"internal/stats": {},
	"internal/arch":  {},
	"deploy":         {}, // tests alone, of what is deployed
	"queries":        {},
	"ingest":         {"internal/event"},
	"ingest/":        {"ingest", "internal/event"},
	"processors":     {"internal/event"},
	"processors/":    {"internal/event", "processors"},
	// learn measures and trains what classify judges by
	"processors/classify/learn": {"processors/classify"},
	"internal/eventlog":         {"internal/event"},
	"internal/warehouse":        {},
	"internal/embedded/":        {},
	// clickhousetest, which tests alone import
	"internal/embedded/clickhouse/": {"internal/embedded/clickhouse"},
	"internal/stack":                {"internal/config", "internal/embedded/"},
	"internal/report":               {"queries", "internal/stats"},
	"internal/report/":              {"queries", "internal/report", "internal/stats"},
	"internal/web":                  {"queries", "internal/report", "internal/report/", "internal/event", "internal/decisions"},
	"internal/config":               {},
	"internal/decisions":            {"internal/event", "internal/config"},
	"internal/recordedtest":         {}, // which tests alone import
	"internal/simulate":             {"internal/event"},
	"internal/simulate/":            {"internal/event", "internal/simulate"},
	"cmd/workmix":                   {"*"},
}

// only says which packages alone may import a library, so that it can be replaced in one place.
var only = map[string][]string{
	"github.com/segmentio/kafka-go":          {"internal/eventlog"},
	"github.com/ClickHouse/clickhouse-go/v2": {"internal/warehouse"},
	"github.com/ClickHouse/ch-go":            {"internal/embedded/clickhouse"},
	"github.com/twmb/franz-go":               {"internal/embedded/broker"},
	"github.com/ebitengine/purego":           {"internal/embedded/clickhouse"},
	"github.com/andybalholm/brotli":          {"internal/embedded/clickhouse"},
	"github.com/klauspost/compress":          {"internal/embedded/clickhouse"},
	"github.com/pierrec/lz4/v4":              {"internal/embedded/clickhouse"},
	"github.com/google/go-github":            {"ingest/github"},
	"github.com/andygrunwald/go-jira":        {"ingest/jira"},
	"github.com/pressly/goose/v3":            {"internal/warehouse"},
	"github.com/expr-lang/expr":              {"processors/classify"},
	"github.com/spf13/cobra":                 {"cmd/workmix"},
	"github.com/goccy/go-yaml":               {"internal/config", "internal/decisions", "processors/classify"},
	"github.com/jedib0t/go-pretty/v6":        {"internal/report", "cmd/workmix"},
	"github.com/compose-spec/compose-go/v2":  {},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		t.Fatal("go list found no package")
	}
	return all
}

// rule returns the entry of the table that holds for a package: its own, or the longest folder above it.
func rule(name string) ([]string, bool) {
	if r, ok := may[name]; ok {
		return r, true
	}
	for dir := filepath.Dir(name); dir != "."; dir = filepath.Dir(dir) {
		if r, ok := may[dir+"/"]; ok {
			return r, true
		}
	}
	return nil, false
}

func allowed(list []string, name string) bool {
	return slices.ContainsFunc(list, func(a string) bool {
		return a == "*" || a == name || strings.HasSuffix(a, "/") && strings.HasPrefix(name, a)
	})
}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		list, ok := rule(name)
		if !ok {
			t.Errorf("%s is not in the table of docs/architecture.md: give it a line there and in this test", name)
			continue
		}
		for _, imp := range p.Imports {
			if ours, ok := strings.CutPrefix(imp, module+"/"); ok && !allowed(list, ours) {
				t.Errorf("%s imports %s, may import of ours only %v", name, ours, list)
			}
			for lib, who := range only {
				if (imp == lib || strings.HasPrefix(imp, lib+"/")) && !slices.Contains(who, name) {
					t.Errorf("%s imports %s, which only %v may", name, imp, who)
				}
			}
		}
	}
}

// direct is the allow-list of direct dependencies; docs/adr/ says why each is there.
var direct = strings.Fields(`
	github.com/BobuSumisu/aho-corasick github.com/ClickHouse/ch-go github.com/ClickHouse/clickhouse-go/v2
	github.com/andybalholm/brotli github.com/andygrunwald/go-jira github.com/cenkalti/backoff/v5 github.com/compose-spec/compose-go/v2 github.com/coreos/go-oidc/v3 github.com/go-jose/go-jose/v4
	github.com/ebitengine/purego github.com/expr-lang/expr github.com/goccy/go-json github.com/goccy/go-yaml
	github.com/google/go-cmp github.com/google/go-github/v60 github.com/jedib0t/go-pretty/v6 github.com/pressly/goose/v3
	github.com/klauspost/compress github.com/pierrec/lz4/v4 github.com/prometheus/client_golang github.com/rogpeppe/go-internal github.com/santhosh-tekuri/jsonschema/v6
	github.com/segmentio/kafka-go github.com/spf13/cobra github.com/twmb/franz-go github.com/twmb/franz-go/pkg/kfake
	github.com/twmb/franz-go/pkg/kmsg github.com/google/uuid github.com/shopspring/decimal
	github.com/vbauerster/mpb/v8 go.uber.org/goleak golang.org/x/oauth2 golang.org/x/sync golang.org/x/sys golang.org/x/term pgregory.net/rapid`)

func TestDirectDependencies(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(mod), "\n") {
		f := strings.Fields(strings.TrimPrefix(line, "require "))
		if len(f) < 2 || !strings.HasPrefix(f[1], "v") || strings.HasSuffix(line, "// indirect") {
			continue
		}
		if !slices.Contains(direct, f[0]) {
			t.Errorf("%s is a new direct dependency: give its reason in docs/adr/ and add it to this list", f[0])
		}
	}
}

// TestDependenciesAreExplained: the decisions in docs/adr name each library of the list, so that it has a reason.
func TestDependenciesAreExplained(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "docs", "adr", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("docs/adr: %d files, %v", len(files), err)
	}
	var text strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(b)
	}
	for _, d := range direct {
		if !strings.Contains(text.String(), "`"+d+"`") {
			t.Errorf("%s has no reason: name it in docs/adr", d)
		}
	}
}
