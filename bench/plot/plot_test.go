package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata anew")

// latency is a chart as the load tool draws it.
func latency() *Chart {
	line := func(name string, base float64) Line {
		l := Line{Name: name}
		for rate := 1000.0; rate <= 16_000; rate += 1000 {
			l.Points = append(l.Points, Point{rate, base / (1 - rate/17_000)})
		}
		return l
	}
	return &Chart{
		Title: "Latency of Match by the rate of arrivals",
		X:     Axis{Label: "leads a second"},
		Y:     Axis{Label: "latency", Log: true, Format: Seconds},
		Lines: []Line{line("p50", 150e-6), line("p99", 900e-6), line("p99.9", 4e-3)},
	}
}

func TestPictureIsAsItWas(t *testing.T) {
	const path = "testdata/latency.svg"
	got, err := latency().SVG()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the picture is not %s any more; look at it, and go test ./bench/plot -update", path)
	}
}

func TestWhateverIsDrawnIsXML(t *testing.T) {
	nan := math.NaN()
	f := func(lines ...Line) string {
		t.Helper()
		c := Chart{Title: "a <b> & \x00 \xff", X: Axis{Label: `"x"`}, Y: Axis{Log: true}, Lines: lines}
		svg, err := c.SVG()
		if err != nil {
			t.Fatal(err)
		}
		decoder := xml.NewDecoder(bytes.NewReader(svg))
		for {
			if _, err := decoder.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%v in:\n%s", err, svg)
			}
		}
		for _, bad := range []string{"NaN", "Inf", "e+"} {
			if strings.Contains(string(svg), bad) {
				t.Errorf("%s in:\n%s", bad, svg)
			}
		}
		return string(svg)
	}
	f(Line{Name: "one point", Points: []Point{{1, 1}}})
	f(Line{Name: "same place", Points: []Point{{0, 3}, {0, 3}}}, Line{Name: "empty"})
	f(Line{Name: "far apart", Points: []Point{{-1e9, 1e-12}, {1e9, 1e12}}})
	gap := f(Line{Name: "gap", Points: []Point{{1, 1}, {2, 2}, {3, nan}, {4, -1}, {5, 5}, {6, math.Inf(1)}}})
	if n := strings.Count(gap, "<circle"); n != 3 {
		t.Errorf("%d of 3 points are drawn", n)
	}
	long := make([]Point, 200)
	for i := range long {
		long[i] = Point{float64(i), float64(i + 1)}
	}
	if strings.Contains(f(Line{Name: strings.Repeat("long name ", 30), Points: long}), "<circle") {
		t.Error("200 points have dots")
	}
}

func TestNothingToDraw(t *testing.T) {
	for _, lines := range [][]Line{nil, {{Name: "x"}}, {{Points: []Point{{math.NaN(), 1}, {1, math.Inf(-1)}}}}} {
		if _, err := (&Chart{Lines: lines}).SVG(); !errors.Is(err, ErrEmpty) {
			t.Errorf("error is %v", err)
		}
	}
}

func TestTicks(t *testing.T) {
	f := func(got []float64, want ...float64) {
		t.Helper()
		for i := range got {
			got[i] = tidy(got[i])
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("ticks are %v, want %v", got, want)
		}
	}
	f(evenTicks(0, 16_000, 8), 0, 2000, 4000, 6000, 8000, 10_000, 12_000, 14_000, 16_000)
	f(evenTicks(0, .9, 3), 0, .5, 1)
	f(evenTicks(-3, 3, 3), -4, -2, 0, 2, 4)
	f(evenTicks(0, 0, 2), 0, .5, 1)
	f(logTicks(150e-6, 4e-3, 7), 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3)
	f(logTicks(1, 1, 7), 1, 2)
	f(logTicks(3, 2e5, 7), 1, 10, 100, 1000, 1e4, 1e5, 1e6)
	f(logTicks(1, 1e6, 2), 1, 1e4, 1e8)
}

func TestFormats(t *testing.T) {
	f := func(got, want string) {
		t.Helper()
		if got = strings.ReplaceAll(got, noBreak, " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(Number(0), "0")
	f(Number(.1+.2), "0.3")
	f(Number(-1234.5), "-1,234.5")
	f(Number(999), "999")
	f(Number(1_000_000), "1,000,000")
	f(Seconds(0), "0")
	f(Seconds(20e-9), "20 ns")
	f(Seconds(5*1e-5), "50 µs")
	f(Seconds(.001), "1 ms")
	f(Seconds(10), "10 s")
	f(Bytes(0), "0 B")
	f(Bytes(2.5e6), "2.5 MB")
	f(Bytes(3e15), "3,000 TB")
}
