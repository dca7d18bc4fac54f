// Package leadbeam decides leads in pipelines of Apache Beam, as `leadmatch rematch` does on one machine.
//
//	leads, bad := leadbeam.ReadFiles(s, leadbeam.Files{Pattern: "gs://crm/leads-*.csv.gz"})
//	outcomes, refused := leadbeam.Rematch(s, leads, leadbeam.Options{Fleet: &leadbeam.Fleet{Addr: "leadmatchd.internal:7411"}})
//	leadbeam.WriteText(s, "gs://crm/outcomes", 16, leadbeam.OutcomeLines(s, outcomes))
//	leadbeam.WriteText(s, "gs://crm/bad", 1, leadbeam.DeadLines(s, bad, refused))
//
// Leads are decided by a fleet of leadmatchd over StreamMatch, or, with Options.Snapshot, by the engine in the worker. The
// outcomes are the same bytes either way, whatever the runner makes of bundles, as long as the accounts do not change.
//
// # Leads
//
// ReadFiles reads what package client/rows reads: CSV, JSON Lines, Parquet, compressed or not, one worker a file, with the
// places of bad rows. FromJSON takes leads as JSON objects from any other source, such as textio.Read, which divides big
// files among workers, or avroio.Read. A PCollection<Lead> may come from anywhere.
//
// # Bundles
//
// A bundle's leads are decided batch by batch, the last one when the bundle ends. A batch that fails, after retries, fails
// its bundle, and the runner does with it what it does: repeats it or fails the job. What was decided in a failed bundle is
// gone with it, and deciding has no side effect, so that a repeated bundle gives each outcome once.
//
// Batches span elements, and a runner knows windows by element: the leads must be in the global window. Outcomes can be
// put into windows afterwards.
//
// # Metrics
//
// In the namespace "leadmatch": counters MATCHED, REVIEW, NO_MATCH and INSUFFICIENT, bad_rows (that could not be read) and
// refused (by the limits of a lead), and the distribution batch_microseconds, how long a batch took to be answered.
package leadbeam
