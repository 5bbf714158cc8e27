package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

const secretToken = "the-token-of-this-test"

func behindLogin(t *testing.T) http.Handler {
	t.Helper()
	a := &told{answers: map[string][]string{"coverage": {"source", "qwertz"}}, asked: map[string]map[string]string{}}
	h, err := New(Options{Listen: "0.0.0.0:8080", Users: []User{{Name: "ana", Role: Analyst, Token: secretToken}}, Run: a.run})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func enter(t *testing.T, h http.Handler, with, to string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	form := url.Values{"token": {with}, "to": {to}}.Encode()
	return send(t, h, "POST", "/login", form, append(header, "Content-Type", "application/x-www-form-urlencoded")...)
}

func TestLogin(t *testing.T) {
	h := behindLogin(t)
	const page, api = "/questions/coverage", "/api/v1/questions/coverage"
	if w := send(t, h, "GET", page+"?a=1", ""); w.Code != 303 || w.Header().Get("Location") != "/login?to=%2Fquestions%2Fcoverage%3Fa%3D1" {
		t.Errorf("a page without login: %d %s", w.Code, w.Header().Get("Location"))
	}
	for _, c := range []struct {
		method, path string
		header       []string
	}{
		{"GET", api, nil},
		{"GET", api, []string{"Authorization", "Bearer wrong"}},
		{"GET", api, []string{"Authorization", secretToken}},
		{"GET", api, []string{"Cookie", sessionName + "=" + secretToken}},
		{"GET", api, []string{"Cookie", sessionName + "=AAAA"}},
		{"POST", "/api/v1/sql", nil},
		{"POST", "/questions", nil},
	} {
		if w := send(t, h, c.method, c.path, "{}", c.header...); w.Code != 401 || strings.Contains(w.Body.String(), "qwertz") {
			t.Errorf("%s %s %q: %d %s", c.method, c.path, c.header, w.Code, w.Body)
		}
	}
	if w := send(t, h, "GET", api, "", "Authorization", "Bearer "+secretToken); w.Code != 200 || !strings.Contains(w.Body.String(), "qwertz") {
		t.Errorf("with the token: %d %s", w.Code, w.Body)
	}
	if w := send(t, h, "GET", "/assets/style.css", ""); w.Code != 200 {
		t.Errorf("the login's style: %d", w.Code)
	}
	if w := enter(t, h, "wrong", page); w.Code != 401 || len(w.Result().Cookies()) > 0 || !strings.Contains(w.Body.String(), "not the token") {
		t.Errorf("a wrong token: %d", w.Code)
	}
	if w := enter(t, h, secretToken, page, "Sec-Fetch-Site", "cross-site"); w.Code != 403 {
		t.Errorf("a login by another site: %d", w.Code)
	}
	w := enter(t, h, secretToken, page)
	cookies := w.Result().Cookies()
	if w.Code != 303 || w.Header().Get("Location") != page || len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode {
		t.Fatalf("the login: %d %v", w.Code, w.Header())
	}
	session := cookies[0].Name + "=" + cookies[0].Value
	if w := send(t, h, "GET", page, "", "Cookie", session); w.Code != 200 || !strings.Contains(w.Body.String(), "qwertz") || !strings.Contains(w.Body.String(), "Log out") {
		t.Errorf("with the session: %d", w.Code)
	}
	forged := []byte(session)
	forged[len(sessionName)+3]++ // a later end
	if w := send(t, h, "GET", api, "", "Cookie", string(forged)); w.Code != 401 {
		t.Errorf("a forged session: %d", w.Code)
	}
	other, err := New(Options{Listen: "0.0.0.0:8080", Users: []User{{Name: "ana", Role: Analyst, Token: secretToken + "-new"}}})
	if err != nil {
		t.Fatal(err)
	}
	if w := send(t, other, "GET", api, "", "Cookie", session); w.Code != 401 {
		t.Errorf("a session of an older token: %d", w.Code)
	}
	for _, to := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)", "evil", "/x\r\nSet-Cookie: a=b", ""} {
		if w := enter(t, h, secretToken, to); w.Header().Get("Location") != "/" {
			t.Errorf("to %q: %q", to, w.Header().Get("Location"))
		}
	}
	if w := send(t, h, "POST", "/logout", "", "Cookie", session); w.Code != 303 || w.Result().Cookies()[0].MaxAge >= 0 {
		t.Errorf("logging out: %d", w.Code)
	}
}

func TestTriesAreLimited(t *testing.T) {
	h := behindLogin(t)
	for range triesAtMost {
		enter(t, h, "wrong", "/")
	}
	if w := enter(t, h, secretToken, "/"); w.Code != 429 {
		t.Errorf("after %d wrong tokens: %d", triesAtMost, w.Code)
	}
	if w := send(t, h, "GET", "/api/v1/questions", "", "Authorization", "Bearer "+secretToken); w.Code != 429 {
		t.Errorf("by Authorization: %d", w.Code)
	}
}
