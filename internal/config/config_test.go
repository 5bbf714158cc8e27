package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const whole = `kafka:
  brokers: [host:9093]
  tls: {ca_file: ca.pem}
  sasl: {mechanism: scram-sha-512, user_env: KAFKA_USER, password_env: KAFKA_PASSWORD}
clickhouse: {url: "https://host:8443/workmix", user_env: CH_USER, password_env: CH_PASSWORD}
sources:
  - {name: code, kind: github, repositories: [acme/api, acme/*], since: 2024-01-01}
  - {name: tracker, kind: jira, base_url: "https://acme.atlassian.net", deployment: cloud, projects: [OPS]}
schedule: {poll: 5m, census: 24h}
calendar: {timezone: Europe/Berlin}
`

func TestParse(t *testing.T) {
	c, err := Parse("w.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sources) != 2 || c.Kafka.SASL.UserEnv != "KAFKA_USER" || time.Duration(c.Schedule.Poll) != 5*time.Minute {
		t.Errorf("read %+v", c)
	}
	if c.Serve.Listen != "127.0.0.1:8080" || c.Calendar.WeekStarts != "monday" {
		t.Errorf("defaults were lost: %+v", c)
	}
	for _, empty := range []string{"", "# nothing\n"} {
		if _, err := Parse("w.yaml", []byte(empty)); err != nil {
			t.Errorf("%q: %v", empty, err)
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"kafka:\n  brokers: [a:1]\n  broker: x\n", "w.yaml:3:3: "},
		{"nonsense: 1\n", "w.yaml:1:1: "},
		{"sources:\n  - {name: a, kind: gitlab}\n", "w.yaml:2:21: source a: kind \"gitlab\""},
		{"sources:\n  - {name: a, kind: github, repositories: [api]}\n", "w.yaml:2:44: source a: repository \"api\""},
		{"schedule: {poll: soon}\n", "w.yaml:1:18: schedule.poll is not a duration"},
		{"schedule: {poll: 0s}\n", "w.yaml:1:18: schedule.poll is not a duration above zero"},
		{"calendar: {timezone: Mars}\n", "w.yaml:1:22: \"Mars\" is not a time zone"},
		{"kafka: [\n", "w.yaml:"},
		{"sources: [{name: a, kind: github, repositories: acme/api}]\n", "w.yaml:1:49: a list is wanted here, such as [one, two]"},
		{"sources: {name: a}\n", "w.yaml:1:10: a list is wanted here"},
		{"serve: 8080\n", "w.yaml:1:8: keys and values are wanted here"},
		{"effort: {full_day: many}\n", "w.yaml:1:20: a number is wanted here"},
		{"sources: [{name: a, kind: github, app: {id: x}}]\n", "w.yaml:1:45: a number is wanted here"},
		{"sources: [{name: a, kind: github, token: s3cret}]\n", "w.yaml:1:35: unknown key \"token\": docs/configuration.md lists"},
		{"sources: [{name: a, kind: github, repositories: [a/b], base_url: \"ftp://x\"}]\n", "source a: base_url \"ftp://x\" is not an address such as https://api.github.com"},
		{"sources: [{name: a, kind: jira, projects: [A]}]\n", "source a: base_url \"\" is not an address such as https://acme.atlassian.net"},
		{"sources: [{name: a, kind: jira, projects: [A], base_url: \"https://x\", since: 2024-01-01}]\n", "w.yaml:1:78: source a: since is not for kind jira"},
		{"sources: [{name: a, kind: github, repositories: [a/b], projects: [A]}]\n", "source a: projects is not for kind github"},
		{"admin: {listen: \"127.0.0.1:99999\"}\n", "w.yaml:1:17: \"127.0.0.1:99999\" is not host:port"},
		{"kafka: {brokers: [\"a:b\"]}\n", "\"a:b\" is not host:port"},
		{"sources: [{name: a, kind: jira, projects: [A], base_url: \"https://x\", label_fields: {Customer: customer}}]\n", "source a: label_fields: \"Customer\" is not a field's id such as customfield_10050"},
		{"sources: [{name: a, kind: jira, projects: [A], base_url: \"https://x\", label_fields: {customfield_1: \"\"}}]\n", "source a: label_fields: \"\" is not the beginning of a label"},
		{"sources: [{name: a, kind: github, repositories: [a/b], label_fields: {customfield_1: x}}]\n", "source a: label_fields is not for kind github"},
		{"asker: {labels: [asker]}\n", "w.yaml:1:18: \"asker\" must hold one * in the place of who asked, as in asker/*"},
		{"serve: {listen: 12}\n", "w.yaml:1:17: \"12\" is not host:port"},
	} {
		_, err := Parse("w.yaml", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q\n got %v\nwant one line with %s", c.text, err, c.want)
		}
	}
}

// TestEveryKeyIsDocumented: docs/configuration.md names every key with the path to it.
func TestEveryKeyIsDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(at string, typ reflect.Type)
	walk = func(at string, typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct { // a map's keys are the user's
			if key := strings.TrimPrefix(at, "."); !strings.Contains(string(text), "`"+key+"`") {
				t.Errorf("docs/configuration.md does not say what %s is", key)
			}
			return
		}
		for i := range typ.NumField() {
			walk(at+"."+typ.Field(i).Tag.Get("yaml"), typ.Field(i).Type)
		}
	}
	walk("", reflect.TypeFor[Config]())
}

// TestTheExampleIsRight reads the example of docs/configuration.md.
func TestTheExampleIsRight(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	if c, err := Parse("example", []byte(example)); err != nil || len(c.Sources) != 2 {
		t.Errorf("%d sources, %v", len(c.Sources), err)
	}
}

func TestUsersOfTheDashboard(t *testing.T) {
	const oidc = "\n  oidc: {issuer: https://login.acme.example, client_id: workmix, client_secret_env: S, url: https://w.acme.example"
	for text, want := range map[string]string{
		"serve:\n  users: [{name: a, role: boss, token_env: T}]":                                                 `role "boss" of a is none: use viewer, analyst, editor, admin`,
		"serve:\n  users: [{role: viewer, token_env: T}]":                                                        "has no name",
		"serve:\n  users: [{name: a, role: viewer}]":                                                             "cannot log in",
		"serve:\n  users: [{name: a, role: viewer, teams: [x], token_env: T}]":                                   "only an editor is bound to teams",
		"serve:\n  users: [{name: a, role: viewer, token_env: T}, {name: A, role: editor, token_env: U}]":        `two users are named "A"`,
		"serve:" + oidc + ", role: boss}":                                                                        `"boss" is not a role`,
		"serve:\n  oidc: {issuer: login, client_id: w, client_secret_env: S, url: https://w.acme.example}":       `issuer "login" is not an address`,
		"serve:\n  oidc: {issuer: https://l.example, client_id: w, url: https://w.acme.example}":                 "client_secret_env is empty",
		"serve:\n  oidc: {issuer: https://l.example, client_secret_env: S, url: https://w.acme.example}":         "client_id is empty",
		"serve:\n  users: [{name: ana@acme.example, role: editor, teams: [compute], people: true}]" + oidc + "}": "",
	} {
		_, err := Parse("w.yaml", []byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "w.yaml:")) {
			t.Errorf("%s\n%v, not %q", text, err, want)
		}
	}
}
