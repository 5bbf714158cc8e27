package decisions

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/workmix/workmix/internal/event"
)

// Override is a person's word on an item: it wins over rules, text model and inheritance. What it leaves empty stays
// theirs. A new word on an item takes the place of the one before, whole.
type Override struct {
	Item     string `json:"item"`               // the item's key or id
	Drive    string `json:"drive,omitempty"`    // forced or discretionary
	Horizon  string `json:"horizon,omitempty"`  // short or long
	Category string `json:"category,omitempty"` // where the investment goes
	Clear    bool   `json:"clear,omitempty"`    // takes the word back; then the three above are empty
	Reason   string `json:"reason"`
	Author   string `json:"-"` // whoever is logged in; the tables hold a pseudonym of it
}

// Categories are those that there are without any configuration, but for what has none.
var Categories = []string{"user_asks", "platform_quality", "key_initiatives"}

// longestReason is in characters.
const longestReason = 2000

// Check says what is wrong with the word itself. Categories are those that there are; nil: they are not known yet.
func (o *Override) Check(categories []string) error {
	verdict := o.Drive != "" || o.Horizon != "" || o.Category != ""
	switch {
	case strings.TrimSpace(o.Item) == "":
		return errors.New("an override needs an item: its key, such as acme/api#12 or OPS-7, or its id")
	case o.Drive != "" && o.Drive != "forced" && o.Drive != "discretionary":
		return fmt.Errorf("drive is forced or discretionary, not %.100q", o.Drive)
	case o.Horizon != "" && o.Horizon != "short" && o.Horizon != "long":
		return fmt.Errorf("horizon is short or long, not %.100q", o.Horizon)
	case o.Category != "" && categories != nil && !slices.Contains(categories, o.Category):
		return fmt.Errorf("there is no category %.100q: the rules and the defaults know %s", o.Category, strings.Join(categories, ", "))
	case o.Clear && verdict:
		return errors.New("to clear an override is to give no verdict: leave out drive, horizon and category")
	case !o.Clear && !verdict:
		return errors.New("an override says at least one of drive, horizon and category, or that it is to be cleared")
	case strings.TrimSpace(o.Reason) == "":
		return errors.New("an override needs a reason: others will read it beside the verdict")
	case utf8.RuneCountInString(o.Reason) > longestReason:
		return fmt.Errorf("the reason is longer than %d characters: shorten it", longestReason)
	case strings.TrimSpace(o.Author) == "":
		return errors.New("an override needs an author: nobody is known who gives this word")
	}
	return nil
}

// Decision is the word on the item of this id, as it is published. A word that was taken back is a revision without a
// verdict.
func (o *Override) Decision(itemID string) (event.Decision, error) {
	d := event.Decision{Kind: "override", ID: itemID, Author: o.Author, Reason: strings.TrimSpace(o.Reason), Retracted: o.Clear}
	if o.Clear {
		return d, nil
	}
	var err error
	d.Body, err = json.Marshal(struct {
		Drive    string `json:"drive,omitempty"`
		Horizon  string `json:"horizon,omitempty"`
		Category string `json:"category,omitempty"`
	}{o.Drive, o.Horizon, o.Category})
	return d, err
}
