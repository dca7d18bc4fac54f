package rows

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// WriterOptions say how rows are written.
type WriterOptions struct {
	Format Format // Unknown means JSONL
	Tab    bool   // CSV with tabs between the fields
	Raw    bool   // write what a spreadsheet would run as a formula as it is
	GoesOn bool   // of outcomes and changes: some are written already, and so is the header of CSV
}

// fieldWriter writes records of CSV.
type fieldWriter struct {
	w    *bufio.Writer
	buf  []byte
	sep  byte
	raw  bool
	some bool // the record has a field
}

func newFieldWriter(w io.Writer, opts WriterOptions) *fieldWriter {
	f := &fieldWriter{w: bufio.NewWriterSize(w, 64<<10), sep: ',', raw: opts.Raw}
	if opts.Tab {
		f.sep = '\t'
	}
	return f
}

// text appends a field that a stranger may have typed.
func (f *fieldWriter) text(s string) {
	if !f.raw {
		s = escapeFormula(s)
	}
	f.verbatim(s)
}

// verbatim appends a field, in quotes when it needs them.
func (f *fieldWriter) verbatim(s string) {
	if f.some {
		f.buf = append(f.buf, f.sep)
	}
	f.some = true
	if !f.needsQuotes(s) {
		f.buf = append(f.buf, s...)
		return
	}
	f.buf = append(f.buf, '"')
	for i := range len(s) {
		if s[i] == '"' {
			f.buf = append(f.buf, '"')
		}
		f.buf = append(f.buf, s[i])
	}
	f.buf = append(f.buf, '"')
}

func (f *fieldWriter) needsQuotes(s string) bool {
	return strings.IndexByte(s, f.sep) >= 0 || strings.ContainsAny(s, "\"\r\n") ||
		s != strings.TrimSpace(s)
}

func (f *fieldWriter) number(v float64) { f.verbatim(strconv.FormatFloat(v, 'g', -1, 64)) }

// end ends the record.
func (f *fieldWriter) end() error {
	_, err := f.w.Write(append(f.buf, '\n'))
	f.buf, f.some = f.buf[:0], false
	return err
}

func (f *fieldWriter) header(names ...string) error {
	for _, name := range names {
		f.text(name)
	}
	return f.end()
}

// rowWriter is what the writers of rows have in common: where JSONL goes, or CSV.
type rowWriter struct {
	json *bufio.Writer // nil for CSV
	csv  *fieldWriter  // nil for JSONL
	buf  []byte        // a line of JSONL
}

func newRowWriter(w io.Writer, opts WriterOptions) rowWriter {
	if opts.Format != CSV {
		return rowWriter{json: bufio.NewWriterSize(w, 64<<10)}
	}
	return rowWriter{csv: newFieldWriter(w, opts)}
}

// begin writes the header of CSV, unless it is written already.
func (w *rowWriter) begin(opts WriterOptions, columns []string) error {
	if w.csv == nil || opts.GoesOn {
		return nil
	}
	return w.csv.header(columns...)
}

// Flush writes out what is buffered.
func (w *rowWriter) Flush() error {
	if w.json != nil {
		return w.json.Flush()
	}
	return w.csv.w.Flush()
}

// OutcomeWriter writes outcomes. Not for use by several goroutines at once.
type OutcomeWriter struct{ rowWriter }

// OutcomeColumns are the columns of outcomes in CSV. Reasons and candidates are lists.
var OutcomeColumns = []string{
	"lead_id", "decision", "account_id", "owner_id", "probability", "decided_by", "reasons", "account_name", "candidates",
}

// NewOutcomeWriter writes outcomes to w: in JSONL whole, in CSV the OutcomeColumns, after a header.
func NewOutcomeWriter(w io.Writer, opts WriterOptions) (*OutcomeWriter, error) {
	o := &OutcomeWriter{newRowWriter(w, opts)}
	return o, o.begin(opts, OutcomeColumns)
}

// Write writes one outcome.
func (o *OutcomeWriter) Write(out *leadmatchv1.Outcome) error {
	if o.json != nil {
		o.buf = append(AppendOutcome(o.buf[:0], out), '\n')
		_, err := o.json.Write(o.buf)
		return err
	}
	ids, name := make([]string, len(out.GetCandidates())), ""
	for i, c := range out.GetCandidates() {
		ids[i] = c.GetAccountId()
		if c.GetAccountId() == out.GetAccountId() {
			name = c.GetAccountName()
		}
	}
	f := o.csv
	f.text(out.GetLeadId())
	f.verbatim(EnumName(out.GetDecision()))
	f.text(out.GetAccountId())
	f.text(out.GetOwnerId())
	f.number(out.GetProbability())
	f.verbatim(EnumName(out.GetDecidedBy()))
	f.verbatim(strings.Join(reasonList(out), "|"))
	f.text(name)
	f.text(joinList(ids))
	return f.end()
}

// AccountColumns are the columns that accounts need in CSV: labels, numbers and further addresses have columns of their
// own. The zero value has none of these yet.
type AccountColumns struct {
	labels, numbers map[string]bool
	addresses       int
}

// Add makes room for all that an account has.
func (c *AccountColumns) Add(a *leadmatchv1.Account) {
	if c.labels == nil {
		c.labels, c.numbers = map[string]bool{}, map[string]bool{}
	}
	for key := range a.GetLabels() {
		c.labels[key] = true
	}
	for key := range a.GetNumbers() {
		c.numbers[key] = true
	}
	c.addresses = max(c.addresses, len(a.GetAddresses()))
}

// AccountWriter writes accounts. Not for use by several goroutines at once.
type AccountWriter struct {
	rowWriter
	addresses       int
	labels, numbers []string
}

// NewAccountWriter writes accounts to w in a form that NewAccounts reads. CSV has a header with the columns; what an
// account has beyond them is left out. JSONL needs none: columns may be nil.
func NewAccountWriter(w io.Writer, opts WriterOptions, columns *AccountColumns) (*AccountWriter, error) {
	if columns == nil {
		columns = &AccountColumns{}
	}
	a := &AccountWriter{
		rowWriter: newRowWriter(w, opts),
		addresses: max(1, columns.addresses),
		labels:    sortedKeys(columns.labels),
		numbers:   sortedKeys(columns.numbers),
	}
	if a.csv == nil {
		return a, nil
	}
	return a, a.csv.header(a.header()...)
}

func (w *AccountWriter) header() []string {
	names := []string{"id", "name", "aliases", "domains", "phone"}
	for n := range w.addresses {
		for _, part := range addressParts {
			names = append(names, part.field+addressSuffix(n))
		}
	}
	names = append(names, "parent_id", "owner_id")
	for _, key := range w.labels {
		names = append(names, "labels."+key)
	}
	for _, key := range w.numbers {
		names = append(names, "numbers."+key)
	}
	return names
}

// Write writes one account.
func (w *AccountWriter) Write(a *leadmatchv1.Account) error {
	if w.json != nil {
		w.buf = append(AppendJSON(w.buf[:0], a), '\n')
		_, err := w.json.Write(w.buf)
		return err
	}
	f := w.csv
	f.text(a.GetId())
	f.text(a.GetName())
	f.text(joinList(a.GetAliases()))
	f.text(joinList(a.GetDomains()))
	f.text(joinList(a.GetPhones()))
	for n := range w.addresses {
		at := &leadmatchv1.Address{}
		if n < len(a.GetAddresses()) {
			at = a.GetAddresses()[n]
		}
		for _, part := range addressParts {
			f.text(*part.of(at))
		}
	}
	f.text(a.GetParentId())
	f.text(a.GetOwnerId())
	w.writeMaps(a)
	return f.end()
}

func (w *AccountWriter) writeMaps(a *leadmatchv1.Account) {
	for _, key := range w.labels {
		w.csv.text(a.GetLabels()[key])
	}
	for _, key := range w.numbers {
		if v, ok := a.GetNumbers()[key]; ok {
			w.csv.number(v)
		} else {
			w.csv.verbatim("")
		}
	}
}
