package main

import (
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/leadmatch/leadmatch/bench/book"
	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/matcher"
)

// shape is what the time of a search depends on in names.
type shape struct {
	names, words, bytes int
	lengths             [6]int // names of so many words; the last: or more
	perWord             []int  // names that have a word, most first
	once                int    // words that one name has
	unique              int    // names that one account has
}

// compare prints the shapes of real names and of as many made-up ones, side by side.
func compare(path string, out, _ io.Writer) error {
	actual, err := shapeOf(book.Read(path))
	if err != nil {
		return err
	}
	made, err := shapeOf(corpus.New(1, actual.names).Accounts())
	if err != nil {
		return err
	}
	line := func(what, format string, f func(*shape) float64) {
		fmt.Fprintf(out, "%-38s %10s %10s\n", what, fmt.Sprintf(format, f(actual)), fmt.Sprintf(format, f(made)))
	}
	fmt.Fprintf(out, "%-38s %10s %10s\n", "", "real", "made up")
	share := func(n func(*shape) int) func(*shape) float64 {
		return func(s *shape) float64 { return float64(n(s)) / float64(s.names) }
	}
	line("words a name", "%.2f", share(func(s *shape) int { return s.words }))
	line("bytes a name", "%.1f", share(func(s *shape) int { return s.bytes }))
	for n := 1; n < len(actual.lengths); n++ {
		more := map[bool]string{true: " or more"}[n == len(actual.lengths)-1]
		line(fmt.Sprintf("names of %d%s words", n, more), "%.3f", share(func(s *shape) int { return s.lengths[n] }))
	}
	for rank := 1; rank <= len(made.perWord) && rank <= len(actual.perWord); rank *= 10 {
		what := fmt.Sprintf("names with word %d, of a million", rank)
		line(what, "%.1f", func(s *shape) float64 { return 1e6 * float64(s.perWord[rank-1]) / float64(s.names) })
	}
	line("distinct words a name", "%.3f", share(func(s *shape) int { return len(s.perWord) }))
	line("distinct words that one name has", "%.3f", func(s *shape) float64 { return float64(s.once) / float64(len(s.perWord)) })
	line("names that no other account has", "%.3f", share(func(s *shape) int { return s.unique }))
	return nil
}

func shapeOf(accounts iter.Seq2[*matcher.Account, error]) (*shape, error) {
	s := &shape{}
	holders, names := map[string]int{}, map[string]int{}
	for a, err := range accounts {
		if err != nil {
			return nil, err
		}
		words := wordsOf(a.Name)
		s.names++
		s.words += len(words)
		s.bytes += len(a.Name)
		s.lengths[min(len(words), len(s.lengths)-1)]++
		names[strings.ToLower(a.Name)]++
		slices.Sort(words)
		for _, w := range slices.Compact(words) {
			holders[w]++
		}
	}
	s.perWord = slices.Sorted(maps.Values(holders))
	s.once, _ = slices.BinarySearch(s.perWord, 2)
	slices.Reverse(s.perWord)
	for _, n := range names {
		if n == 1 {
			s.unique++
		}
	}
	return s, nil
}
