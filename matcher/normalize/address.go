package normalize

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// address is an e-mail or web address with its parts told apart.
type address struct{ local, host, path []byte }

// maxTokens bounds how many words of a text are tried.
const maxTokens = 16

// parseTokens reads the first word of the text that is an address.
func (d *Domain) parseTokens(text []byte) bool {
	for range maxTokens {
		var token []byte
		token, text = nextToken(text)
		if len(token) == 0 {
			return false
		}
		if a, ok := splitAddress(token); ok && d.set(a) {
			return true
		}
	}
	return false
}

// parseRepaired reads the text as one address after putting right what people do to dots: "acme,com", "john @ acme .com",
// "www acme com".
func (d *Domain) parseRepaired(text []byte) {
	switch {
	case bytes.ContainsAny(text, ".,"):
		d.repaired = joinDots(d.repaired[:0], text)
	case spacedHost(text):
		d.repaired = append(d.repaired[:0], text...)
		for i, c := range d.repaired {
			if asciiSpace(c) {
				d.repaired[i] = '.'
			}
		}
	default:
		return
	}
	d.parseTokens(d.repaired)
}

// joinDots appends the text with commas between letters made dots, and without spaces around dots and @. A dot that ends
// a word before one with a capital stays at the end of its word: "Acme Inc. Berlin".
func joinDots(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == ',' && i > 0 && i+1 < len(text) && !asciiSpace(text[i-1]) && !asciiSpace(text[i+1]) {
			c = '.'
		}
		if !asciiSpace(c) {
			dst = append(dst, c)
			continue
		}
		for i+1 < len(text) && asciiSpace(text[i+1]) {
			i++
		}
		if i+1 == len(text) || !joined(dst, text[i+1]) {
			dst = append(dst, ' ')
		}
	}
	return dst
}

// joined reports whether what is before spaces and the byte after them belong together.
func joined(before []byte, after byte) bool {
	n := len(before)
	if n == 0 || after == '.' || after == '@' || before[n-1] == '@' {
		return n > 0
	}
	capital := 'A' <= after && after <= 'Z' && n > 1 && 'a' <= before[n-2] && before[n-2] <= 'z'
	return before[n-1] == '.' && !capital
}

func asciiSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// spacedHost reports whether a text without dots is a host with spaces in their place. That is believed only of
// "www acme com" and "acme com", because "Acme Group" would be a host too.
func spacedHost(s []byte) bool {
	first, rest, ok := bytes.Cut(bytes.TrimSpace(s), []byte(" "))
	if !ok || len(rest) > maxHost {
		return false
	}
	if bytes.EqualFold(first, []byte("www")) {
		return bytes.Count(rest, []byte(" ")) <= 2
	}
	return bytes.EqualFold(rest, []byte("com")) || bytes.EqualFold(rest, []byte("net")) || bytes.EqualFold(rest, []byte("org"))
}

// nextToken returns the first word of the text and what follows.
func nextToken(text []byte) (token, rest []byte) {
	start := 0
	for start < len(text) {
		size, between := separator(text[start:])
		if !between {
			break
		}
		start += size
	}
	end := start
	for end < len(text) {
		if c := text[end]; c < utf8.RuneSelf && marks[c]&separates == 0 {
			end++
			continue
		}
		size, between := separator(text[end:])
		if between {
			break
		}
		end += size
	}
	return text[start:end], text[end:]
}

// separator reports whether the rune that a text begins with stands between addresses, and how long it is.
func separator(text []byte) (size int, between bool) {
	if c := text[0]; c < utf8.RuneSelf {
		return 1, marks[c]&separates != 0
	}
	r, size := utf8.DecodeRune(text)
	switch r {
	case '“', '”', '„', '‟', '‘', '’', '‚', '‹', '›', '«', '»', '´', '，', '、', '；', '（', '）', '＜', '＞', '「', '」':
		return size, true
	}
	return size, unicode.IsSpace(r)
}

// What an ASCII byte does in an address.
const (
	separates   = 1 << iota // between addresses
	endsHost                // begins path, query or fragment
	aroundHost              // may stand around a host, but is not part of it
	aroundLocal             // may stand around a mailbox
)

var marks = func() (t [256]uint8) {
	set := func(bit uint8, chars string) {
		for i := range len(chars) {
			t[chars[i]] |= bit
		}
	}
	for c := range byte(' ') {
		t[c] |= separates
	}
	set(separates, " <>()[]{}\";|,`\x7f")
	set(endsHost, `/\?#%`)
	set(aroundHost, ".'!*_-=:")
	set(aroundLocal, ".:'@")
	return t
}()

// trimMarks cuts bytes with a mark off both ends.
func trimMarks(s []byte, bit uint8) []byte {
	for len(s) > 0 && marks[s[0]]&bit != 0 {
		s = s[1:]
	}
	for len(s) > 0 && marks[s[len(s)-1]]&bit != 0 {
		s = s[:len(s)-1]
	}
	return s
}

// splitAddress tells the parts of an address apart; it reports false for one without a host.
func splitAddress(token []byte) (a address, ok bool) {
	token, web := cutSchemes(token)
	at, end := -1, len(token)
	for i, c := range token {
		if c == '@' {
			at = i
		} else if marks[c]&endsHost != 0 {
			end = i
			break
		}
	}
	a.host, a.path = token[at+1:end], token[end:]
	if at >= 0 && !web {
		a.local = trimMarks(token[:at], aroundLocal)
	}
	for i, c := range a.host {
		if c == ':' {
			a.host = a.host[:i]
			break
		}
	}
	a.host = trimMarks(a.host, aroundHost)
	return a, len(a.host) > 0
}

// cutSchemes takes "https://", "mailto:" and the like off a token, however mistyped and however many. web is whether
// one had slashes, after which a name before an @ is a user's, not a mailbox.
func cutSchemes(token []byte) (rest []byte, web bool) {
	for range 4 {
		word := 0
		for word < len(token) && (isAlnum(token[word]) || token[word] == '-') {
			word++
		}
		marks, slashes, colons := schemeMarks(token[word:])
		if slashes+colons == 0 || !schemeBefore(token[:word], slashes, colons) {
			break
		}
		token = token[word+marks:]
		web = web || slashes > 0
	}
	return token, web
}

// schemeMarks counts the marks that a text begins with, and how many of them are slashes and colons.
func schemeMarks(text []byte) (marks, slashes, colons int) {
	for _, c := range text {
		switch c {
		case '/', '\\':
			slashes++
		case ':', ';':
			colons++
		case '.':
		default:
			return marks, slashes, colons
		}
		marks++
	}
	return marks, slashes, colons
}

// schemeBefore reports whether a word followed by so many slashes and colons is a scheme.
func schemeBefore(word []byte, slashes, colons int) bool {
	if len(word) == 0 || slashes >= 2 && colons > 0 {
		return true
	}
	var lower [8]byte
	if len(word) > len(lower) {
		return false
	}
	for i, c := range word {
		lower[i] = lowerASCII(c)
	}
	switch string(lower[:len(word)]) {
	case "http", "https", "htp", "htps", "htpp", "htpps", "hhttp", "hhttps", "httpp", "httpps", "htttp", "htttps", "http-s",
		"httsp", "hhtp", "hhtps", "ttp", "ttps", "hptt", "hptts", "hppt", "hppts", "htt", "ftp", "ftps", "sftp":
		return true
	case "mailto", "email", "e-mail", "mail", "web", "website", "url", "site", "homepage", "domain", "smtp":
		return colons > 0
	}
	return false
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
