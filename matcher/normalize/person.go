package normalize

import "bytes"

// PersonOf reports whether the name looks like the person who has the part of an e-mail address before the @: "John
// Smith" and john.smith. It needs two to four words, all of them Core, each found whole.
func (n *Name) PersonOf(local []byte) bool {
	const longest = 64
	if n.Status != OK || len(n.Readings) == 0 || len(local) > longest {
		return false
	}
	words := n.Readings[0].Words
	if len(words) < 2 || len(words) > 4 {
		return false
	}
	var lower [longest]byte
	rest := lower[:len(local)]
	for i, c := range local {
		rest[i] = byteClass[c]
	}
	for i := range words {
		w := &words[i]
		if w.Class == Legal || w.Class == Number || w.Class == Conjunction || len(w.Text) < 2 || !cutWord(rest, w.Text) {
			return false
		}
	}
	for _, c := range rest {
		if c >= 'a' {
			return false
		}
	}
	return true
}

// cutWord blanks the first occurrence of word in rest.
func cutWord(rest, word []byte) bool {
	i := bytes.Index(rest, word)
	if i < 0 {
		return false
	}
	clear(rest[i : i+len(word)])
	return true
}
