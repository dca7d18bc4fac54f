package main

import (
	"fmt"
	"math"
	"strings"
)

// What is asked about.
var (
	books = []float64{10e6, 100e6, 500e6}
	rates = []float64{1e3, 10e3, 100e3, 1e6} // leads a second

	replicas = []float64{1, 2, 3, 10}
	writes   = []float64{0, 100, 1e3, 5e3} // accounts a second
)

// How machines are used.
const (
	cores  = 16  // of a machine
	used   = 0.7 // of its cores, at most, so that latency stays low
	least  = 2   // replicas, so that one may fail
	copies = 3   // of a message in NATS
)

// Bounds of one index, from package matcher: rows.go, segment.go.
const (
	cellBytes   = 4
	maxAccounts = 1 << 28  // ownerBits
	maxRecords  = 16 << 30 // recordAlign: bytes
	maxCells    = 1 << 31  // pooled
	maxWords    = 1 << 26  // rowWordBits
)

// fits returns how many accounts one index holds, and what bounds it.
func (f *figures) fits() (accounts float64, by string) {
	accounts, by = maxAccounts, "accounts"
	for _, b := range []struct {
		by    string
		bound float64
	}{
		{"records", maxRecords / f.records},
		{"cells of names", maxCells / f.cells},
		{"distinct words", f.accountsOfWords(maxWords)},
	} {
		if b.bound < accounts {
			accounts, by = b.bound, b.by
		}
	}
	return accounts, by
}

// accountsOfWords returns how many accounts have so many distinct words, by the power that both counted books lie on.
func (f *figures) accountsOfWords(words float64) float64 {
	power := math.Log(float64(f.wordsLarge)/float64(f.wordsSmall)) / math.Log(float64(bigBook)/smallBook)
	return bigBook * math.Pow(words/float64(f.wordsLarge), 1/power)
}

// indexes returns into how many a book has to be split.
func (f *figures) indexes(accounts float64) float64 {
	most, _ := f.fits()
	return math.Ceil(accounts / most)
}

// micros are a server's of CPU for a lead against an index of so many accounts: the engine's share grows, the rest stays.
func (f *figures) micros(accounts float64) (unary, stream float64) {
	engine := f.engine * math.Pow(accounts/f.serviceAccounts, f.growth())
	return f.unaryMicros - f.engine + engine, f.streamMicros - f.engine + engine
}

// indexEach is bytes an account of the index: of the book that takes more.
func (f *figures) indexEach() float64 {
	return max(f.real.indexEach, f.sizes[len(f.sizes)-1].indexEach)
}

// blocks returns the tables, by the name of their place in the document.
func (f *figures) blocks() map[string]string {
	return map[string]string{
		"slopes": f.slopes(), "books": f.books(), "rates": f.rates(), "bounds": f.bounds(), "log": f.log(), "replicas": f.replicas(),
	}
}

// slopes says what everything else is computed from.
func (f *figures) slopes() string {
	var b strings.Builder
	a, z := f.sizes[len(f.sizes)-2], f.sizes[len(f.sizes)-1]
	two := fmt.Sprintf("%s, from %s to %s accounts", sectionSizes, count(a.accounts), count(z.accounts))
	b.WriteString("| slope | figure | measured by | section of bench/RESULTS.md |\n|---|--:|---|---|\n")
	row := func(what, figure, command, section string) {
		fmt.Fprintf(&b, "| %s | %s | `%s` | %s |\n", what, figure, command, section)
	}
	row("index, an account", fmt.Sprintf("%.0f bytes", f.indexEach()), "make million, make sizes", sectionMillion+", "+sectionSizes+": the larger")
	row("process at its peak, until SERVING, an account more", fmt.Sprintf("%.0f bytes", f.slope(peakOf)), "make sizes", two)
	row("start on two cores, a million accounts more", fmt.Sprintf("%.1f s", 1e6*f.slope(startOf)), "make sizes", two)
	row("store on disk, an account more", fmt.Sprintf("%.0f bytes", f.slope(storeOf)), "make sizes", two)
	row("import, acknowledged and visible", fmt.Sprintf("%.0f accounts/s", f.real.importPerSecond), "make million", sectionMillion)
	row("all accounts replaced beside matches, on one core, a million", fmt.Sprintf("%.1f s", f.replaceSeconds/f.serviceAccounts*1e6), "make load", sectionService)
	row("CPU a usual lead, StreamMatch and Match, "+count(f.serviceAccounts)+" accounts", fmt.Sprintf("%.0f and %.0f µs", f.streamMicros, f.unaryMicros), "make load", sectionService)
	row("of it in the engine", fmt.Sprintf("%.0f µs", f.engine), "make load", sectionService)
	row("a usual lead's time in the engine, ten times as many accounts", fmt.Sprintf("× %.2f", math.Pow(10, f.growth())), "make sizes", two)
	row(fmt.Sprintf("CPU a lead by Match over %d replicas, of that over one", len(f.replicaMicros)), fmt.Sprintf("× %.2f", f.spread()), "make replicas", sectionReplica)
	row("CPU of a replica, an account that another wrote", fmt.Sprintf("%.0f µs", f.followMicros), "make replicas", sectionReplica)
	row("a lead over StreamMatch, sent and received", fmt.Sprintf("%.0f + %.0f bytes", f.stream.sent, f.stream.received), "make scaling", sectionBytes)
	row("an account, as a message", fmt.Sprintf("%.0f bytes", f.account), "make scaling", sectionBytes)
	return b.String()
}

func peakOf(s size) float64  { return s.peak }
func startOf(s size) float64 { return s.startSeconds }
func storeOf(s size) float64 { return s.store }

// books says what accounts take.
func (f *figures) books() string {
	var b strings.Builder
	b.WriteString("| accounts | indexes | memory of all indexes | process at its peak, each | store | start on 2 cores, each | replaced, each | imported in |\n" +
		"|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, n := range books {
		parts := f.indexes(n)
		fmt.Fprintf(&b, "| %s | %.0f | %s | %s | %s | %s | %s | %s |\n", count(n), parts, gigabytes(n*f.indexEach()),
			gigabytes(f.at(n/parts, peakOf)), gigabytes(f.at(n, storeOf)), minutes(f.at(n/parts, startOf)),
			minutes(f.replaceSeconds*n/parts/f.serviceAccounts), minutes(n/f.real.importPerSecond))
	}
	return b.String()
}

// rates says what leads take.
func (f *figures) rates() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| accounts | leads/s | cores, StreamMatch | cores, Match | machines of %d cores, StreamMatch | network, in + out |\n|--:|--:|--:|--:|--:|--:|\n", cores)
	for _, n := range books {
		parts := f.indexes(n)
		unary, stream := f.micros(n / parts)
		for _, rate := range rates {
			busy := rate * stream / 1e6
			fmt.Fprintf(&b, "| %s | %s | %.1f | %.1f | %.0f | %s |\n", count(n), count(rate), busy, rate*unary/1e6,
				parts*max(least, math.Ceil(busy/used/cores/parts)), megabits(rate*f.stream.sent)+" + "+megabits(rate*f.stream.received))
		}
	}
	return b.String()
}

// spread is how many times as much CPU a lead takes over several replicas as over one.
func (f *figures) spread() float64 {
	return f.replicaMicros[len(f.replicaMicros)-1] / f.replicaMicros[0]
}

// reads is how many leads a second replicas of one index decide by Match, while each applies so many accounts a second.
func (f *figures) reads(accounts, replicas, writes float64) float64 {
	unary, _ := f.micros(accounts)
	if replicas > 1 {
		unary *= max(1, f.spread())
	}
	return replicas * max(0, cores*used*1e6-writes*f.followMicros) / unary
}

// replicas says how many leads replicas decide.
func (f *figures) replicas() string {
	var b strings.Builder
	b.WriteString("| accounts | written/s |")
	for _, n := range replicas {
		fmt.Fprintf(&b, " leads/s of %.0f |", n)
	}
	b.WriteString("\n|--:|--:|" + strings.Repeat("--:|", len(replicas)) + "\n")
	for _, accounts := range books[:2] { // those of one index
		for _, w := range writes {
			fmt.Fprintf(&b, "| %s | %s |", count(accounts), count(w))
			for _, n := range replicas {
				fmt.Fprintf(&b, " %s |", count(f.reads(accounts, n, w)))
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// bounds says how much one index holds.
func (f *figures) bounds() string {
	most, by := f.fits()
	var b strings.Builder
	b.WriteString("| bound of one index | an account takes | reached at |\n|---|--:|--:|\n")
	fmt.Fprintf(&b, "| %s accounts | 1 | %s |\n", count(maxAccounts), count(maxAccounts))
	fmt.Fprintf(&b, "| 16 GiB of records | %.0f bytes | %s |\n", f.records, count(maxRecords/f.records))
	fmt.Fprintf(&b, "| %s cells of names | %.1f | %s |\n", count(maxCells), f.cells, count(maxCells/f.cells))
	fmt.Fprintf(&b, "| %s distinct words | %.2f of %s accounts, %.2f of %s | %s |\n", count(maxWords), float64(f.wordsSmall)/smallBook, count(smallBook),
		float64(f.wordsLarge)/bigBook, count(bigBook), count(f.accountsOfWords(maxWords)))
	fmt.Fprintf(&b, "\nSo one index holds %s accounts: the %s end first.\n", count(most), by)
	return b.String()
}

// log says what writes send through NATS, by message sizes alone.
func (f *figures) log() string {
	var b strings.Builder
	b.WriteString("| accounts written/s | to the leader | to its followers | to 2 replicas of leadmatchd | to 10 |\n|--:|--:|--:|--:|--:|\n")
	for _, n := range []float64{1, 100, 5000} {
		at := n * f.account
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", count(n), megabits(at), megabits((copies-1)*at), megabits(2*at), megabits(10*at))
	}
	return b.String()
}

func count(n float64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f G", n/1e9)
	case n >= 1e6:
		return trimmed(n/1e6) + " M"
	case n >= 1e3:
		return trimmed(n/1e3) + " k"
	}
	return trimmed(n)
}

// trimmed writes a number with one digit after the point, unless that is 0 or says nothing.
func trimmed(n float64) string {
	if n >= 100 {
		return fmt.Sprintf("%.0f", n)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0")
}

func gigabytes(n float64) string { return fmt.Sprintf("%.1f GB", n/1e9) }

func megabits(n float64) string {
	if n = n * 8 / 1e6; n >= 100 {
		return fmt.Sprintf("%.0f Mbit/s", n)
	}
	return fmt.Sprintf("%.2g Mbit/s", n)
}

func minutes(seconds float64) string {
	if seconds >= 2*3600 {
		return fmt.Sprintf("%.1f h", seconds/3600)
	}
	return fmt.Sprintf("%.1f min", seconds/60)
}
