package simulate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash/fnv"
	"strconv"
)

// Hosts of what is generated. The servers' own addresses change from run to run and so are in no object.
const (
	githubHTML = "https://github.example/"
	githubAPI  = "https://github.example/api/v3/"
	jiraSite   = "https://acme-jira.example"
)

// User is somebody with accounts in the trackers. A nil user is one whose account was deleted.
type User struct {
	Name, Email string
	Login       string // on GitHub
	ID          int64  // on GitHub
	AccountID   string // on Jira
	TimeZone    string
	Bot         bool

	// What the trackers show of the user, made once for the generator's people.
	asGitHub, asJira Object
}

// show makes the objects that would otherwise be made again for each event.
func (u *User) show() {
	u.asGitHub, u.asJira = object(u.github()), object(u.jira())
}

// github is the user as GitHub gives it; nil where the account is gone.
func (u *User) github() any {
	if u == nil {
		return nil
	}
	if u.asGitHub != nil {
		return u.asGitHub
	}
	kind := "User"
	if u.Bot {
		kind = "Bot"
	}
	api := githubAPI + "users/" + u.Login
	return Object{
		"login": u.Login, "id": u.ID, "node_id": "U_" + strconv.FormatInt(u.ID, 36), "type": kind, "site_admin": false,
		"url": api, "html_url": githubHTML + u.Login, "avatar_url": "", "gravatar_id": "", "repos_url": api + "/repos", "events_url": api + "/events{/privacy}",
	}
}

// author is the user as the author of an item or comment, where GitHub puts its ghost for a deleted account.
func (u *User) author() any {
	if u == nil {
		return Object{"login": "ghost", "id": int64(10137), "type": "User", "site_admin": false, "html_url": githubHTML + "ghost"}
	}
	return u.github()
}

// jira is the user as Jira Cloud gives it: no e-mail, as is usual.
func (u *User) jira() any {
	if u == nil {
		return nil
	}
	if u.asJira != nil {
		return u.asJira
	}
	kind := "atlassian"
	if u.Bot {
		kind = "app"
	}
	return Object{
		"self": jiraSite + "/rest/api/3/user?accountId=" + u.AccountID, "accountId": u.AccountID, "accountType": kind,
		"displayName": u.Name, "active": true, "timeZone": u.TimeZone,
	}
}

// key is the user's Jira id and name as changelogs write them, or null.
func (u *User) ref() (id, name any) {
	if u == nil {
		return nil, nil
	}
	return u.AccountID, u.Name
}

// sha is 40 hex digits that stand for a commit, a function of the parts.
func sha(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))[:40]
}

// smallID is a number below 2^31, a function of the parts.
func smallID(parts ...string) int64 {
	h := fnv.New32a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p + "\x00"))
	}
	return int64(h.Sum32() >> 1)
}

// numberOf reads a JSON number from text; null where it is empty or none.
func numberOf(s string) any {
	if _, err := strconv.ParseFloat(s, 64); err != nil {
		return nil
	}
	return json.Number(s)
}
