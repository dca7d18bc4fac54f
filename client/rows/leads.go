package rows

import (
	"io"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// LeadWriter writes leads. Not for use by several goroutines at once.
type LeadWriter struct{ rowWriter }

// NewLeadWriter writes leads to w in a form that NewLeads reads; CSV has a header.
func NewLeadWriter(w io.Writer, opts WriterOptions) (*LeadWriter, error) {
	l := &LeadWriter{newRowWriter(w, opts)}
	columns := []string{"id", "company", "email", "website", "phone"}
	for _, part := range addressParts {
		columns = append(columns, part.field)
	}
	return l, l.begin(opts, columns)
}

// Write writes one lead.
func (w *LeadWriter) Write(l *leadmatchv1.Lead) error {
	if w.json != nil {
		w.buf = append(AppendJSON(w.buf[:0], l), '\n')
		_, err := w.json.Write(w.buf)
		return err
	}
	f := w.csv
	for _, text := range [...]string{l.GetId(), l.GetCompany(), l.GetEmail(), l.GetWebsite(), l.GetPhone()} {
		f.text(text)
	}
	at := l.GetAddress()
	if at == nil {
		at = &leadmatchv1.Address{}
	}
	for _, part := range addressParts {
		f.text(*part.of(at))
	}
	return f.end()
}
