// Package deploy_test reads docker-compose.yml and what it mounts, and holds them against what docs/operate.md
// promises. No container is started.
package deploy_test

import (
	"encoding/xml"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/workmix/workmix/internal/config"
)

// given are the variables of .env that must be set.
var given = types.Mapping{"WORKMIX_CLICKHOUSE_PASSWORD": "from-env-1", "WORKMIX_READER_PASSWORD": "from-env-2", "GITHUB_TOKEN": "from-env-3", "WORKMIX_TOKEN": "from-env-4-of-16"}

func load(t *testing.T, env types.Mapping) (*types.Project, error) {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: root, Environment: env, ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(root, "docker-compose.yml")}},
	})
}

func project(t *testing.T) *types.Project {
	t.Helper()
	p, err := load(t, given)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPasswordsAreRequired(t *testing.T) {
	for name := range given {
		if name == "GITHUB_TOKEN" {
			continue // a source that is not used needs none
		}
		env := maps.Clone(given)
		delete(env, name)
		if _, err := load(t, env); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
		env[name] = ""
		if _, err := load(t, env); err == nil {
			t.Errorf("an empty %s passed", name)
		}
	}
	example := read(t, "..", ".env.example")
	for line := range strings.SplitSeq(example, "\n") {
		if name, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") && (value != "" || strings.TrimSpace(name) != name) {
			t.Errorf(".env.example holds a value: %s", line)
		}
	}
	used := regexp.MustCompile(`\$\{(\w+)`).FindAllStringSubmatch(read(t, "..", "docker-compose.yml"), -1)
	if len(used) == 0 {
		t.Error("docker-compose.yml uses no variable")
	}
	for _, m := range used {
		if !strings.Contains(example, "\n"+m[1]+"=\n") {
			t.Errorf(".env.example lacks %s", m[1])
		}
	}
}

func TestServices(t *testing.T) {
	p := project(t)
	if got := slices.Sorted(maps.Keys(p.Services)); !slices.Equal(got, []string{"clickhouse", "ingest", "kafka", "process", "serve"}) {
		t.Errorf("services %v", got)
	}
	pinned := regexp.MustCompile(`:\d+\.\d+(\.\d+)*$`)
	secret := regexp.MustCompile(`(?i)password|token|secret`)
	published := map[string]string{}
	for name, s := range p.Services {
		if s.HealthCheck == nil || s.HealthCheck.Disable || len(s.HealthCheck.Test) < 2 {
			t.Errorf("%s has no health check", name)
		}
		if !pinned.MatchString(s.Image) {
			t.Errorf("%s: image %s is not pinned to a version", name, s.Image)
		}
		if s.Privileged || s.NetworkMode == "host" {
			t.Errorf("%s reaches into the host", name)
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s publishes %s on %q: only loopback may be", name, port.Published, port.HostIP)
			}
			if other := published[port.Published]; other != "" {
				t.Errorf("%s and %s both publish %s", name, other, port.Published)
			}
			published[port.Published] = name
		}
		for key, v := range s.Environment {
			if secret.MatchString(key) && v != nil && *v != "" && !strings.HasPrefix(*v, "from-env-") {
				t.Errorf("%s: %s stands in the file", name, key)
			}
		}
		for _, v := range s.Volumes {
			switch {
			case v.Type == types.VolumeTypeVolume && (v.Source == "" || !has(p.Volumes, v.Source)):
				t.Errorf("%s: what lies in %s is lost with the container: name the volume", name, v.Target)
			case v.Type == types.VolumeTypeBind && !v.ReadOnly:
				t.Errorf("%s may write %s of the host", name, v.Source)
			case v.Type == types.VolumeTypeBind:
				if _, err := os.Stat(v.Source); err != nil {
					t.Errorf("%s mounts what is not there: %v", name, err)
				}
			}
		}
	}
}

func has[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}

func TestKafkaKeepsEverythingInPrivate(t *testing.T) {
	p := project(t)
	k := p.Services["kafka"]
	if len(k.Ports) > 0 || len(k.Networks) != 1 || !p.Networks["private"].Internal || !has(k.Networks, "private") {
		t.Errorf("Kafka asks for no password, so only the private network may reach it: ports %v, networks %v", k.Ports, k.Networks)
	}
	for name, want := range map[string]string{"KAFKA_MESSAGE_MAX_BYTES": "18000000", "KAFKA_LOG_RETENTION_MS": "-1", "KAFKA_DEFAULT_REPLICATION_FACTOR": "1"} {
		if v := k.Environment[name]; v == nil || *v != want {
			t.Errorf("%s is not %s", name, want)
		}
	}
	if !slices.ContainsFunc(k.Volumes, func(v types.ServiceVolumeConfig) bool { return v.Target == *k.Environment["KAFKA_LOG_DIRS"] }) {
		t.Error("the log is not in a volume")
	}
}

func TestWorkmixServices(t *testing.T) {
	p := project(t)
	cfg, err := config.Load(filepath.Join("compose", "workmix.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Kafka == nil || cfg.ClickHouse == nil {
		t.Fatal("the configuration asks for an embedded stack, which the image does not have")
	}
	host, port, _ := strings.Cut(cfg.Kafka.Brokers[0], ":")
	if !has(p.Services, host) || !strings.Contains(*p.Services[host].Environment["KAFKA_ADVERTISED_LISTENERS"], "//"+host+":"+port) {
		t.Errorf("broker %s is not what Kafka advertises", cfg.Kafka.Brokers[0])
	}
	for _, name := range []string{"ingest", "process", "serve"} {
		s := p.Services[name]
		for _, v := range []string{cfg.ClickHouse.UserEnv, cfg.ClickHouse.PasswordEnv, cfg.ClickHouse.ReaderUserEnv, cfg.ClickHouse.ReaderPasswordEnv} {
			if e := s.Environment[v]; e == nil || *e == "" {
				t.Errorf("%s lacks the variable %s that its configuration names", name, v)
			}
		}
		if s.HealthCheck.Test[len(s.HealthCheck.Test)-1] != "health" || !s.ReadOnly || len(s.CapDrop) == 0 {
			t.Errorf("%s: check %v, read-only %v, capabilities dropped %v", name, s.HealthCheck.Test, s.ReadOnly, s.CapDrop)
		}
		if len(s.Ports) == 0 {
			t.Errorf("%s publishes no admin address", name)
		}
		for _, port := range s.Ports {
			_, admin, _ := strings.Cut(cfg.Admin.Listen, ":")
			_, pages, _ := strings.Cut(cfg.Serve.Listen, ":")
			if inside := strconv.FormatUint(uint64(port.Target), 10); inside != admin && (inside != pages || name != "serve") {
				t.Errorf("%s publishes %s, where nothing listens", name, inside)
			}
		}
	}
	for _, src := range cfg.Sources {
		if src.TokenEnv == "" || !has(p.Services["ingest"].Environment, src.TokenEnv) {
			t.Errorf("source %s: ingest lacks %q", src.Name, src.TokenEnv)
		}
	}
}

func TestAccounts(t *testing.T) {
	var x struct {
		Profiles struct {
			Reader struct {
				ReadOnly string `xml:"readonly"`
				Time     string `xml:"max_execution_time"`
				Memory   string `xml:"max_memory_usage"`
			} `xml:"workmix_reader"`
		} `xml:"profiles"`
		Users struct {
			Default struct {
				Remove string `xml:"remove,attr"`
			} `xml:"default"`
			Workmix account `xml:"workmix"`
			Reader  account `xml:"reader"`
		} `xml:"users"`
	}
	if err := xml.Unmarshal([]byte(read(t, "clickhouse", "users.xml")), &x); err != nil {
		t.Fatal(err)
	}
	if r := x.Profiles.Reader; r.ReadOnly != "1" || r.Time == "" || r.Memory == "" {
		t.Errorf("the reader's profile: %+v", r)
	}
	if x.Users.Default.Remove != "remove" {
		t.Error("the server's own account without a password stays")
	}
	env := project(t).Services["clickhouse"].Environment
	for name, a := range map[string]account{"workmix": x.Users.Workmix, "reader": x.Users.Reader} {
		if e := env[a.Password.FromEnv]; a.Password.Text != "" || e == nil || *e == "" {
			t.Errorf("%s: its password is not from the environment: %+v", name, a.Password)
		}
	}
	if r := x.Users.Reader; r.Profile != "workmix_reader" || !slices.Equal(r.Grants, []string{"GRANT SELECT ON workmix.*"}) {
		t.Errorf("the reader may do more than read: %+v", r)
	}
}

// TestPeopleAreOff: the account that may read names is there to be turned on, may only read, and is off.
func TestPeopleAreOff(t *testing.T) {
	var x struct {
		People account `xml:"users>people"`
	}
	if err := xml.Unmarshal([]byte(read(t, "clickhouse", "people.xml")), &x); err != nil {
		t.Fatal(err)
	}
	p := x.People
	if p.Profile != "workmix_reader" || p.Password.FromEnv == "" || p.Password.Text != "" || !slices.Equal(p.Grants, []string{"GRANT SELECT ON workmix.*", "GRANT SELECT ON workmix_people.*"}) {
		t.Errorf("the account: %+v", p)
	}
	if strings.Contains(read(t, "..", "docker-compose.yml"), "people.xml") || strings.Contains(read(t, "clickhouse", "users.xml"), "<people>") {
		t.Error("it is on")
	}
}

type account struct {
	Password struct {
		FromEnv string `xml:"from_env,attr"`
		Text    string `xml:",chardata"`
	} `xml:"password"`
	Profile string   `xml:"profile"`
	Grants  []string `xml:"grants>query"`
}

func TestImage(t *testing.T) {
	text := read(t, "Dockerfile")
	for _, want := range []string{"CGO_ENABLED=0", "\nUSER 65532", "\nHEALTHCHECK ", "ca-certificates.crt", "zoneinfo.zip"} {
		if !strings.Contains(text, want) {
			t.Errorf("the Dockerfile lacks %q", want)
		}
	}
	goMod := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "..", "go.mod"))[1]
	if !strings.Contains(text, "FROM golang:"+goMod+"-") {
		t.Errorf("go.mod wants Go %s, the Dockerfile builds with another", goMod)
	}
	if !strings.Contains(read(t, "..", ".dockerignore"), "\n.env\n") {
		t.Error(".env is sent to the builder")
	}
}
