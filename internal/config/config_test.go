package config

import (
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
		{"serve: {listen: 12}\n", "w.yaml:1:17: \"12\" is not host:port"},
	} {
		_, err := Parse("w.yaml", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q\n got %v\nwant one line with %s", c.text, err, c.want)
		}
	}
}
