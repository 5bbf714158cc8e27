package web

import (
	"context"
	"errors"
	"testing"

	"github.com/workmix/workmix/internal/decisions"
)

// TestOverrideKeepsWho: an editor overrides, of the own teams alone, under the own name; nobody else does, nor does a
// page of another site.
func TestOverrideKeepsWho(t *testing.T) {
	var said []decisions.Override
	h, err := New(Options{
		Listen: "0.0.0.0:8080",
		Users: []User{
			{Name: "ana", Role: Editor, Teams: []string{"compute"}, Token: "token-of-the-lead"},
			{Name: "bob", Role: Editor, Teams: []string{"lab"}, Token: "token-of-another"},
			{Name: "cy", Role: Analyst, Token: "token-of-the-analyst"},
			{Name: "dee", Role: Admin, Token: "token-of-the-admin"},
		},
		Override: func(_ context.Context, o decisions.Override, may func(string) bool) (*Overridden, error) {
			if !may("compute") {
				return nil, &NotAllowed{errors.New("not yours")}
			}
			said = append(said, o)
			return &Overridden{ItemID: o.Item, Verb: "add"}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	const good = `{"item": "OPS-7", "drive": "forced", "reason": "so it is"}`
	for _, c := range []struct {
		token, body string
		status      int
		more        []string
	}{
		{"token-of-the-lead", good, 200, nil},
		{"token-of-the-admin", good, 200, nil},
		{"token-of-another", good, 403, nil},
		{"token-of-the-analyst", good, 403, nil},
		{"nonsense-as-a-token", good, 401, nil},
		{"token-of-the-lead", good, 403, []string{"Sec-Fetch-Site", "cross-site"}},
		{"token-of-the-lead", good, 403, []string{"Origin", "https://evil.example"}},
		{"token-of-the-lead", good, 415, []string{"Content-Type", "text/plain"}},
		{"token-of-the-lead", `{"item": "OPS-7", "drive": "forced", "reason": "x", "author": "dee"}`, 400, nil},
	} {
		header := append([]string{"Content-Type", "application/json", "Authorization", "Bearer " + c.token}, c.more...)
		if w := send(t, h, "POST", "/api/v1/overrides", c.body, header...); w.Code != c.status {
			t.Errorf("%s %s %v: %d %s, want %d", c.token, c.body, c.more, w.Code, w.Body, c.status)
		}
	}
	for _, c := range []struct {
		token, body string
		status      int
		more        []string
	}{
		{"token-of-the-lead", "item=OPS-7&horizon=long&reason=so", 303, nil},
		{"token-of-the-lead", "item=OPS-7&clear=1&reason=so", 303, nil},
		{"token-of-another", "item=OPS-7&horizon=long&reason=so", 403, nil},
		{"token-of-the-analyst", "item=OPS-7&horizon=long&reason=so", 403, nil},
		{"token-of-the-lead", "item=OPS-7&horizon=long&reason=so", 403, []string{"Sec-Fetch-Site", "cross-site"}},
	} {
		header := append([]string{"Content-Type", "application/x-www-form-urlencoded", "Authorization", "Bearer " + c.token}, c.more...)
		w := send(t, h, "POST", "/overrides", c.body, header...)
		if w.Code != c.status || w.Code == 303 && w.Header().Get("Location") != "/items/OPS-7?said=1" {
			t.Errorf("form %s %s %v: %d %s, want %d", c.token, c.body, c.more, w.Code, w.Header().Get("Location"), c.status)
		}
	}
	if len(said) == 4 && (said[2].Horizon != "long" || said[2].Author != "ana" || !said[3].Clear) {
		t.Errorf("published by the form: %+v", said[2:])
	}
	if len(said) != 4 || said[0].Author != "ana" || said[1].Author != "dee" || said[0].Drive != "forced" {
		t.Errorf("published: %+v", said)
	}
}
