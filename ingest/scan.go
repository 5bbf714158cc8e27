package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
)

// The bodies that [Transport] returns are valid JSON. What follows takes them apart without checking every byte once
// more, which is most of what reading long lists costs. Of text that is no JSON it returns an error or parts of it, and
// never reads beyond its end.

var errNoJSON = errors.New("the text is no JSON")

// Elements returns the elements of a JSON array, as they stand in it.
func Elements(array []byte) ([]json.RawMessage, error) {
	out := []json.RawMessage{}
	err := parts(array, '[', ']', func(_, _, from, to int) error {
		out = append(out, json.RawMessage(array[from:to:to]))
		return nil
	})
	return out, err
}

// Members calls do with each member of a JSON object: its name as it is written, between the quotes, and its value.
func Members(object []byte, do func(name, value []byte) error) error {
	return parts(object, '{', '}', func(_, name, from, to int) error {
		return do(object[name+1:nameEnd(object, name)-1], object[from:to:to])
	})
}

// Without returns a JSON object without the members of a name, and the value of the last of those; nil: there is none.
func Without(object []byte, name string) (rest, value []byte, err error) {
	rest = make([]byte, 0, len(object))
	kept, first := 0, true
	err = parts(object, '{', '}', func(start, at, from, to int) error {
		if string(object[at+1:nameEnd(object, at)-1]) == name {
			value = object[from:to:to]
			rest = append(rest, object[kept:start]...)
			kept = to
			return nil
		}
		if first && kept > 0 { // what stood before it is gone: so is the comma between
			kept = at
		}
		first = false
		return nil
	})
	return append(rest, object[kept:]...), value, err
}

// parts calls do for each element of an array or member of an object: start is behind the part before it, name where its
// name stands if it is a member, from and to are those of its value.
func parts(b []byte, open, end byte, do func(start, name, from, to int) error) error {
	i := space(b, 0)
	if i == len(b) || b[i] != open {
		return errNoJSON
	}
	if i = space(b, i+1); i < len(b) && b[i] == end {
		return nil
	}
	for start := i; ; {
		name := 0
		if open == '{' {
			name = space(b, i)
			if i = space(b, nameEnd(b, name)); i == len(b) || b[i] != ':' || name == i {
				return errNoJSON
			}
			i++
		}
		from := space(b, i)
		to := valueEnd(b, from)
		if to == from || to > len(b) {
			return errNoJSON
		}
		if err := do(start, name, from, to); err != nil {
			return err
		}
		start = to
		switch i = space(b, to); {
		case i == len(b):
			return errNoJSON
		case b[i] == end:
			return nil
		case b[i] != ',':
			return errNoJSON
		}
		i++
	}
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// nameEnd returns where the string at i ends, behind its quote; i: there is none.
func nameEnd(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return i
	}
	for j := i + 1; ; {
		n := bytes.IndexByte(b[j:], '"')
		if n < 0 {
			return i
		}
		j += n
		slashes := 0
		for b[j-1-slashes] == '\\' { // the opening quote ends it
			slashes++
		}
		if j++; slashes%2 == 0 {
			return j
		}
	}
}

// valueEnd returns where the value at i ends; i: there is none.
func valueEnd(b []byte, i int) int {
	if i >= len(b) {
		return i
	}
	switch b[i] {
	case '"':
		return nameEnd(b, i)
	case '{', '[':
		depth := 0
		for j := i; j < len(b); {
			switch b[j] {
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return j + 1
				}
			case '"':
				e := nameEnd(b, j)
				if e == j {
					return i
				}
				j = e
				continue
			}
			j++
		}
		return i
	}
	j := i
	for j < len(b) && b[j] != ',' && b[j] != '}' && b[j] != ']' && b[j] > ' ' {
		j++
	}
	return j
}
