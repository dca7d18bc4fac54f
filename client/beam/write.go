package leadbeam

import (
	"encoding/json"
	"fmt"
	"hash/fnv"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/textio"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

func init() {
	register.Function1x1(outcomeLine)
	register.Function1x2(deadLine)
	register.DoFn2x0[string, func(string)](&shardFn{})
	register.Emitter1[string]()
}

// OutcomeLines makes a PCollection<string> of outcomes: the lines that leadmatch rematch writes as JSON Lines.
func OutcomeLines(s beam.Scope, outcomes beam.PCollection) beam.PCollection {
	return beam.ParDo(s.Scope("leadbeam.OutcomeLines"), outcomeLine, outcomes)
}

func outcomeLine(o *leadmatchv1.Outcome) string { return string(rows.AppendOutcome(nil, o)) }

// DeadLines makes a PCollection<string> of dead letters: JSON objects with file, line, field, expected and row.
func DeadLines(s beam.Scope, dead ...beam.PCollection) beam.PCollection {
	s = s.Scope("leadbeam.DeadLines")
	return beam.ParDo(s, deadLine, beam.Flatten(s, dead...))
}

func deadLine(d DeadLetter) (string, error) {
	text, err := json.Marshal(d)
	return string(text), err
}

// WriteText writes lines into so many files, in no order: PATH itself where it is one, else PATH-00000-of-00016 and so on.
// Each is written by one worker. A line always goes to the same file.
func WriteText(s beam.Scope, path string, files int, lines beam.PCollection) {
	s = s.Scope("leadbeam.WriteText")
	if files <= 1 {
		textio.Write(s, path, lines)
		return
	}
	for i := range files {
		some := beam.ParDo(s, &shardFn{Shard: uint32(i), Of: uint32(files)}, lines)
		textio.Write(s, fmt.Sprintf("%s-%05d-of-%05d", path, i, files), some)
	}
}

// shardFn lets the lines of one file pass.
type shardFn struct{ Shard, Of uint32 }

func (f *shardFn) ProcessElement(line string, emit func(string)) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(line)) // never fails
	if h.Sum32()%f.Of == f.Shard {
		emit(line)
	}
}
