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

// joinDots appends the text with commas between letters made dots, and without spaces around dots and @.
func joinDots(dst, text []byte) []byte {
	for i, c := range text {
		switch {
		case c == ',' && i > 0 && i+1 < len(text) && text[i-1] != ' ' && text[i+1] != ' ':
			c = '.'
		case asciiSpace(c) && (joins(lastByte(dst)) || joins(firstWord(text[i:]))):
			continue
		case asciiSpace(c):
			c = ' '
		}
		dst = append(dst, c)
	}
	return dst
}

func joins(c byte) bool { return c == '.' || c == '@' }

func lastByte(s []byte) byte {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1]
}

// firstWord returns the first byte that is no space.
func firstWord(s []byte) byte {
	for _, c := range s {
		if !asciiSpace(c) {
			return c
		}
	}
	return 0
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

// nextToken returns the first word of the text, without the punctuation around it, and what follows.
func nextToken(text []byte) (token, rest []byte) {
	start := -1
	for i := 0; i < len(text); {
		size, separates := separator(text[i:])
		if !separates && start < 0 {
			start = i
		}
		if separates && start >= 0 {
			return text[start:i], text[i:]
		}
		i += size
	}
	if start < 0 {
		return nil, nil
	}
	return text[start:], nil
}

// separator reports whether the rune that a text begins with stands between addresses, and how long it is.
func separator(text []byte) (size int, separates bool) {
	c := text[0]
	if c < utf8.RuneSelf {
		return 1, c <= ' ' || asciiSeparators[c]
	}
	r, size := utf8.DecodeRune(text)
	switch r {
	case '“', '”', '„', '‟', '‘', '’', '‚', '‹', '›', '«', '»', '´', '，', '、', '；', '（', '）', '＜', '＞', '「', '」':
		return size, true
	}
	return size, unicode.IsSpace(r)
}

var asciiSeparators = [utf8.RuneSelf]bool{
	'<': true, '>': true, '(': true, ')': true, '[': true, ']': true, '{': true, '}': true, '"': true, ';': true,
	'|': true, ',': true, '`': true, 0x7F: true,
}

// splitAddress tells the parts of an address apart; it reports false for what has no dot in its host.
func splitAddress(token []byte) (a address, ok bool) {
	token, web := cutSchemes(token)
	end := len(token)
	for i, c := range token {
		if c == '/' || c == '\\' || c == '?' || c == '#' || c == '%' {
			end = i
			break
		}
	}
	a.host, a.path = token[:end], token[end:]
	if i := bytes.LastIndexByte(a.host, '@'); i >= 0 {
		if !web {
			a.local = bytes.Trim(a.host[:i], ".:'@")
		}
		a.host = a.host[i+1:]
	}
	if i := bytes.IndexByte(a.host, ':'); i >= 0 {
		a.host = a.host[:i]
	}
	a.host = bytes.Trim(a.host, ".'!*_-=:")
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
