package classify

// stem takes common endings off a word in lower case, so that "crashes", "crashed" and "crashing" are one. It works in
// place and returns a part of b. It knows no language but English and never leaves less than three letters: a word of
// another language is at worst cut the same way each time.
func stem(b []byte) []byte {
	n := len(b)
	switch {
	case n < 4:
		return b
	case ends(b, "ies"):
		b = append(b[:n-3], 'y')
	case ends(b, "sses"), ends(b, "shes"), ends(b, "ches"), ends(b, "xes"):
		b = b[:n-2]
	case b[n-1] == 's' && b[n-2] != 's' && b[n-2] != 'u' && b[n-2] != 'i':
		b = b[:n-1]
	}
	switch {
	case len(b) > 5 && ends(b, "ing"):
		b = undouble(b[:len(b)-3])
	case len(b) > 4 && ends(b, "ed") && b[len(b)-3] != 'e':
		b = undouble(b[:len(b)-2])
	case len(b) > 5 && ends(b, "ly"):
		b = b[:len(b)-2]
	}
	if len(b) > 6 && ends(b, "ation") {
		b = b[:len(b)-3] // "migration" and "migrate" both become "migrat"
	}
	if len(b) > 4 && b[len(b)-1] == 'e' {
		b = b[:len(b)-1]
	}
	return b
}

func ends(b []byte, s string) bool { return len(b) >= len(s) && string(b[len(b)-len(s):]) == s }

// undouble makes "stopp" "stop", but leaves "fall", "miss" and "buzz".
func undouble(b []byte) []byte {
	n := len(b)
	if n > 3 && b[n-1] == b[n-2] && b[n-1] != 'l' && b[n-1] != 's' && b[n-1] != 'z' {
		return b[:n-1]
	}
	return b
}

// Terms calls each for every word of a text that a model may know, stemmed: letters alone, from 2 to 20 bytes. What is
// no plain word (addresses, mentions, keys, identifiers, paths, numbers) is passed over. The text is in lower case and
// is not changed; the bytes that each gets are its own only until it returns.
func Terms(text []byte, each func(word []byte)) {
	var buf [24]byte
	for i := 0; i < len(text); {
		if !glue(text[i]) {
			i++
			continue
		}
		from, plain := i, true
		for ; i < len(text) && glue(text[i]); i++ {
			plain = plain && letter(text[i])
		}
		end := i
		for end > from && !letter(text[end-1]) && (text[end-1] == '.' || text[end-1] == ':' || text[end-1] == '\'') {
			end-- // the end of a sentence
		}
		if !plain {
			plain = true
			for _, c := range text[from:end] {
				plain = plain && letter(c)
			}
		}
		if plain && end-from >= 2 && end-from <= 20 {
			each(stem(append(buf[:0], text[from:end]...)))
			continue
		}
		parts(text[from:end], buf[:0], each)
	}
}

// parts finds the words of a run such as "client-side", "don't" or "read/write"; a run with anything else in it is none.
func parts(run, buf []byte, each func([]byte)) {
	for _, c := range run {
		if !letter(c) && c != '-' && c != '\'' {
			return
		}
	}
	for len(run) > 0 {
		n := 0
		for n < len(run) && run[n] != '-' {
			n++
		}
		word := run[:n]
		for k, c := range word {
			if c == '\'' {
				word = word[:k]
				break
			}
		}
		if len(word) >= 2 && len(word) <= 20 {
			each(stem(append(buf[:0], word...)))
		}
		run = run[min(n+1, len(run)):]
	}
}

// letter: bytes of other scripts count as letters.
func letter(c byte) bool { return 'a' <= c && c <= 'z' || c >= 0x80 }

// glue: the bytes that hold together what is one address, key, path or identifier.
func glue(c byte) bool {
	return letter(c) || '0' <= c && c <= '9' || c == '_' || c == '@' || c == '/' || c == ':' || c == '.' || c == '-' || c == '\'' || c == '#' || c == '\\' || c == '$' || c == '%' || c == '&' || c == '='
}
