package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// OIDC is an OpenID Connect provider that vouches for people by their verified e-mail address.
type OIDC struct {
	Issuer   string // its address, below which /.well-known/openid-configuration stands
	ClientID string
	Secret   string
	URL      string // the address under which people open this server
	Role     Role   // of those whom no user is named for; Nobody: they are turned away
}

const (
	loginName  = "workmix_login" // the cookie of a login that is under way
	loginLasts = 10 * time.Minute
)

// provider logs people in by the authorization code flow with PKCE.
type provider struct {
	o     OIDC
	login *login
	mu    sync.Mutex
	found *oidc.Provider // nil: not asked yet, or it could not be reached
}

// underWay is what the browser keeps while somebody is at the provider.
type underWay struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	To       string `json:"to"`
}

func (p *provider) host() string {
	u, err := url.Parse(p.o.Issuer)
	if err != nil {
		return p.o.Issuer
	}
	return u.Host
}

// ask finds out the provider's addresses at the first login, so that this server starts without it.
func (p *provider) ask(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil {
		// Its keys are fetched long after this request.
		found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), &http.Client{Timeout: 10 * time.Second}), p.o.Issuer)
		if err != nil {
			return nil, nil, fmt.Errorf("the provider %s cannot be asked who you are: %w", p.host(), err)
		}
		p.found = found
	}
	return p.found, &oauth2.Config{
		ClientID: p.o.ClientID, ClientSecret: p.o.Secret, Endpoint: p.found.Endpoint(),
		RedirectURL: strings.TrimSuffix(p.o.URL, "/") + "/login/oidc/callback", Scopes: []string{oidc.ScopeOpenID, "email"},
	}, nil
}

// start sends somebody to the provider.
func (p *provider) start(w http.ResponseWriter, r *http.Request) {
	_, c, err := p.ask(r.Context())
	if err != nil {
		p.refuse(w, r, http.StatusBadGateway, err)
		return
	}
	way := underWay{rand.Text(), rand.Text(), oauth2.GenerateVerifier(), ours(r.FormValue("to"))}
	if err := p.login.tickets.give(w, r, loginName, way, loginLasts); err != nil {
		p.refuse(w, r, http.StatusInternalServerError, err)
		return
	}
	http.Redirect(w, r, c.AuthCodeURL(way.State, oidc.Nonce(way.Nonce), oauth2.S256ChallengeOption(way.Verifier)), http.StatusSeeOther)
}

// finish takes what somebody brings from the provider.
func (p *provider) finish(w http.ResponseWriter, r *http.Request) {
	var way underWay
	if !p.login.tickets.read(r, loginName, &way) || way.State != r.FormValue("state") {
		p.refuse(w, r, http.StatusBadRequest, errors.New("this login was not begun in this browser, or more than ten minutes ago: begin it again"))
		return
	}
	if err := p.login.tickets.give(w, r, loginName, nil, 0); err != nil { // it is good once
		p.refuse(w, r, http.StatusInternalServerError, err)
		return
	}
	if said := r.FormValue("error"); said != "" {
		p.refuse(w, r, http.StatusForbidden, fmt.Errorf("the provider said %q: begin again, or ask who runs it", said))
		return
	}
	name, err := p.vouched(r.Context(), r.FormValue("code"), &way)
	if err != nil {
		slog.Warn("a login failed", "error", err)
		p.refuse(w, r, http.StatusForbidden, err)
		return
	}
	if byName(p.login.users, name) == nil && p.o.Role == Nobody {
		p.refuse(w, r, http.StatusForbidden, fmt.Errorf("%s may not look at this server: whoever runs it names its users in serve.users of workmix.yaml", name))
		return
	}
	p.login.admit(w, r, session{Name: name, Vouched: true}, way.To)
}

// vouched is the verified e-mail address of the one who brought a code.
func (p *provider) vouched(ctx context.Context, code string, way *underWay) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	found, c, err := p.ask(ctx)
	if err != nil {
		return "", err
	}
	t, err := c.Exchange(ctx, code, oauth2.VerifierOption(way.Verifier))
	if err != nil {
		return "", fmt.Errorf("the provider %s does not know what you brought: begin again", p.host())
	}
	raw, _ := t.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: p.o.ClientID}).Verify(ctx, raw)
	if err != nil {
		return "", fmt.Errorf("what the provider said is not to be trusted: %w", err)
	}
	if id.Nonce != way.Nonce {
		return "", errors.New("the provider answered another login than this one: begin again")
	}
	var said struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := id.Claims(&said); err != nil {
		return "", fmt.Errorf("what the provider said cannot be read: %w", err)
	}
	if said.Email == "" || !said.Verified {
		return "", errors.New("the provider does not vouch for an e-mail address of yours: have it verified there")
	}
	return said.Email, nil
}

// refuse shows the login again and what went wrong.
func (p *provider) refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	p.login.form(w, r, status, err.Error())
}
