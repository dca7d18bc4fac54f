// Package eval measures match outcomes against leads whose right answer is known.
//
// A lead is right when it was given the expected account, or one that nobody could tell apart from it (AmbiguousWith).
// A lead whose company is not among the accounts expects none: whatever account it is given is wrong, and to give it
// none is right. What is measured, and in which words, is said at [Metrics].
//
//	leads, err := eval.ReadFile("leads.jsonl.gz")
//	…
//	pairs := make([]eval.Pair, len(leads))
//	for i := range leads {
//		pairs[i] = eval.Pair{Lead: &leads[i].Labelled, Answer: answer(&leads[i])}
//	}
//	report := eval.NewReport(pairs, "scenario", "how")
//	report.WriteText(os.Stdout)
//
// What a person needs beside the table to judge a policy is counted here, too: [Cutoffs] and [Bins] are the curves,
// [CountReasons] and [Worst] say where to look, and [Settings] what another dial would do. Package page shows it.
//
// Nothing here keeps state: any number of goroutines may measure at once.
package eval
