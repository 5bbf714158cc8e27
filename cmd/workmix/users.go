package main

import (
	"net"
	"os"

	"github.com/workmix/workmix/internal/config"
	"github.com/workmix/workmix/internal/web"
)

// tokenLength is the least that a token may have: shorter ones can be guessed.
const tokenLength = 16

// askers are those who may use the pages.
type askers struct {
	users []web.User
	oidc  *web.OIDC
	api   string // the token of programs that hand items over; empty: none do
}

// mayAsk reads from the configuration, and the variables that it names, who may use the pages.
func mayAsk(c config.Serve) (*askers, error) {
	a := &askers{}
	if c.TokenEnv != "" {
		token, err := longToken("serve.token_env", c.TokenEnv)
		if err != nil {
			return nil, err
		}
		a.users = append(a.users, web.User{Name: "shared token", Role: web.Analyst, Token: token})
	}
	for _, u := range c.Users {
		role, err := web.ParseRole(u.Role)
		if err != nil {
			return nil, usagef("serve.users: %v", err)
		}
		to := web.User{Name: u.Name, Role: role, Teams: u.Teams, People: u.People}
		if u.TokenEnv != "" {
			if to.Token, err = longToken("serve.users", u.TokenEnv); err != nil {
				return nil, err
			}
		}
		a.users = append(a.users, to)
	}
	if o := c.OIDC; o != nil {
		secret := os.Getenv(o.ClientSecretEnv)
		if secret == "" {
			return nil, usagef("serve.oidc.client_secret_env: %s is empty: put the secret there that the provider gave for %s", o.ClientSecretEnv, o.ClientID)
		}
		a.oidc = &web.OIDC{Issuer: o.Issuer, ClientID: o.ClientID, Secret: secret, URL: o.URL}
		if o.Role != "" {
			role, err := web.ParseRole(o.Role)
			if err != nil {
				return nil, usagef("serve.oidc: %v", err)
			}
			a.oidc.Role = role
		}
	}
	if len(a.users) == 0 && a.oidc == nil && !loopback(c.Listen) {
		return nil, usagef("serve.listen %s can be reached from other machines: say who may ask with serve.users, serve.oidc, or serve.token_env (a variable that holds a token of at least %d characters), or listen on 127.0.0.1", c.Listen, tokenLength)
	}
	if c.APITokenEnv != "" {
		var err error
		if a.api, err = longToken("serve.api_token_env", c.APITokenEnv); err != nil {
			return nil, err
		}
	}
	return a, a.distinct()
}

// distinct refuses a token that two have: it would not say who somebody is.
func (a *askers) distinct() error {
	seen := map[string]string{a.api: "serve.api_token_env"}
	for _, u := range a.users {
		if other, twice := seen[u.Token]; twice && u.Token != "" {
			return usagef("%s and %s have the same token: give each one of its own", u.Name, other)
		}
		seen[u.Token] = u.Name
	}
	return nil
}

func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

func longToken(key, name string) (string, error) {
	token := os.Getenv(name)
	if len(token) < tokenLength {
		return "", usagef("%s: %s holds %d characters, a token needs at least %d: openssl rand -hex 16 makes one", key, name, len(token), tokenLength)
	}
	return token, nil
}
