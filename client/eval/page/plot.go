package page

import (
	"fmt"
	"math"
	"strings"
)

// plot is the frame of a picture: it maps shares to places in the picture's own units, in which letters are 14 high.
type plot struct {
	Width, Height            float64
	Left, Top, Right, Bottom float64 // edges of the area that is drawn into
	XTicks, YTicks           []tick
	yMax                     float64 // share at the upper edge
	bend                     func(float64) float64
}

// tick is a line across the plot with its label.
type tick struct {
	At    float64
	Label string
}

// newPlot has room for shares of 0 to 1 and, upwards, of 0 to yMax, with the lines across it at the given ones.
func newPlot(width, height, yMax float64, bend func(float64) float64, xTicks, yTicks []float64) plot {
	p := plot{Width: width, Height: height, Left: 76, Top: 16, Right: width - 28, Bottom: height - 52, yMax: yMax, bend: bend}
	for _, v := range xTicks {
		p.XTicks = append(p.XTicks, tick{p.x(v), percent(v)})
	}
	for _, v := range yTicks {
		if v <= yMax {
			p.YTicks = append(p.YTicks, tick{p.y(v), percent(v)})
		}
	}
	return p
}

func (p *plot) x(v float64) float64 { return round(p.Left + v*(p.Right-p.Left)) }
func (p *plot) y(v float64) float64 {
	return round(p.Bottom - p.bend(v)/p.bend(p.yMax)*(p.Bottom-p.Top))
}

// straight is an axis on which every share has as much room as another.
func straight(v float64) float64 { return v }

// tenths are the ticks of an axis from 0 to 1.
var tenths = []float64{0, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1}

// Where labels stand, and how big the area is, for the template.

func (p plot) XMiddle() float64     { return (p.Left + p.Right) / 2 }
func (p plot) YMiddle() float64     { return (p.Top + p.Bottom) / 2 }
func (p plot) XLabels() float64     { return p.Bottom + 20 }
func (p plot) YLabels() float64     { return p.Left - 8 }
func (p plot) XTitle() float64      { return p.Bottom + 44 }
func (p plot) InnerWidth() float64  { return p.Right - p.Left }
func (p plot) InnerHeight() float64 { return p.Bottom - p.Top }

// round keeps a place to a tenth, which is finer than anybody sees.
func round(v float64) float64 { return math.Round(10*v) / 10 }

// percent writes a tick's share without needless digits.
func percent(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", 100*v), "0"), ".") + noBreak + "%"
}
