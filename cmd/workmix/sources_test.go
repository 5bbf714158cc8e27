package main

import (
	"testing"

	"github.com/workmix/workmix/ingest"
	"github.com/workmix/workmix/internal/config"
)

// TestOneBudgetPerCredential: sources of one credential at one address share a gate, however the address is written;
// what counts their calls is one.
func TestOneBudgetPerCredential(t *testing.T) {
	t.Setenv("ONE", "t0ken-one")
	t.Setenv("TWO", "t0ken-two")
	gh := func(name, url, token string) config.Source {
		return config.Source{Name: name, Kind: "github", BaseURL: url, TokenEnv: token, Repositories: []string{"acme/api"}}
	}
	for name, c := range map[string]struct {
		sources []config.Source
		gates   int
	}{
		"one token":               {[]config.Source{gh("a", "https://git.example/api/v3", "ONE"), gh("b", "https://git.example/api/v3/", "ONE"), gh("c", "https://GIT.example/api/v3", "ONE")}, 1},
		"github.com, said or not": {[]config.Source{gh("a", "", "ONE"), gh("b", "https://api.github.com/", "ONE")}, 1},
		"two tokens":              {[]config.Source{gh("a", "", "ONE"), gh("b", "", "TWO")}, 2},
		"two servers":             {[]config.Source{gh("a", "https://a.example", "ONE"), gh("b", "https://b.example", "ONE")}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			gates := map[string]*ingest.Gate{}
			for i := range c.sources {
				if _, err := newSource(&c.sources[i], gates); err != nil {
					t.Fatal(err)
				}
			}
			if len(gates) != c.gates {
				t.Errorf("%d budgets, want %d", len(gates), c.gates)
			}
		})
	}
}
