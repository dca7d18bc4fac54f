package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// group is leads that are shown together.
type group struct {
	title string
	shown int // at most
	fits  func(*answered) bool
}

func decided(decision string) func(*answered) bool {
	return func(a *answered) bool { return a.Decision == decision && !a.wrong() && !a.missed() }
}

var groups = []group{
	{"MATCHED: assign the lead to the account", 12, decided(matched)},
	{"REVIEW: a person decides", 5, decided(review)},
	{"NO_MATCH: a company that is not among the accounts", 5, decided(noMatch)},
	{"INSUFFICIENT: nothing usable was given", 2, decided(insufficient)},
	{"MATCHED, and wrong", 3, (*answered).wrong},
	{"NO_MATCH, and wrong: the account is there", 2, (*answered).missed},
}

// allShown shows as many leads of each group as the group says.
const allShown = math.MaxInt

// printSelection prints a few leads of each decision, at most as many as most, each of another kind, and a few that
// went wrong.
func printSelection(w io.Writer, all []answered, most int) {
	for _, g := range groups {
		printGroup(w, g.title, pick(all, min(most, g.shown), g.fits))
	}
}

// shuffleSeed was chosen by looking: neighbours in the sample belong to one family, and a mixture shows more.
const shuffleSeed = 3

// pick returns up to n leads that fit, of as many kinds as there are: a second one of a kind comes only after the first
// ones of all. They are the same ones each time.
func pick(all []answered, n int, fits func(*answered) bool) []*answered {
	var fitting []*answered
	nth, seen := map[*answered]int{}, map[string]int{}
	for _, i := range rand.New(rand.NewPCG(shuffleSeed, 0)).Perm(len(all)) {
		if a := &all[i]; fits(a) {
			fitting = append(fitting, a)
			nth[a] = seen[a.How]
			seen[a.How]++
		}
	}
	slices.SortStableFunc(fitting, func(a, b *answered) int { return nth[a] - nth[b] })
	return fitting[:min(n, len(fitting))]
}

const (
	typedWidth   = 46
	accountWidth = 28
)

func printGroup(w io.Writer, title string, leads []*answered) {
	if len(leads) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", title)
	for _, a := range leads {
		probability := "  –  "
		if a.first() != "" {
			probability = fmt.Sprintf("%5.3f", a.outcome.Probability)
		}
		line := fmt.Sprintf("  %s  %s %s  %s", fit(a.typed(), typedWidth), fit(a.account(), accountWidth), probability, why(a.Reasons))
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// account is the account that the lead was given, or the one that comes closest.
func (a *answered) account() string {
	switch {
	case a.first() == "":
		return "–"
	case a.Decision == matched:
		return "→ " + a.first()
	default:
		return "? " + a.first()
	}
}

// mostReasons is how many reasons are shown of a decision; they come in order of importance.
const mostReasons = 3

// why spells reasons in small letters: "unique domain, exact name".
func why(reasons []string) string {
	words := make([]string, min(mostReasons, len(reasons)))
	for i, r := range reasons[:len(words)] {
		words[i] = strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(r, "REASON_"), "_", " "))
	}
	return strings.Join(words, ", ")
}

// printTotals prints what became of all leads, and how much of it was right.
func printTotals(w io.Writer, all []answered) {
	count := map[string]int{}
	var hits, withAccount, left int
	for i := range all {
		a := &all[i]
		count[a.Decision]++
		if a.ExpectedAccountID != "" {
			withAccount++
		} else if a.Decision != matched {
			left++
		}
		if a.hit() {
			hits++
		}
	}
	without := len(all) - withAccount
	fmt.Fprintf(w, "\n%d leads:", len(all))
	for _, decision := range []string{matched, review, noMatch, insufficient} {
		fmt.Fprintf(w, "  %d %s", count[decision], decision)
	}
	fmt.Fprintf(w, "\n  %s of the leads that were MATCHED got the right account (%d of %d)\n",
		percent(hits, count[matched]), hits, count[matched])
	fmt.Fprintf(w, "  %s of the leads that have an account were MATCHED to it (%d of %d)\n",
		percent(hits, withAccount), hits, withAccount)
	fmt.Fprintf(w, "  %s of the leads that have none were not MATCHED (%d of %d)\n", percent(left, without), left, without)
}

func percent(part, whole int) string {
	if whole == 0 {
		return "none"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}

// worthExplaining returns a lead that was matched rightly on a name that is not the account's own: a typing mistake if
// there is one.
func worthExplaining(all []answered) *answered {
	best := &all[0]
	for i := range all {
		a := &all[i]
		if !a.hit() {
			continue
		}
		if best = a; a.How == "typo" {
			break
		}
	}
	return best
}

// fit cuts or fills a text to a number of columns on a terminal.
func fit(s string, columns int) string {
	if displayWidth(s) > columns {
		end, used := 0, 0
		for i, r := range s {
			if used += runeWidth(r); used >= columns {
				end = i
				break
			}
		}
		s = s[:end] + "…"
	}
	return s + strings.Repeat(" ", columns-displayWidth(s))
}

func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// runeWidth is how many columns of a terminal a character takes.
func runeWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case width.LookupRune(r).Kind() == width.EastAsianWide, width.LookupRune(r).Kind() == width.EastAsianFullwidth:
		return 2
	}
	return 1
}
