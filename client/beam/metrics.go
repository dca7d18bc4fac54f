package leadbeam

import (
	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Namespace is that of all metrics.
const Namespace = "leadmatch"

var (
	badRows     = beam.NewCounter(Namespace, "bad_rows")
	refusedRows = beam.NewCounter(Namespace, "refused")
	batchTime   = beam.NewDistribution(Namespace, "batch_microseconds")
	decisions   = decisionCounters()
)

// decisionCounters has a counter for each decision, by its number.
func decisionCounters() (counters []beam.Counter) {
	for n := range len(leadmatchv1.Decision_name) {
		counters = append(counters, beam.NewCounter(Namespace, rows.EnumName(leadmatchv1.Decision(n))))
	}
	return counters
}
