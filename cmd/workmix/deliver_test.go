package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/workmix/workmix/internal/simulate"
)

// deliver STATUS KEY TEXT… edits the body of an issue of acme/api in its tracker now, and delivers the edit as GitHub
// does to the webhook of source code at $HOOKS, signed with $HOOK_SECRET; the answer must have that status.
func deliver(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	d, ok := running.Load(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("no trackers are running")
	}
	_, number, _ := strings.Cut(args[1], "#")
	api, _ := addressesOf.Load(ts.Getenv("WORK"))
	object := func() map[string]any {
		resp, err := http.Get(api.(string) + "/repos/acme/api/issues/" + number)
		ts.Check(err)
		defer resp.Body.Close()
		var o map[string]any
		ts.Check(json.NewDecoder(resp.Body).Decode(&o))
		return o
	}
	before := object()["body"]
	ts.Check(d.(*simulate.Dataset).Update(args[1], bob, time.Now().UTC(), simulate.Body(strings.Join(args[2:], " "))))
	body, err := json.Marshal(map[string]any{
		"action": "edited", "issue": object(), "changes": map[string]any{"body": map[string]any{"from": before}},
		"repository": map[string]any{"full_name": "acme/api"}, "sender": map[string]any{"id": bob.ID, "login": bob.Login, "type": "User"},
	})
	ts.Check(err)
	r, err := http.NewRequest(http.MethodPost, "http://"+ts.Getenv("HOOKS")+"/webhooks/code", bytes.NewReader(body))
	ts.Check(err)
	mac := hmac.New(sha256.New, []byte(ts.Getenv("HOOK_SECRET")))
	mac.Write(body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", "issues")
	r.Header.Set("X-GitHub-Delivery", fmt.Sprint(time.Now().UnixNano()))
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if resp.StatusCode != want {
		ts.Fatalf("the receiver answers %s: %s", resp.Status, text)
	}
}
