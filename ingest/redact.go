package ingest

import (
	"bytes"
	"net/http"
	"strings"
)

// redact takes the credential of a request out of an answer: what a tracker, or a proxy before it, says of a call that
// went wrong is told in errors, logs and the records of what failed, and some repeat what they were sent.
func redact(body []byte, req *http.Request) []byte {
	for _, secret := range credentials(req) {
		body = bytes.ReplaceAll(body, []byte(secret), []byte("[the credential]"))
	}
	return body
}

// credentials lists what a request proves itself by, in the forms in which it may come back.
func credentials(req *http.Request) []string {
	_, value, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	out := []string{value}
	if _, password, ok := req.BasicAuth(); ok {
		out = append(out, password)
	}
	long := out[:0]
	for _, s := range out {
		if len(s) >= 6 { // what is shorter is no secret, and replacing it would spoil the text
			long = append(long, s)
		}
	}
	return long
}
