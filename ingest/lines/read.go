package lines

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/workmix/workmix/internal/event"
)

// The forms in which lines are handed over.
const (
	Lines = "jsonl" // an object a line
	List  = "json"  // a list of objects; its "lines" are counted from 1
	CSV   = "csv"   // a line of names, then an item a line; lists with ; between their values
)

// line is one line as it was handed over.
type line struct {
	number int
	row    event.Row
	field  string // the one that is wrong
	err    error  // what is wrong with it, or nil
}

// errStop ends a reading.
var errStop = errors.New("stop")

// read calls do with each line. Its error says that the rest cannot be read, or is do's.
func read(in io.Reader, form string, do func(*line) error) error {
	fields := map[string]*Field{}
	all := Fields()
	for i := range all {
		fields[all[i].Name] = &all[i]
	}
	switch form {
	case Lines:
		return readLines(in, fields, do)
	case List:
		return readList(in, fields, do)
	case CSV:
		return readCSV(in, fields, do)
	}
	return fmt.Errorf("form %q is none of %s, %s, %s", form, Lines, List, CSV)
}

func readLines(in io.Reader, fields map[string]*Field, do func(*line) error) error {
	r := bufio.NewReaderSize(in, 64<<10)
	for n := 1; ; n++ {
		text, err := readLine(r)
		l := &line{number: n}
		switch {
		case errors.Is(err, errLong):
			l.err = fmt.Errorf("it is longer than %d bytes", maxLine)
		case err != nil && !errors.Is(err, io.EOF):
			return err
		default:
			if n == 1 {
				text = bytes.TrimPrefix(text, []byte("\ufeff"))
			}
			if text = bytes.TrimSpace(text); len(text) > 0 {
				l.object(text, fields)
			}
		}
		if len(text) > 0 || l.err != nil {
			if err := do(l); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
	}
}

var errLong = errors.New("the line is too long")

// readLine returns the next line, with io.EOF the last. Of one that is too long it reads all and keeps nothing.
func readLine(r *bufio.Reader) (text []byte, err error) {
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(text)+len(part) > maxLine; !long {
			text = append(text, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if long && (err == nil || errors.Is(err, io.EOF)) {
			return nil, errLong
		}
		return text, err
	}
}

func readList(in io.Reader, fields map[string]*Field, do func(*line) error) error {
	d := json.NewDecoder(in)
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		if err != nil && !errors.As(err, new(*json.SyntaxError)) && !errors.Is(err, io.EOF) {
			return err
		}
		return errors.New("it is not a list of objects: [{...}, {...}]; an object a line is jsonl")
	}
	for n := 1; d.More(); n++ {
		var text json.RawMessage
		if err := d.Decode(&text); err != nil {
			return broken(n, err)
		}
		l := &line{number: n}
		if len(text) > maxLine {
			l.err = fmt.Errorf("it is longer than %d bytes", maxLine)
		} else {
			l.object(text, fields)
		}
		if err := do(l); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return broken(0, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the list")
	}
	return nil
}

// broken is an error of JSON that cannot be read on.
func broken(n int, err error) error {
	if errors.As(err, new(*json.SyntaxError)) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		if n == 0 {
			return fmt.Errorf("the list is not ended: %w", err)
		}
		return &Problem{Line: n, Text: "it is not JSON, and what follows was not read: " + err.Error()}
	}
	return err
}

// object reads one object.
func (l *line) object(text []byte, fields map[string]*Field) {
	l.field, l.err = l.members(text, fields)
}

func (l *line) members(text []byte, fields map[string]*Field) (string, error) {
	if !utf8.Valid(text) {
		return "", errors.New("it is not UTF-8: save the file as UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return "", errors.New(`it is not a JSON object such as {"key": "PD-1", "title": "Down", "created_at": "2026-03-04T05:06:07Z"}`)
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return "", fmt.Errorf("it is not JSON: %w", err)
		}
		name, ok := t.(string)
		if !ok {
			return "", errors.New("it is not JSON: a name is wanted")
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return "", fmt.Errorf("it is not JSON: %w", err)
		}
		f := fields[name]
		if f == nil {
			return "", unknown(name, fields)
		}
		if seen[name] {
			return name, errors.New("it is there twice")
		}
		seen[name] = true
		given, err := jsonValue(v)
		if err == nil && given != nil {
			err = f.set(&l.row, *given)
		}
		if err != nil {
			return name, err
		}
	}
	if _, err := d.Token(); err != nil {
		return "", fmt.Errorf("it is not JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "", errors.New("something follows the object: write one object a line")
	}
	return "", nil
}

// jsonValue returns what a member says, or nil for null.
func jsonValue(v json.RawMessage) (*value, error) {
	switch v[0] {
	case '{':
		return nil, errors.New("it is an object: give one value")
	case '[':
		var list []string
		if json.Unmarshal(v, &list) != nil {
			return nil, errors.New("its values must be texts")
		}
		return &value{list: list, many: true}, nil
	case '"':
		var text string
		if err := json.Unmarshal(v, &text); err != nil {
			return nil, err
		}
		return &value{text: text}, nil
	case 'n':
		return nil, nil
	}
	return &value{text: string(v)}, nil // a number, or true or false
}

// unknown says that there is no such field, and which one may be meant.
func unknown(name string, fields map[string]*Field) error {
	for known := range fields {
		if plain(known) == plain(name) {
			return fmt.Errorf("there is no field %.60q: it is written %s", name, known)
		}
	}
	return fmt.Errorf("there is no field %.60q: docs/import.md lists those there are", name)
}

func readCSV(in io.Reader, fields map[string]*Field, do func(*line) error) error {
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	names, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return csvError(err)
	}
	columns := make([]*Field, len(names))
	seen := map[string]bool{}
	for i, name := range names {
		name = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
		f := fields[name]
		switch {
		case len(names) == 1 && strings.ContainsAny(name, ";\t"):
			return &Problem{Line: 1, Text: "its names are not separated by commas: save the file as comma-separated values"}
		case f == nil:
			return &Problem{Line: 1, Text: unknown(name, fields).Error()}
		case seen[name]:
			return &Problem{Line: 1, Field: name, Text: "two columns bear this name"}
		}
		seen[name], columns[i] = true, f
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return csvError(err)
		}
		l := &line{}
		l.number, _ = r.FieldPos(0)
		l.field, l.err = l.cells(cells, columns)
		if err := do(l); err != nil {
			return err
		}
	}
}

func (l *line) cells(cells []string, columns []*Field) (string, error) {
	if len(cells) != len(columns) {
		return "", fmt.Errorf("it has %d cells, the first line has %d names", len(cells), len(columns))
	}
	for i, text := range cells {
		f := columns[i]
		if !utf8.ValidString(text) {
			return f.Name, errors.New("it is not UTF-8: save the file as UTF-8")
		}
		v := value{text: text}
		if f.Type == "list" {
			v = value{list: strings.Split(text, ";"), many: true}
		}
		if err := f.set(&l.row, v); err != nil {
			return f.Name, err
		}
	}
	return "", nil
}

func csvError(err error) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return &Problem{Line: p.StartLine, Text: fmt.Sprintf("it is not CSV, and what follows was not read: %v", p.Err)}
	}
	return err
}
