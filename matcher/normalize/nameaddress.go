package normalize

import "strings"

// maxAddress is how many bytes of a text are looked at for an address.
const maxAddress = 1024

// findAddress sets n.Address, and n.Status when the text is nothing but an address, and returns the text that remains
// to be read as a name: for a web address its most telling label.
func (n *Name) findAddress(s string) string {
	s = strings.TrimSpace(s[:min(len(s), maxAddress)])
	at := strings.IndexByte(s, '@')
	dot := strings.IndexByte(s, '.')
	if dot < 0 {
		return s
	}
	if at > 0 {
		if begin, end := fieldAround(s, at); isEmail(s[begin:end]) {
			n.Address = s[begin:end]
			rest := without(s, begin, end)
			if !hasLetter(rest) {
				n.Status = Email
			}
			return rest
		}
		return s
	}
	begin := webStart(s)
	if begin < 0 {
		return s
	}
	_, end := fieldAround(s, begin)
	host := hostOf(s[begin:end])
	if strings.IndexByte(host, '.') < 0 {
		return s
	}
	n.Address = s[begin:end]
	if rest := without(s, begin, end); hasLetter(rest) {
		return rest
	}
	n.Status = URL
	return chosenLabel(host)
}

// addressOnly is for a text that holds an address and else only what names nothing: the address is all there is.
func (n *Name) addressOnly() string {
	if strings.IndexByte(n.Address, '@') >= 0 {
		n.Status = Email
		return ""
	}
	n.Status = URL
	return chosenLabel(hostOf(n.Address))
}

// fieldAround returns the bounds of the text without spaces or brackets around position i.
func fieldAround(s string, i int) (begin, end int) {
	const outside = " \t\r\n<>()[]{}\"',;|"
	begin = strings.LastIndexAny(s[:i], outside) + 1
	end = len(s)
	if k := strings.IndexAny(s[i:], outside); k >= 0 {
		end = i + k
	}
	for end > i && s[end-1] == '.' {
		end--
	}
	return begin, end
}

// without returns the larger part of s outside of [begin, end): what a person wrote beside an address.
func without(s string, begin, end int) string {
	before, after := strings.Trim(s[:begin], " \t<([,;-|"), strings.Trim(s[end:], " \t>)],;-|")
	if len(before) >= len(after) {
		return before
	}
	return after
}

func hasLetter(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c >= 'a' && c <= 'z' || s[i] >= 0x80 {
			return true
		}
	}
	return false
}

// isEmail is a rough test: something, an at sign, a host with a point and a letter after it.
func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 {
		return false
	}
	dot := strings.LastIndexByte(s, '.')
	return dot > at+1 && dot < len(s)-2 && hasLetter(s[dot:])
}

// webStart returns where a web address starts; -1: there is none. Without a scheme or www, only a text that is nothing
// but a host of three labels, or a host with a path, is one: Booking.com is a name.
func webStart(s string) int {
	for i := 0; i < len(s); i++ {
		if c := s[i] | 0x20; c != 'h' && c != 'w' || i > 0 && strings.IndexByte(" \t(<[,;|", s[i-1]) < 0 {
			continue
		}
		if rest := s[i:]; hasPrefixFold(rest, "http://") || hasPrefixFold(rest, "https://") || hasPrefixFold(rest, "www.") {
			return i
		}
	}
	if strings.ContainsAny(s, " \t,&()") || !hasLetter(s) {
		return -1
	}
	host := hostOf(s)
	labels := strings.Count(host, ".") + 1
	last := host[strings.LastIndexByte(host, '.')+1:]
	first, _, _ := strings.Cut(host, ".")
	if len(first) < 2 || labels < 2 || !isTopLevel(last) {
		return -1
	}
	if len(host) < len(s) && s[len(host)] == '/' && len(s) > len(host)+1 || labels > 2 {
		return 0
	}
	return -1
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// isTopLevel holds for country codes and the domains that are seen in names.
func isTopLevel(label string) bool {
	var lower [16]byte
	if len(label) < 2 || len(label) > len(lower) {
		return false
	}
	for i := range len(label) {
		lower[i] = byteClass[label[i]]
		if lower[i] < 'a' {
			return false
		}
	}
	e := vocabulary.word(hash(lower[:len(label)]))
	return len(label) == 2 || e != nil && e.bits&bitSuffix != 0
}

// hostOf cuts scheme, www, port and path off.
func hostOf(s string) string {
	if i := strings.Index(s, "://"); i >= 0 {
		s = s[i+3:]
	}
	if hasPrefixFold(s, "www.") {
		s = s[4:]
	}
	if i := strings.IndexAny(s, "/?#:"); i >= 0 {
		s = s[:i]
	}
	return strings.TrimRight(s, ".")
}

// chosenLabel returns the label of a host that a company chose: acme in shop.acme.co.uk.
func chosenLabel(host string) string {
	cut := strings.LastIndexByte(host, '.')
	country := len(host)-cut == 3
	host = host[:cut]
	for {
		i := strings.LastIndexByte(host, '.')
		if i < 0 {
			return host
		}
		label := host[i+1:]
		if !country || len(label) > 3 {
			return label
		}
		host, country = host[:i], false
	}
}
