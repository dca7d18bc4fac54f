package similarity

import "strings"

// textbookOSA is the slow twin of the OSA distance: the whole matrix, as the definition has it.
func textbookOSA(a, b string) int {
	s, t := clipped(a), clipped(b)
	d := make([][]int, len(s)+1)
	for i := range d {
		d[i] = make([]int, len(t)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(s); i++ {
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(s)][len(t)]
}

// clipped returns the runes that are compared.
func clipped(s string) []rune {
	r := []rune(s)
	return r[:min(len(r), MaxRunes)]
}

// source draws bytes for random texts from a seed or from a fuzzer's input.
type source interface{ IntN(n int) int }

// alphabets are few letters, so that random texts have much in common, of one byte a rune and of more; the last has
// bytes that are no runes.
var alphabets = []string{"abc", "abcdef012 ", "aäbößé", "株式会社日立a", "😀😁é a", "a\xffb\xc3\xa9"}

func randomText(r source, most int) string {
	alphabet := alphabets[r.IntN(len(alphabets))]
	n := r.IntN(most + 1)
	var out strings.Builder
	if alphabet == alphabets[5] {
		for range n {
			out.WriteByte(alphabet[r.IntN(len(alphabet))])
		}
		return out.String()
	}
	letters := []rune(alphabet)
	for range n {
		out.WriteRune(letters[r.IntN(len(letters))])
	}
	return out.String()
}

// edited returns s with a few random edits, so that pairs are also found that are close.
func edited(r source, s string) string {
	t := []rune(s)
	for range r.IntN(4) {
		if len(t) == 0 {
			return "x"
		}
		i := r.IntN(len(t))
		switch r.IntN(4) {
		case 0:
			t = append(t[:i:i], t[i+1:]...)
		case 1:
			t = append(t[:i:i], append([]rune{'x'}, t[i:]...)...)
		case 2:
			t[i] = 'é'
		default:
			if i > 0 {
				t[i], t[i-1] = t[i-1], t[i]
			}
		}
	}
	return string(t)
}
