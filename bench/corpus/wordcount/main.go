// Wordcount makes words.tsv, the word frequencies that the corpus is drawn from, out of real organization names:
//
//	go run ./bench/corpus/wordcount ACCOUNTS.jsonl.gz > bench/corpus/words.tsv
//	go run ./bench/corpus/wordcount -compare ACCOUNTS.jsonl.gz
//
// The second prints how the names of a corpus of as many accounts differ from the real ones.
//
// Only words that at least 50 names hold are kept, with counts rounded to two digits: a statistic that tells nothing of
// any single name. Words with digits are left out; so is how long the names are and how often a word is a rare one, which is
// printed to standard error, for the constants in corpus.go.
package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/leadmatch/leadmatch/bench/book"
)

const (
	fewest = 50 // names that must hold a word for it to be kept
	digits = 2  // of a count
)

func main() {
	compared := flag.Bool("compare", false, "print how the corpus differs from the names")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: wordcount [-compare] ACCOUNTS.jsonl.gz")
		os.Exit(2)
	}
	do := run
	if *compared {
		do = compare
	}
	if err := do(flag.Arg(0), os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "wordcount:", err)
		os.Exit(1)
	}
}

// counts are how often each word occurs, apart for the last word of a name, where legal forms stand.
type counts struct {
	inner, last map[string]int
	lengths     map[int]int
}

func run(path string, out, notes io.Writer) error {
	c := counts{map[string]int{}, map[string]int{}, map[int]int{}}
	for a, err := range book.Read(path) {
		if err != nil {
			return err
		}
		c.add(a.Name)
	}
	c.describe(notes)
	return c.write(out)
}

// wordsOf returns the words of a name, in lower case.
func wordsOf(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
}

func (c *counts) add(name string) {
	words := wordsOf(name)
	if len(words) == 0 {
		return
	}
	c.lengths[len(words)]++
	for _, w := range words[:len(words)-1] {
		c.inner[w]++
	}
	if len(words) > 1 { // the only word of a name is not one that stands at the end of names
		c.last[words[len(words)-1]]++
	} else {
		c.inner[words[0]]++
	}
}

// write writes a line "word, inner, last" for each word that is kept, the most frequent first.
func (c *counts) write(w io.Writer) error {
	both := maps.Clone(c.inner)
	for word, n := range c.last {
		both[word] += n
	}
	words := slices.Collect(maps.Keys(both))
	words = slices.DeleteFunc(words, func(w string) bool { return both[w] < fewest })
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(cmp.Compare(both[b], both[a]), cmp.Compare(a, b)) })
	b := bufio.NewWriter(w)
	for _, word := range words {
		fmt.Fprintf(b, "%s\t%d\t%d\n", word, round(c.inner[word]), round(c.last[word]))
	}
	return b.Flush()
}

func round(n int) int {
	unit := 1
	for n/unit >= int(math.Pow10(digits)) {
		unit *= 10
	}
	return (n + unit/2) / unit * unit
}

// describe says what the table does not: how long names are, and how much of the words is too rare for it.
func (c *counts) describe(w io.Writer) {
	for n := 1; n <= 12; n++ {
		fmt.Fprintf(w, "names of %d words: %d\n", n, c.lengths[n])
	}
	for place, words := range map[string]map[string]int{"inner": c.inner, "last": c.last} {
		all, rare, distinct, once := 0, 0, 0, 0
		for word, n := range words {
			all += n
			if c.inner[word]+c.last[word] < fewest {
				rare += n
				distinct++
			}
			if c.inner[word]+c.last[word] == 1 {
				once++
			}
		}
		fmt.Fprintf(w, "%s: %d words, of which rare %d (%d distinct, %d once)\n", place, all, rare, distinct, once)
	}
}
