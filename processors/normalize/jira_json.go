package normalize

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// jiraContent is the content of a raw record of Jira.
type jiraContent struct {
	Issue struct {
		ID        text                       `json:"id"`
		Key       string                     `json:"key"`
		Self      string                     `json:"self"`
		Fields    map[string]json.RawMessage `json:"fields"`
		Changelog *struct {
			Histories []jiraHistory `json:"histories"`
		} `json:"changelog"`
	} `json:"issue"`
	Meta jiraMeta `json:"meta"`
}

// jiraMeta is what the ingester looked up about the words of one issue.
type jiraMeta struct {
	Statuses map[string]struct {
		Name     string `json:"name"`
		Category string `json:"category"` // "new", "indeterminate" or "done"
		// Earlier are the categories that it had before, the first one first, and when another one was seen first.
		Earlier []struct {
			Category string   `json:"category"`
			Until    jiraTime `json:"until"`
		} `json:"earlier"`
	} `json:"statuses"`
	Fields struct {
		Points []string `json:"points"`
		Sprint []string `json:"sprint"`
		Epic   []string `json:"epic"`
	} `json:"fields"`
	PointsName string `json:"points_name"` // of a field that the configuration names, where the changelog bears it
	Browse     string `json:"browse"`
}

// jiraHistory is one entry of a changelog: what one person changed at once.
type jiraHistory struct {
	ID      text         `json:"id"`
	Author  *jiraUser    `json:"author"`
	Created jiraTime     `json:"created"`
	Items   []jiraChange `json:"items"`
}

// jiraChange is one item of an entry: one field's change. Ids stand in From and To where the field has ids.
type jiraChange struct {
	Field       string `json:"field"`
	FieldID     string `json:"fieldId"`
	From        text   `json:"from"`
	FromString  text   `json:"fromString"`
	To          text   `json:"to"`
	ToString    text   `json:"toString"`
	FromAccount string `json:"tmpFromAccountId"`
	ToAccount   string `json:"tmpToAccountId"`
}

// jiraUser is an account: accountId on Cloud, key and name on Data Center.
type jiraUser struct {
	AccountID   string `json:"accountId"`
	Key         string `json:"key"`
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
	AccountType string `json:"accountType"`
}

// id returns the account's stable id, or "" for none.
func (u *jiraUser) id() string {
	switch {
	case u == nil:
		return ""
	case u.AccountID != "":
		return u.AccountID
	case u.Key != "":
		return u.Key
	}
	return u.Name
}

// bot says whether the account is an app's. Data Center does not tell.
func (u *jiraUser) bot() bool { return u != nil && u.AccountType == "app" }

// jiraNamed is a thing with an id and a name: a status, a priority, a version, a sprint.
type jiraNamed struct {
	ID       text   `json:"id"`
	Key      string `json:"key"`
	Name     string `json:"name"`
	Category struct {
		Key string `json:"key"`
	} `json:"statusCategory"`
}

// text is a string that some versions of Jira write as a number; null is "".
type text string

// UnmarshalJSON implements [json.Unmarshaler].
func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		*t = ""
		return nil
	case len(b) > 0 && b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
		return nil
	case len(b) > 0 && (b[0] == '{' || b[0] == '['):
		return fmt.Errorf("got %.20s, want a string or a number", b)
	}
	*t = text(b)
	return nil
}

// jiraTime is an instant as Jira writes it, to the millisecond; the zero time for null.
type jiraTime struct{ time.Time }

// UnmarshalJSON implements [json.Unmarshaler].
func (t *jiraTime) UnmarshalJSON(b []byte) error {
	var s text
	if err := s.UnmarshalJSON(b); err != nil {
		return err
	}
	if s == "" {
		return nil
	}
	at, err := parseJiraTime(string(s))
	t.Time = at
	return err
}

// parseJiraTime reads "2012-05-16T07:56:13.000+0000" and its variants: another way to write the zone, no
// fraction, a plain date (midnight UTC), or milliseconds since 1970, as webhooks have it.
func parseJiraTime(s string) (time.Time, error) {
	for _, layout := range [...]string{"2006-01-02T15:04:05-0700", time.RFC3339, "2006-01-02T15:04:05-07", "2006-01-02 15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, s); err == nil {
			return inRange(at.UTC().Truncate(time.Millisecond), s)
		}
	}
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
		return inRange(time.UnixMilli(ms).UTC(), s)
	}
	return time.Time{}, fmt.Errorf("time %.40q is not written as 2006-01-02T15:04:05.000-0700", s)
}

func inRange(at time.Time, s string) (time.Time, error) {
	if y := at.Year(); y < 1970 || y > 2299 {
		return time.Time{}, fmt.Errorf("the time %.40q cannot be stored", s)
	}
	return at, nil
}

// field reads one of the issue's fields into v and says whether the issue has it at all; null leaves v as it is.
// Some archives wrap a custom field as {"id": "customfield_1", "name", "value"}.
func (c *jiraContent) field(name string, v any) (bool, error) {
	raw, ok := c.Issue.Fields[name]
	if !ok {
		return false, nil
	}
	if strings.HasPrefix(name, "customfield_") && bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		var wrapped struct {
			ID    string           `json:"id"`
			Value *json.RawMessage `json:"value"`
		}
		if json.Unmarshal(raw, &wrapped) == nil && wrapped.ID == name {
			if wrapped.Value == nil {
				return true, nil
			}
			raw = *wrapped.Value
		}
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return true, fmt.Errorf("fields.%s: %w", name, err)
	}
	return true, nil
}
