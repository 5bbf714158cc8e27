package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
)

// signature returns the HMAC-SHA256 that a delivery claims. GitHub has it in X-Hub-Signature-256, and an HMAC-SHA1 in
// X-Hub-Signature that proves too little; Jira has its HMAC-SHA256 in X-Hub-Signature.
func signature(tracker string, h http.Header) ([]byte, error) {
	name := "X-Hub-Signature"
	if tracker == "github" {
		name = "X-Hub-Signature-256"
	}
	v := h.Get(name)
	switch {
	case v == "" && h.Get("X-Hub-Signature") != "" || strings.HasPrefix(v, "sha1="):
		return nil, refuse(http.StatusUnauthorized, "an HMAC-SHA1 is not enough: sign with HMAC-SHA256 in %s", name)
	case v == "":
		return nil, refuse(http.StatusUnauthorized, "the header %s is missing: give the webhook the source's secret", name)
	}
	digits, ok := strings.CutPrefix(v, "sha256=")
	mac, err := hex.DecodeString(digits)
	if !ok || err != nil || len(mac) != sha256.Size {
		return nil, refuse(http.StatusUnauthorized, "the header %s is not sha256= and 64 hexadecimal digits", name)
	}
	return mac, nil
}

// signed compares in constant time.
func signed(secret, body, mac []byte) bool {
	h := hmac.New(sha256.New, secret)
	h.Write(body)
	return hmac.Equal(h.Sum(nil), mac)
}
