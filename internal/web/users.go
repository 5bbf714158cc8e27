package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Role is what somebody may do; each role may also do what those before it may.
type Role int

// The roles, from the one that may least.
const (
	Nobody  Role = iota
	Viewer       // look at pages and ask the catalogue's questions
	Analyst      // run SQL and export its results
	Editor       // override verdicts, publish plans, asks and initiatives, write notes; one with teams, only for those
	Admin        // decide on teams and people, promote rulesets, retry what failed
)

// Roles are their names as the configuration writes them.
var Roles = []string{"nobody", "viewer", "analyst", "editor", "admin"}

// String is the role's name.
func (r Role) String() string { return Roles[r] }

// ParseRole is the role of a name.
func ParseRole(name string) (Role, error) {
	if i := slices.Index(Roles[Viewer:], name); i >= 0 {
		return Viewer + Role(i), nil
	}
	return Nobody, fmt.Errorf("%q is not a role: use %s", name, strings.Join(Roles[Viewer:], ", "))
}

// User is somebody who may ask.
type User struct {
	Name   string // what is written beside what the user decides; with OpenID Connect the verified e-mail address
	Role   Role
	Teams  []string // of an editor: the teams whose items the user may decide on; empty: all
	People bool     // SQL of the user may read names, where an account of the database may; SQL needs its role besides
	Token  string   // empty: the user has none, and logs in by OpenID Connect
}

// May tells whether a user has at least a role.
func (u *User) May(r Role) bool { return u != nil && u.Role >= r }

// Edits tells whether a user may decide on what belongs to a team.
func (u *User) Edits(team string) bool {
	return u.May(Admin) || u.May(Editor) && (len(u.Teams) == 0 || slices.Contains(u.Teams, team))
}

type userKey struct{}

// asker is who sent a request; nil where nobody is known.
func asker(r *http.Request) *User { return askerOf(r.Context()) }

func askerOf(ctx context.Context) *User {
	u, _ := ctx.Value(userKey{}).(*User)
	return u
}

func withUser(r *http.Request, u *User) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), userKey{}, u))
}

// need lets those do h who have a role.
func (s *server) need(role Role, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if u := asker(r); !u.May(role) {
			s.fail(w, r, http.StatusForbidden, fmt.Errorf("this needs the role %s, and %s has the role %s: whoever runs this server gives roles in serve.users of workmix.yaml", role, u.Name, u.Role))
			return
		}
		h(w, r)
	}
}

// byToken finds the user of a token, without telling by its time how much of it is right.
func byToken(users []User, given string) *User {
	var found *User
	a := sha256.Sum256([]byte(given))
	for i := range users {
		b := sha256.Sum256([]byte(users[i].Token))
		if subtle.ConstantTimeCompare(a[:], b[:]) == 1 && users[i].Token != "" {
			found = &users[i]
		}
	}
	return found
}

// byName finds a user by name; the case of letters, which addresses ignore, does not count.
func byName(users []User, name string) *User {
	for i := range users {
		if strings.EqualFold(users[i].Name, name) {
			return &users[i]
		}
	}
	return nil
}
