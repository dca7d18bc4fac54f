package rows

import (
	"io"
	"strings"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// ChangeColumns are the columns of changes in CSV: what was, and what is now. Reasons are lists.
var ChangeColumns = []string{
	"lead_id", "decision_was", "decision", "account_id_was", "account_id", "owner_id_was", "owner_id",
	"reasons_was", "reasons", "probability_was", "probability",
}

// ChangeWriter writes what became of leads beside what had been decided about them. Not for use by several goroutines
// at once.
type ChangeWriter struct{ rowWriter }

// NewChangeWriter writes changes to w: in JSONL {"lead_id", "was", "now"}, in CSV the ChangeColumns.
func NewChangeWriter(w io.Writer, opts WriterOptions) (*ChangeWriter, error) {
	c := &ChangeWriter{newRowWriter(w, opts)}
	return c, c.begin(opts, ChangeColumns)
}

// Write writes one change. A nil was is a lead that had not been decided.
func (c *ChangeWriter) Write(was, now *leadmatchv1.Outcome) error {
	if c.json != nil {
		w := objectWriter{append(c.buf[:0], '{')}
		w.text(`"lead_id":`, now.GetLeadId())
		w.decided(`"was":`, was)
		w.decided(`"now":`, now)
		c.buf = append(w.end(), '\n')
		_, err := c.json.Write(c.buf)
		return err
	}
	f := c.csv
	f.text(now.GetLeadId())
	for _, column := range []func(o *leadmatchv1.Outcome){
		func(o *leadmatchv1.Outcome) { f.verbatim(EnumName(o.GetDecision())) },
		func(o *leadmatchv1.Outcome) { f.text(o.GetAccountId()) },
		func(o *leadmatchv1.Outcome) { f.text(o.GetOwnerId()) },
		func(o *leadmatchv1.Outcome) { f.verbatim(strings.Join(reasonList(o), "|")) },
		func(o *leadmatchv1.Outcome) { f.number(o.GetProbability()) },
	} {
		if was == nil {
			f.verbatim("")
		} else {
			column(was)
		}
		column(now)
	}
	return f.end()
}

// decided writes the part of an outcome that people act on.
func (w *objectWriter) decided(key string, o *leadmatchv1.Outcome) {
	if o == nil {
		return
	}
	w.key(key)
	in := objectWriter{append(w.dst, '{')}
	in.name(`"decision":`, decisionNames, int32(o.GetDecision()))
	in.text(`"account_id":`, o.GetAccountId())
	in.text(`"owner_id":`, o.GetOwnerId())
	in.reasons(o.GetReasons())
	in.number(`"probability":`, o.GetProbability())
	w.dst = in.end()
}

func reasonList(o *leadmatchv1.Outcome) []string {
	reasons := make([]string, len(o.GetReasons()))
	for i, r := range o.GetReasons() {
		reasons[i] = EnumName(r)
	}
	return reasons
}
