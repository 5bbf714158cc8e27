// Package config is the configuration: one struct, read from a YAML file. Secrets are never in the file; it
// names the environment variables that hold them. Every error says line and column.
package config

import "time"

// Config is the whole configuration. The zero value is the embedded stack without sources.
type Config struct {
	Kafka      *Kafka     `yaml:"kafka"`      // nil: the embedded broker
	ClickHouse *Warehouse `yaml:"clickhouse"` // nil: the embedded engine
	Sources    []Source   `yaml:"sources"`    // none: nothing to ingest
	Schedule   Schedule   `yaml:"schedule"`
	Embedded   Embedded   `yaml:"embedded"`
	Calendar   Calendar   `yaml:"calendar"`
	Serve      Serve      `yaml:"serve"`
	Webhooks   Listen     `yaml:"webhooks"`
	Admin      Listen     `yaml:"admin"`
	Effort     Effort     `yaml:"effort"`
	Incidents  Incidents  `yaml:"incidents"`
	States     States     `yaml:"states"`
	Asker      Asker      `yaml:"asker"`
	Inherit    []string   `yaml:"inherit"` // over which links an item takes over verdict, initiative and ask: of closes, parent, mentions; empty: over none
	Rules      string     `yaml:"rules"`   // a folder or file of rules; empty: the built-in ruleset
}

// Kafka names a real Kafka cluster.
type Kafka struct {
	Brokers []string `yaml:"brokers"` // host:port, at least one
	TLS     *TLS     `yaml:"tls"`     // nil: plain text
	SASL    *SASL    `yaml:"sasl"`    // nil: no authentication
}

// TLS asks for an encrypted connection.
type TLS struct {
	CAFile string `yaml:"ca_file"` // empty: the system's authorities
}

// SASL says how to log in to Kafka.
type SASL struct {
	Mechanism   string `yaml:"mechanism"` // scram-sha-256, scram-sha-512 or plain
	UserEnv     string `yaml:"user_env"`
	PasswordEnv string `yaml:"password_env"`
}

// Warehouse names a real ClickHouse server.
type Warehouse struct {
	URL               string `yaml:"url"` // http(s)://host:port/database
	UserEnv           string `yaml:"user_env"`
	PasswordEnv       string `yaml:"password_env"`
	ReaderUserEnv     string `yaml:"reader_user_env"` // empty: SQL from users is refused
	ReaderPasswordEnv string `yaml:"reader_password_env"`
	PeopleUserEnv     string `yaml:"people_user_env"` // may read whose the pseudonyms are; empty: nobody may
	PeoplePasswordEnv string `yaml:"people_password_env"`
}

// Source is a tracker to read. Its name is part of every id, so it must not change.
type Source struct {
	Name             string   `yaml:"name"`
	Kind             string   `yaml:"kind"` // github or jira
	BaseURL          string   `yaml:"base_url"`
	TokenEnv         string   `yaml:"token_env"`
	App              *App     `yaml:"app"`
	Repositories     []string `yaml:"repositories"` // GitHub: owner/repo or owner/*
	Exclude          []string `yaml:"exclude"`
	Since            string   `yaml:"since"`      // a date; empty: everything
	Deployment       string   `yaml:"deployment"` // Jira: cloud (default) or datacenter
	EmailEnv         string   `yaml:"email_env"`
	Projects         []string `yaml:"projects"`     // Jira: keys, or "*"
	StoryPoints      string   `yaml:"story_points"` // Jira: the field's id or name, where it is not called Story Points
	WebhookSecretEnv string   `yaml:"webhook_secret_env"`
	// LabelFields of Jira: the names before the labels that a field's values are too, by the field's id.
	LabelFields map[string]string `yaml:"label_fields"`
}

// App is a GitHub App's installation.
type App struct {
	ID             int64  `yaml:"id"`
	Installation   int64  `yaml:"installation"`
	PrivateKeyFile string `yaml:"private_key_file"`
}

// Schedule says how often the trackers are asked. Zero: the default.
type Schedule struct {
	Poll   Duration `yaml:"poll"`
	Census Duration `yaml:"census"`
}

// Embedded holds the settings of the embedded stack.
type Embedded struct {
	ClickHouseListen string `yaml:"clickhouse_listen"`
	People           bool   `yaml:"people"` // the account people, which may read whose the pseudonyms are, can log in
}

// Calendar cuts time into weeks and quarters.
type Calendar struct {
	Timezone         string `yaml:"timezone"`
	FiscalYearStarts string `yaml:"fiscal_year_starts"`
	WeekStarts       string `yaml:"week_starts"`
	HolidaysFile     string `yaml:"holidays_file"` // one date a line, # begins a comment
}

// Listen is an address to listen on.
type Listen struct {
	Listen string `yaml:"listen"`
}

// Serve says where the dashboard listens and who may ask.
type Serve struct {
	Listen   string   `yaml:"listen"`
	TokenEnv string   `yaml:"token_env"` // a token that makes whoever knows it an analyst
	Users    []User   `yaml:"users"`
	OIDC     *OIDC    `yaml:"oidc"`  // nil: nobody vouches for people
	Hosts    []string `yaml:"hosts"` // further names of this server, such as a proxy's
	// APITokenEnv: what a program must know that hands items over; empty: none are taken.
	APITokenEnv string `yaml:"api_token_env"`
}

// User is somebody who may use the dashboard.
type User struct {
	Name     string   `yaml:"name"` // with OpenID Connect the verified e-mail address
	Role     string   `yaml:"role"` // viewer, analyst, editor or admin
	Teams    []string `yaml:"teams"`
	People   bool     `yaml:"people"` // may see names
	TokenEnv string   `yaml:"token_env"`
}

// OIDC names an OpenID Connect provider.
type OIDC struct {
	Issuer          string `yaml:"issuer"`
	ClientID        string `yaml:"client_id"`
	ClientSecretEnv string `yaml:"client_secret_env"`
	URL             string `yaml:"url"`  // under which people open the dashboard
	Role            string `yaml:"role"` // of those whom users does not name; empty: they are turned away
}

// Effort holds the weights of the effort model.
type Effort struct {
	FullDay   float64 `yaml:"full_day"`
	WTime     float64 `yaml:"w_time"`
	WActivity float64 `yaml:"w_activity"`
}

// Asker says how items tell who asked for them.
type Asker struct {
	Labels []string `yaml:"labels"` // patterns with one * for the asker, a team's id or any other name
}

// Incidents says which items are incidents.
type Incidents struct {
	Labels []string `yaml:"labels"`
	Types  []string `yaml:"types"`
}

// States maps the trackers' words where their own categories do not serve.
type States struct {
	InProgress []string `yaml:"in_progress"`
	Dropped    []string `yaml:"dropped"`
}

// Duration is a time.Duration written as "2m" or "24h".
type Duration time.Duration

// Default returns the configuration that holds where the file says nothing.
func Default() *Config {
	return &Config{
		Schedule:  Schedule{Poll: Duration(2 * time.Minute), Census: Duration(24 * time.Hour)},
		Embedded:  Embedded{ClickHouseListen: "127.0.0.1:8123"},
		Calendar:  Calendar{Timezone: "UTC", FiscalYearStarts: "january", WeekStarts: "monday"},
		Serve:     Serve{Listen: "127.0.0.1:8080"},
		Webhooks:  Listen{"127.0.0.1:8081"},
		Admin:     Listen{"127.0.0.1:9090"},
		Effort:    Effort{FullDay: 1, WTime: 1, WActivity: 1},
		Inherit:   []string{"closes", "parent", "mentions"},
		Incidents: Incidents{Labels: []string{"incident"}, Types: []string{"Incident"}},
	}
}
