package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/leadmatch/leadmatch/client/rows"
)

// table is text in columns for people. Widths are those of a terminal: a Han character takes two.
type table struct {
	rows  [][]string
	right map[int]bool // columns of figures
}

func newTable(right ...int) *table {
	t := &table{right: map[int]bool{}}
	for _, i := range right {
		t.right[i] = true
	}
	return t
}

// row adds a row; what a terminal would obey is made visible.
func (t *table) row(cells ...string) {
	for i := range cells {
		cells[i] = rows.Printable(cells[i])
	}
	t.rows = append(t.rows, cells)
}

// write writes the rows, each after the indent, with two spaces between columns.
func (t *table) write(w io.Writer, indent string) {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	for _, row := range t.rows {
		line := indent
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell))
			if t.right[i] {
				line += pad + cell + "  "
			} else {
				line += cell + pad + "  "
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// thousands writes a count with commas: 1,107,949.
func thousands[T ~int | ~int64 | ~uint32 | ~uint64](n T) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// count writes a count with its noun: "1 row", "2 rows".
func count[T ~int | ~int64 | ~uint32 | ~uint64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// percent writes a probability; one that is not 0 or 1 never looks like it.
func percent(p float64) string {
	switch {
	case p > .9999 && p < 1:
		return "> 99.99 %"
	case p > 0 && p < .0001:
		return "< 0.01 %"
	case p > .999 && p < 1 || p < .001 && p > 0:
		return fmt.Sprintf("%.2f %%", 100*p)
	}
	return fmt.Sprintf("%.1f %%", 100*p)
}

// words turns a bare enumeration name into words: "UNIQUE_DOMAIN" into "unique domain".
func words(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", " ")) }
