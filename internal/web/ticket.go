package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// tickets signs what a browser keeps for us in cookies, so that any process with the same configuration can read it and
// nobody can make one. Other secrets make other signatures: a new token ends every session.
type tickets struct{ key []byte }

func newTickets(users []User, o *OIDC) *tickets {
	m := sha256.New()
	for i := range users {
		secret := sha256.Sum256([]byte(users[i].Token))
		m.Write(secret[:])
	}
	if o != nil {
		secret := sha256.Sum256([]byte(o.Secret))
		m.Write(secret[:])
	}
	return &tickets{m.Sum(nil)}
}

// ticket is a signed value that ends.
type ticket struct {
	Use   string    `json:"use"` // the cookie's name: one cookie's value is none of another's
	Until time.Time `json:"until"`
	Value any       `json:"value"`
}

func (t *tickets) sign(b []byte) []byte {
	m := hmac.New(sha256.New, t.key)
	m.Write(b)
	return m.Sum(nil)
}

// give sets a cookie that holds a value for some time; a time of 0 takes it away.
func (t *tickets) give(w http.ResponseWriter, r *http.Request, name string, value any, lasts time.Duration) error {
	secure := r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
	c := &http.Cookie{Name: name, Path: "/", MaxAge: -1, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
	if lasts > 0 {
		b, err := json.Marshal(ticket{name, time.Now().Add(lasts), value})
		if err != nil {
			return err
		}
		c.MaxAge = int(lasts.Seconds())
		c.Value = base64.RawURLEncoding.EncodeToString(append(t.sign(b), b...))
	}
	http.SetCookie(w, c)
	return nil
}

// read puts a cookie's value into value, and tells whether there is one that is ours and has not ended.
func (t *tickets) read(r *http.Request, name string, value any) bool {
	c, err := r.Cookie(name)
	if err != nil {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(b) < sha256.Size || !hmac.Equal(b[:sha256.Size], t.sign(b[sha256.Size:])) {
		return false
	}
	read := ticket{Value: value}
	return json.Unmarshal(b[sha256.Size:], &read) == nil && read.Use == name && time.Now().Before(read.Until)
}
