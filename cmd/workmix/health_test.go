package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealth(t *testing.T) {
	status := http.StatusOK
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			status = http.StatusNotFound
		}
		http.Error(w, "kafka is away", status)
	}))
	defer s.Close()
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := health(t.Context(), "0.0.0.0:"+port, "/readyz"); err != nil {
		t.Error(err)
	}
	status = http.StatusServiceUnavailable
	if err := health(t.Context(), "127.0.0.1:"+port, "/readyz"); err == nil || !strings.Contains(err.Error(), "kafka is away") {
		t.Errorf("a service that is not ready: %v", err)
	}
	s.Close()
	if err := health(t.Context(), "127.0.0.1:"+port, "/readyz"); err == nil {
		t.Error("nobody answers, and it is called healthy")
	}
}
