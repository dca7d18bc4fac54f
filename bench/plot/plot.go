// Package plot draws line charts as SVG files, for figures that say more as a curve than as a table.
//
//	c := plot.Chart{
//		Title: "Latency",
//		X:     plot.Axis{Label: "leads a second"},
//		Y:     plot.Axis{Label: "latency", Log: true, Format: plot.Seconds},
//		Lines: []plot.Line{{Name: "p99", Points: points}},
//	}
//	svg, err := c.SVG()
//
// The background is transparent and the colours can be read on light and on dark paper: a picture in a README cannot know
// which one it is on. The same chart gives the same bytes.
package plot

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Chart is one picture. Line breaks and markup in its texts are harmless.
type Chart struct {
	Title string
	X, Y  Axis
	Lines []Line // in the order of the legend; their looks repeat after eight
}

// Axis is one direction of a chart. Its ends are the least and the greatest value; an axis that is not logarithmic
// begins at 0 where no value is less.
type Axis struct {
	Label  string
	Log    bool                 // powers of ten are evenly spaced; values must be above 0
	Format func(float64) string // how its ticks are written; nil is Number
}

// Line is the values of one thing, in the order in which they are joined.
type Line struct {
	Name   string
	Points []Point
}

// Point is one value. One that has no place, because it is not finite, or not above 0 on a logarithmic axis, interrupts its
// line.
type Point struct{ X, Y float64 }

// ErrEmpty says that no line has a point that can be drawn.
var ErrEmpty = errors.New("plot: there is no point to draw")

// The picture's own units: letters are 14 high.
const (
	width, height = 760.0, 420.0
	left, right   = 84.0, width - 32
	titleAt       = 26.0
	legendAt      = 52.0
	legendLine    = 20.0
	letter        = 7.6 // about how wide one is
	sample        = 32.0
	bottom        = height - 56
	mostMarked    = 40 // points of a line that still have dots
)

// SVG returns the picture. It is meant for files and for <img>, and may be put into a page as it is.
func (c *Chart) SVG() ([]byte, error) {
	xs, ys, ok := c.extent()
	if !ok {
		return nil, ErrEmpty
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %v %v" role="img" font-family="system-ui, sans-serif" font-size="14" fill="%s">`,
		width, height, ink)
	fmt.Fprintf(&b, "\n<title>%s</title>\n", escape(c.Title))
	text(&b, left, titleAt, "start", 16, c.Title)
	top := c.legend(&b) + 14
	x := newScale(&c.X, xs, left, right, 9)
	y := newScale(&c.Y, ys, bottom, top, 7)
	for _, v := range x.ticks {
		grid(&b, x.at(v), top, x.at(v), bottom)
		text(&b, x.at(v), bottom+20, "middle", 13, x.format(v))
	}
	for _, v := range y.ticks {
		grid(&b, left, y.at(v), right, y.at(v))
		text(&b, left-8, y.at(v)+4.5, "end", 13, y.format(v))
	}
	text(&b, (left+right)/2, height-12, "middle", 14, c.X.Label)
	fmt.Fprintf(&b, `<text transform="translate(18 %v) rotate(-90)" text-anchor="middle">%s</text>`+"\n", round((top+bottom)/2),
		escape(c.Y.Label))
	for i := range c.Lines {
		c.draw(&b, &c.Lines[i], looks[i%len(looks)], x, y)
	}
	b.WriteString("</svg>\n")
	return []byte(b.String()), nil
}

// extent returns the ends of what is drawn.
func (c *Chart) extent() (x, y [2]float64, ok bool) {
	x, y = [2]float64{math.Inf(1), math.Inf(-1)}, [2]float64{math.Inf(1), math.Inf(-1)}
	for _, l := range c.Lines {
		for _, p := range l.Points {
			if c.drawn(p) {
				ok = true
				x[0], x[1] = min(x[0], p.X), max(x[1], p.X)
				y[0], y[1] = min(y[0], p.Y), max(y[1], p.Y)
			}
		}
	}
	return x, y, ok
}

func (c *Chart) drawn(p Point) bool { return c.X.has(p.X) && c.Y.has(p.Y) }

func (a *Axis) has(v float64) bool {
	return !math.IsNaN(v) && !math.IsInf(v, 0) && (!a.Log || v > 0)
}

// legend writes the lines' names with a sample of each, and returns where it ends.
func (c *Chart) legend(b *strings.Builder) float64 {
	x, y := left, legendAt
	for i, l := range c.Lines {
		room := sample + 8 + letter*float64(len([]rune(l.Name))) + 18
		if x > left && x+room > right {
			x, y = left, y+legendLine
		}
		look := looks[i%len(looks)]
		fmt.Fprintf(b, `<path d="M%v %vh%v" %s/>`+"\n", round(x), y-5, sample, look.stroke())
		text(b, x+sample+8, y, "start", 14, l.Name)
		x += room
	}
	return y
}

// draw writes a line as a path for each stretch without a gap, and a dot at each value unless they are many.
func (c *Chart) draw(b *strings.Builder, l *Line, look look, x, y *scale) {
	var path, dots strings.Builder
	verb := 'M'
	marked := len(l.Points) <= mostMarked
	for _, p := range l.Points {
		if !c.drawn(p) {
			verb = 'M'
			continue
		}
		fmt.Fprintf(&path, "%c%v %v", verb, x.at(p.X), y.at(p.Y))
		if marked {
			fmt.Fprintf(&dots, `<circle cx="%v" cy="%v" r="3" fill="%s"/>`, x.at(p.X), y.at(p.Y), look.colour)
		}
		verb = 'L'
	}
	fmt.Fprintf(b, `<path d="%s" %s/>%s`+"\n", path.String(), look.stroke(), dots.String())
}

// ink is for letters and fine lines: a grey that stands out from white and from black alike.
const ink = "#7d8590"

// look is how a line is told from others, also by those who cannot tell their colours apart.
type look struct{ colour, dashes string }

var looks = []look{
	{"#2f81f7", ""},
	{"#d9730d", "9 4"},
	{"#2da44e", "3 3"},
	{"#a371f7", "12 3 3 3"},
	{"#d6409f", ""},
	{"#1b9e9e", "9 4"},
	{"#b08800", "3 3"},
	{"#8b949e", "12 3 3 3"},
}

func (l look) stroke() string {
	s := fmt.Sprintf(`fill="none" stroke="%s" stroke-width="2" stroke-linejoin="round"`, l.colour)
	if l.dashes != "" {
		s += fmt.Sprintf(` stroke-dasharray="%s"`, l.dashes)
	}
	return s
}

func grid(b *strings.Builder, x1, y1, x2, y2 float64) {
	fmt.Fprintf(b, `<path d="M%v %vL%v %v" stroke="%s" stroke-opacity=".3"/>`+"\n", round(x1), round(y1), round(x2), round(y2), ink)
}

func text(b *strings.Builder, x, y float64, anchor string, size int, s string) {
	fmt.Fprintf(b, `<text x="%v" y="%v" text-anchor="%s" font-size="%d">%s</text>`+"\n", round(x), round(y), anchor, size, escape(s))
}

// escape spells a text for XML, which has no control characters.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

// round keeps a place to a tenth, which is finer than anybody sees.
func round(v float64) float64 { return math.Round(10*v) / 10 }
