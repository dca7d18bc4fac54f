package rows

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

// readRecords reads all records of CSV without a header, blank ones left out.
func readRecords(text string) (records [][]string, faults []error) {
	c := &csvReader{lines: &lineReader{r: bufio.NewReaderSize(strings.NewReader(text), 16)}, sep: ','}
	for {
		_, err := c.next()
		if err == io.EOF {
			return records, faults
		}
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if c.blank() {
			continue
		}
		var record []string
		start := 0
		for _, end := range c.ends {
			record = append(record, string(c.text[start:end]))
			start = end
		}
		records = append(records, record)
	}
}

func TestCSV(t *testing.T) {
	f := func(text string, want ...[]string) {
		t.Helper()
		got, faults := readRecords(text)
		if len(faults) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q and %v, want %q", text, got, faults, want)
		}
	}
	f("a,b\nc,d\n", []string{"a", "b"}, []string{"c", "d"})
	f("a,b\r\nc,d", []string{"a", "b"}, []string{"c", "d"})
	f("a,\n", []string{"a", ""})
	f("a,b\n,\n\"\", ,\n\n", []string{"a", "b"})
	f("\n\n a \n\n", []string{" a "})
	f(`"a,b",c`, []string{"a,b", "c"})
	f(`"say ""hi""",c`, []string{`say "hi"`, "c"})
	f("\"two\r\nlines\",c\nd", []string{"two\nlines", "c"}, []string{"d"})
	f(`a,"",b`, []string{"a", "", "b"})
	f(`5" pipe,b`, []string{`5" pipe`, "b"})
	f(`a,b "and" c`, []string{"a", `b "and" c`})
	f("a much longer line than the buffer has room for,b\n", []string{"a much longer line than the buffer has room for", "b"})
}

func TestCSVGoesOnAfterABrokenRecord(t *testing.T) {
	f := func(text string, fault error, want ...[]string) {
		t.Helper()
		got, faults := readRecords(text)
		if len(faults) != 1 || faults[0] != fault || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q and %v, want %q and %v", text, got, faults, want, fault)
		}
	}
	f("a,\"b\nc,d\ne,f\n", errOpenQuote, []string{"c", "d"}, []string{"e", "f"})
	f("a,\"b\nc,d\ne,f", errOpenQuote, []string{"c", "d"}, []string{"e", "f"})
	f("a,\"b\" c,d\ne,f\n", errAfterQuote, []string{"e", "f"})
	f("a,\"b\nc,\"d\"\ne,f\n", errAfterQuote, []string{"c", "d"}, []string{"e", "f"})
	f(strings.Repeat("x", MaxRow+1)+"\ne,f\n", errTooLong, []string{"e", "f"})
	f("\""+strings.Repeat("x\n", MaxRow)+"e,f", errOpenQuote, append(repeated([]string{"x"}, MaxRow-1), []string{"e", "f"})...)
}

func repeated(record []string, n int) [][]string {
	out := make([][]string, n)
	for i := range out {
		out[i] = record
	}
	return out
}

func TestCSVCountsLinesAsEditorsDo(t *testing.T) {
	text := "a\n\"two\nlines\"\nb,\"open\n\nlast\n"
	c := &csvReader{lines: &lineReader{r: bufio.NewReader(strings.NewReader(text))}, sep: ','}
	var lines []int
	for {
		line, err := c.next()
		if err == io.EOF {
			break
		}
		lines = append(lines, line)
	}
	if want := []int{1, 2, 4, 5, 6}; !reflect.DeepEqual(lines, want) {
		t.Errorf("records begin in lines %v, want %v", lines, want)
	}
}

func TestSniffSeparator(t *testing.T) {
	f := func(header string, want byte) {
		t.Helper()
		if got := sniffSeparator([]byte(header)); got != want {
			t.Errorf("%q: got %q, want %q", header, got, want)
		}
	}
	f("id,name", ',')
	f("id;name", ';')
	f("id\tname", '\t')
	f("id|name", '|')
	f(`"id,a,b,c";name;x`, ';')
	f("id", ',')
	f("a,b;c", ',')
}

// FuzzCSV holds the reader to the standard library's: what that one takes without an error must come out the same.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\nc,d\n", "\"a\"\"b\",c\r\n", "\"x\ny\",\n\nz", "a,\"b", "\"\"\n", "a\rb\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, faults := readRecords(text)
		std := csv.NewReader(strings.NewReader(text))
		std.FieldsPerRecord = -1
		all, err := std.ReadAll()
		if err != nil {
			return
		}
		var want [][]string
		for _, record := range all {
			if strings.TrimSpace(strings.Join(record, "")) != "" {
				want = append(want, record)
			}
		}
		if len(faults) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("got %q and %v, want %q", got, faults, want)
		}
	})
}

// FuzzLines holds that lines come out as they went in, whatever is given back in between.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nb\n\nc"), 1)
	f.Fuzz(func(t *testing.T, text []byte, again int) {
		if bytes.Contains(text, []byte("\r\r")) {
			t.Skip() // a line that is given back has lost its end, and would lose the other CR for one
		}
		l := &lineReader{r: bufio.NewReaderSize(bytes.NewReader(text), 16)}
		var got []byte
		for n := 0; ; n++ {
			line, err := l.next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if n == again {
				l.unread(append(bytes.Clone(line), '\n'), 1)
				continue
			}
			got = append(append(got, line...), '\n')
		}
		want := bytes.ReplaceAll(append(bytes.Clone(text), '\n'), []byte("\r\n"), []byte("\n"))
		if len(text) == 0 || bytes.HasSuffix(text, []byte("\n")) {
			want = want[:len(want)-1]
		}
		if !bytes.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

var errBroken = errors.New("broken disk")

type brokenReader struct{ text *strings.Reader }

func (b brokenReader) Read(p []byte) (int, error) {
	if b.text.Len() == 0 {
		return 0, errBroken
	}
	return b.text.Read(p)
}
