package normalize

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// appendHost appends a host in lower-case ASCII and reports whether it is one by its form: two labels or more, each of
// letters, digits and hyphens. Repeated dots count as one. Labels before the last two may have underscores.
func (d *Domain) appendHost(dst, host []byte) ([]byte, bool) {
	start := len(dst)
	for i, c := range host {
		if c >= utf8.RuneSelf {
			return d.appendUnicodeHost(dst[:start], host)
		}
		c = hostBytes[c]
		if c == 0 {
			return dst, false
		}
		if c == '.' && i > 0 && host[i-1] == '.' {
			continue
		}
		dst = append(dst, c)
	}
	return dst, validHost(dst[start:])
}

// hostBytes maps the bytes that a host may have to lower case.
var hostBytes = func() (t [utf8.RuneSelf]byte) {
	for c := range byte(utf8.RuneSelf) {
		if isAlnum(c) || c == '-' || c == '.' || c == '_' {
			t[c] = lowerASCII(c)
		}
	}
	return t
}()

// validHost checks the lengths of a host and of its labels, and where hyphens and underscores stand.
func validHost(host []byte) bool {
	if len(host) > maxHost {
		return false
	}
	labels, end := 0, len(host)
	for i := len(host) - 1; i >= -1; i-- {
		if i >= 0 && host[i] != '.' {
			if host[i] == '_' && labels < 2 {
				return false
			}
			continue
		}
		label := host[i+1 : end]
		if len(label) == 0 || len(label) > maxLabel || labels < 2 && (label[0] == '-' || label[len(label)-1] == '-') {
			return false
		}
		end = i
		labels++
	}
	return labels >= 2
}

// appendUnicodeHost is appendHost for a host with runes beyond ASCII: as IDNA has it, compatible runes are replaced,
// upper case lowered, invisible runes dropped, and what is left is encoded label by label.
func (d *Domain) appendUnicodeHost(dst, host []byte) ([]byte, bool) {
	if len(host) > maxHost || !utf8.Valid(host) {
		return dst, false
	}
	d.mapHost(host)
	mapped := d.mapped
	start := len(dst)
	for len(mapped) > 0 {
		label := mapped[:labelLen(mapped)]
		mapped = mapped[min(len(label)+1, len(mapped)):]
		if len(label) == 0 {
			continue
		}
		if len(dst) > start {
			dst = append(dst, '.')
		}
		var ok bool
		if dst, ok = appendLabel(dst, label); !ok {
			return dst, false
		}
	}
	return dst, validHost(dst[start:])
}

// mapHost sets d.mapped to the mapped form of a Unicode host. The memory is kept, because what norm.Form is given
// escapes: it must be neither the stack's nor the caller's.
func (d *Domain) mapHost(host []byte) {
	d.typed = append(d.typed[:0], host...)
	d.compatible = norm.NFKC.Append(d.compatible[:0], d.typed...)
	d.mapped = d.mapped[:0]
	for _, r := range string(d.compatible) {
		switch r {
		case '。', '．', '｡':
			r = '.'
		case 'İ':
			d.mapped = append(d.mapped, 'i')
			r = 0x307 // combining dot above
		case 0xAD, 0x200B, 0x2060, 0xFEFF, 0x200E, 0x200F: // invisible
			continue
		}
		d.mapped = utf8.AppendRune(d.mapped, unicode.ToLower(r))
	}
}

// appendLabel appends a mapped label, encoded if it needs to be.
func appendLabel(dst, label []byte) ([]byte, bool) {
	ascii := true
	for _, r := range string(label) {
		switch {
		case r < utf8.RuneSelf:
			if hostBytes[r] == 0 {
				return dst, false
			}
		case unicode.In(r, unicode.Letter, unicode.Mark, unicode.Nd, unicode.So, unicode.Join_Control):
			ascii = false
		default:
			return dst, false
		}
	}
	if ascii {
		return append(dst, label...), true
	}
	return appendEncoded(append(dst, acePrefix...), label)
}

// appendLower appends text in lower case, at most limit bytes of it.
func appendLower(dst, text []byte, limit int) []byte {
	limit += len(dst)
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if len(dst) >= limit {
				break
			}
			dst = append(dst, lowerASCII(c))
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		r = unicode.ToLower(r)
		if len(dst)+utf8.RuneLen(r) > limit {
			break
		}
		dst = utf8.AppendRune(dst, r)
		i += size
	}
	return dst
}

// appendRomanized appends lower-case text in ASCII letters, as far as its scripts have such a spelling.
func appendRomanized(dst, text []byte) []byte {
	for _, r := range string(text) {
		if r < utf8.RuneSelf || scriptOf(r) == scriptNone {
			dst = utf8.AppendRune(dst, r)
			continue
		}
		if scriptOf(r) != scriptMark {
			dst = dropMarkers(appendRoman(dst, r), len(dst))
		}
	}
	return dst
}
