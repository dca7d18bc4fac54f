// Package tune fits a policy's weights, calibration and threshold to leads whose right accounts are known.
//
//	t := tune.New(policy, tune.Options{}) // of Client.Policy
//	for … {
//		err := t.Add(truth, company, outcome) // of a match with MatchOptions.Features
//	}
//	result, err := t.Run()
//	result.WriteText(os.Stdout)
//	if result.Better() {
//		… result.Policy
//	}
//
// What a policy is worth is measured on leads that it was not fitted to: the leads are split into folds, such that all
// leads of one company or one typed name are in the same, and each fold is answered by a model that was fitted to the
// others. Before and after are compared on the same leads, and the difference has an interval from drawing companies
// anew (the bootstrap). A policy that is not better there, or worse in anything that is measured, is not returned.
//
// Three things are fitted. Weights: a conditional logit (package fit) shrunk to the weights in force, so that few leads
// move little. Calibration: what is said is bent to what has turned out, a line over all kinds of evidence, a line for
// each kind shrunk to that, and for kinds with many leads a curve shrunk to the line. The threshold: the policy's own
// right_per_wrong stays, unless more assignments than before would be wrong; then it rises until no more are.
//
// A Tuner is for one goroutine at a time.
package tune
