package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"
)

// group is a decision with what it tells to do, and how many leads of it are shown.
type group struct {
	decision, meaning string
	shown             int
}

var groups = []group{
	{matched, "assign the lead to the account", 12},
	{review, "a person decides", 5},
	{noMatch, "a company that is not among the accounts", 5},
	{insufficient, "nothing usable was given", 2},
}

// mistakesShown is how many wrongly assigned leads are shown.
const mistakesShown = 3

// printSelection prints a few leads of each decision, each of another kind, and a few that went wrong.
func printSelection(w io.Writer, all []answered) {
	for _, g := range groups {
		picked := pick(all, g.shown, func(a *answered) bool { return a.Decision == g.decision && !a.wrong() })
		printGroup(w, g.decision+": "+g.meaning, picked)
	}
	wrong := pick(all, mistakesShown, (*answered).wrong)
	printGroup(w, "MATCHED, and wrong", wrong)
}

// pick returns up to n leads that fit, of as many kinds as there are: a second one of a kind comes only after the first
// ones of all.
func pick(all []answered, n int, fits func(*answered) bool) []*answered {
	var fitting []*answered
	nth, seen := map[*answered]int{}, map[string]int{}
	for i := range all {
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
	typedWidth   = 48
	accountWidth = 30
)

func printGroup(w io.Writer, title string, leads []*answered) {
	if len(leads) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", title)
	for _, a := range leads {
		fmt.Fprintf(w, "  %s  %s %5.3f  %s\n", fit(a.typed(), typedWidth), fit(a.account(), accountWidth),
			a.outcome.Probability, why(a.Reasons))
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

// why spells reasons in small letters: "unique domain, exact name".
func why(reasons []string) string {
	words := make([]string, len(reasons))
	for i, r := range reasons {
		words[i] = strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(r, "REASON_"), "_", " "))
	}
	return strings.Join(words, ", ")
}

// printTotals prints what became of all leads, and how much of it was right.
func printTotals(w io.Writer, all []answered, took time.Duration) {
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
	fmt.Fprintf(w, "\n%d leads in %v:", len(all), took.Round(time.Millisecond))
	for _, g := range groups {
		fmt.Fprintf(w, "  %d %s", count[g.decision], g.decision)
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
