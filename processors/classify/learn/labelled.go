package learn

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"

	"github.com/workmix/workmix/processors/classify"
)

// Example is an item with what is known of its place on the grid.
type Example struct {
	UID    string
	Source string // the repository or project that it is from
	Item   *classify.Item
	// Forced and Long are +1 for yes, -1 for no, 0 where nothing is known.
	Forced, Long int
	// Weight is how much a training counts it; 1 for a label that a reader gave to this very item.
	Weight float64

	words [2]map[string]int // of title and body, counted when they are first needed
}

// Title is the item's title.
func (e *Example) Title() string { return e.Item.Title }

// label is a line of a file of labels.
type label struct {
	UID     string `json:"uid"`
	Drive   string `json:"drive"`
	Horizon string `json:"horizon"`
}

// ReadLabelled reads items (the lines of `workmix classify`) and their labels, {"uid", "drive", "horizon"} a line.
// Items without a label are left out; a label without its item, and a labelled item that comes twice, is an error. The order is that of the items.
func ReadLabelled(itemsFile, labelsFile string) ([]Example, error) {
	labels := map[string]label{}
	err := eachLine(labelsFile, func(b []byte) error {
		var l label
		if err := json.Unmarshal(bytes.TrimPrefix(b, []byte("\ufeff")), &l); err != nil {
			return fmt.Errorf("not a label: %w", err)
		}
		if l.UID == "" {
			return errors.New("not a label: uid is needed")
		}
		if sign(l.Drive, "forced", "discretionary") == 0 && l.Drive != "" {
			return fmt.Errorf("drive %q is neither forced nor discretionary", l.Drive)
		}
		if sign(l.Horizon, "long", "short") == 0 && l.Horizon != "" {
			return fmt.Errorf("horizon %q is neither long nor short", l.Horizon)
		}
		if have, ok := labels[l.UID]; ok && have != l {
			return fmt.Errorf("%q has another label already: leave one of the two", l.UID)
		}
		labels[l.UID] = l
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []Example
	read := map[string]bool{}
	err = eachLine(itemsFile, func(b []byte) error {
		o, err := classify.ReadOffline(b)
		if err != nil {
			return err
		}
		l, ok := labels[o.UID]
		if !ok {
			return nil
		}
		if read[o.UID] {
			return fmt.Errorf("%q stood above already: leave one of the two", o.UID)
		}
		read[o.UID] = true
		e := Example{UID: o.UID, Source: SourceOf(o.UID), Item: o.Item(), Weight: 1}
		e.Label(l.Drive, l.Horizon)
		out = append(out, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, uid := range slices.Sorted(maps.Keys(labels)) {
		if !read[uid] {
			return nil, fmt.Errorf("%d labels of %s, %q among them, have no item in %s", len(labels)-len(read), labelsFile, uid, itemsFile)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s holds no label", labelsFile)
	}
	return out, nil
}

// Label says where the example lies: drive forced or discretionary, horizon long or short; anything else: not known.
func (e *Example) Label(drive, horizon string) {
	e.Forced, e.Long = sign(drive, "forced", "discretionary"), sign(horizon, "long", "short")
}

func sign(v, plus, minus string) int {
	switch v {
	case plus:
		return 1
	case minus:
		return -1
	}
	return 0
}

var number = regexp.MustCompile(`[#-]\d+$`)

// SourceOf is the repository or project of an item: its uid without the number at its end.
func SourceOf(uid string) string { return number.ReplaceAllString(uid, "") }

// eachLine calls do for every line that is not empty. Errors name the file and the line.
func eachLine(file string, do func([]byte) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if len(line) > 1 {
			if err := do(line); err != nil {
				return fmt.Errorf("%s:%d: %w", file, n, err)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
}
