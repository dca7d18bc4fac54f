package main

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/load"
)

// Sections of bench/RESULTS.md.
const (
	sectionMillion = "A million accounts"
	sectionSizes   = "By number of accounts"
	sectionService = "Service"
	sectionReplica = "Replicas"
	sectionBytes   = "Bytes and bounds"
)

// figures are what was measured, as far as it is needed here.
type figures struct {
	counted

	real  size   // real names, about a million accounts
	sizes []size // made-up ones, by number

	serviceAccounts                   float64
	unaryMicros, streamMicros, engine float64 // of CPU a lead, of the usual ones
	replaceSeconds                    float64 // to replace serviceAccounts beside matches, on one core

	replicaMicros []float64 // of CPU a lead of all replicas, of one and more of them
	followMicros  float64   // of CPU an account that another replica wrote
}

// size is what a book took.
type size struct {
	accounts, importPerSecond, store, startSeconds, peak, indexEach float64 // bytes, seconds
	micros                                                          float64 // median of the usual leads, on one thread
}

// reader takes figures out of a file of results, and keeps the first error.
type reader struct {
	text string // of the section at hand
	name string
	err  error
}

func readFigures(file string) (*figures, error) {
	f := &figures{}
	r := &reader{}
	r.section(file, sectionMillion)
	f.real = r.size(1)
	r.section(file, sectionSizes)
	for column := range r.columns("accounts") {
		f.sizes = append(f.sizes, r.size(column+1))
	}
	if r.err == nil && len(f.sizes) < 2 {
		r.err = fmt.Errorf("section %q: expected two sizes at least", sectionSizes)
	}
	r.section(file, sectionService)
	f.serviceAccounts = r.matched(`A leadmatchd with ([0-9,]+) accounts`)
	f.unaryMicros, f.streamMicros, f.engine = r.cell("usual", 4), r.cell("StreamMatch", 2), r.cell("engine alone", 2)
	f.replaceSeconds = r.matched(`Replacing all accounts took ([0-9.]+) s`)
	r.section(file, sectionReplica)
	for column := range r.columns("replicas") {
		f.replicaMicros = append(f.replicaMicros, r.cell("processor time of all replicas a lead, µs", column+1))
	}
	f.followMicros = r.cell("processor time of a replica for an account that another has imported", 1)
	r.section(file, sectionBytes)
	f.stream = traffic{r.cell(rowStreamSent, 1), r.cell(rowStreamReceived, 1)}
	f.unary = traffic{r.cell(rowUnarySent, 1), r.cell(rowUnaryReceived, 1)}
	f.account, f.records, f.cells = r.cell(rowAccount, 1), r.cell(rowRecords, 1), r.cell(rowCells, 1)
	f.wordsSmall, f.wordsLarge = int(r.cell(rowWords(smallBook), 1)), int(r.cell(rowWords(bigBook), 1))
	return f, r.err
}

// section goes to the section of that name.
func (r *reader) section(file, name string) {
	_, text, found := strings.Cut(file, "\n## "+name+"\n")
	if !found && r.err == nil {
		r.err = fmt.Errorf("there is no section %q", name)
	}
	r.text, _, _ = strings.Cut(text, "\n## ")
	r.name = name
}

// columns returns the cells of the first line of a table that begins with the name, but for the name.
func (r *reader) columns(name string) []string {
	_, line, found := strings.Cut("\n"+r.text, "\n| "+name+" |")
	if !found {
		if r.err == nil {
			r.err = fmt.Errorf("section %q: there is no row %q", r.name, name)
		}
		return nil
	}
	line, _, _ = strings.Cut(line, "\n")
	cells := strings.Split(strings.TrimSuffix(strings.TrimSpace(line), "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

// cell returns a figure, from 1, of the row.
func (r *reader) cell(name string, column int) float64 {
	cells := r.columns(name)
	if len(cells) < column {
		if r.err == nil {
			r.err = fmt.Errorf("section %q, row %q: expected %d columns", r.name, name, column)
		}
		return 0
	}
	return r.number(name, cells[column-1])
}

// number reads "817 MB", "9.8 s", "1,107,949" and the like.
func (r *reader) number(name, text string) float64 {
	digits, unit, _ := strings.Cut(text, " ")
	n, err := strconv.ParseFloat(strings.ReplaceAll(digits, ",", ""), 64)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("section %q, row %q: expected a number, not %q", r.name, name, text)
	}
	if unit == "MB" {
		n *= 1e6
	}
	return n
}

// matched returns the number that a sentence holds.
func (r *reader) matched(pattern string) float64 {
	found := regexp.MustCompile(pattern).FindStringSubmatch(r.text)
	if found == nil {
		if r.err == nil {
			r.err = fmt.Errorf("section %q: there is no %q", r.name, pattern)
		}
		return 0
	}
	return r.number(pattern, found[1])
}

// size reads a column of a section that bench/million wrote.
func (r *reader) size(column int) size {
	s := size{
		accounts:        r.cell("imported by the command line, acknowledged and visible", column),
		importPerSecond: r.cell("of them in a second", column),
		store:           r.cell("store on disk", column),
		startSeconds:    r.cell("start with all of them on disk, until SERVING", column),
		peak:            r.cell("server's memory at most until then", column),
		indexEach:       r.cell("index, bytes an account", column),
	}
	var shares float64
	for _, kind := range corpus.Kinds {
		if share := load.Usual[kind]; share > 0 {
			s.micros += share * r.cell(kind.String()+" | median", column)
			shares += share
		}
	}
	s.micros /= shares
	return s
}

// slope is what one account more takes, from the two biggest books.
func (f *figures) slope(of func(size) float64) float64 {
	a, b := f.sizes[len(f.sizes)-2], f.sizes[len(f.sizes)-1]
	return (of(b) - of(a)) / (b.accounts - a.accounts)
}

// at continues the line through the two biggest books.
func (f *figures) at(accounts float64, of func(size) float64) float64 {
	last := f.sizes[len(f.sizes)-1]
	return of(last) + f.slope(of)*(accounts-last.accounts)
}

// growth is the power of the number of accounts with which the time of the usual lead grows, from the two biggest books.
func (f *figures) growth() float64 {
	a, b := f.sizes[len(f.sizes)-2], f.sizes[len(f.sizes)-1]
	return math.Log(b.micros/a.micros) / math.Log(b.accounts/a.accounts)
}
