// Package similarity compares two short texts, such as words of company names, without allocating.
//
// # Metrics
//
// [JaroWinkler], [Levenshtein] and [OSA] each have a Compare method that returns 0 for texts with nothing in common
// and 1 for equal ones, and so each is a strutil.StringMetric (github.com/adrg/strutil). Their zero values are the
// standard metrics. Any other strutil metric can stand in their place; it will allocate.
//
// [Distance] counts edits up to a bound, and [Within1] says whether one edit is enough. They are what a fuzzy look-up
// verifies its candidates with.
//
// A text is a sequence of runes; each byte that is not part of valid UTF-8 is the rune U+FFFD, as in a range loop.
// Case matters: normalize first. Of a text longer than [MaxRunes] the rest is ignored, except by [Within1], so that the
// work is bounded whatever the input.
//
// The values are those of strutil, but that two empty texts are equal for every metric (strutil's Levenshtein has NaN
// there) and that strutil has no OSA.
//
// # Concurrency
//
// Everything may be called from any number of goroutines at once; the metrics are plain values.
//
// # Cost
//
// Texts of up to 64 runes are compared bit-parallel, one machine word holding a column of the textbook's matrix; longer
// ones take a word per 64 runes. Texts of ASCII are read in place. For others the runes are first numbered with bytes,
// equal numbers for equal runes, so that one set of kernels serves both.
//
// # Sources
//
//   - Jaro similarity: M. A. Jaro, "Advances in record-linkage methodology as applied to matching the 1985 census of
//     Tampa, Florida", Journal of the American Statistical Association 84 (1989).
//   - The prefix bonus and its threshold of 0.7: W. E. Winkler, "String comparator metrics and enhanced decision rules
//     in the Fellegi-Sunter model of record linkage", Proceedings of the Section on Survey Research Methods, ASA (1990).
//   - Bit-parallel edit distance: G. Myers, "A fast bit-vector algorithm for approximate string matching based on
//     dynamic programming", Journal of the ACM 46 (1999).
//   - Its form without a search and with transpositions, and in several words: H. Hyyrö, "A bit-vector algorithm for
//     computing Levenshtein and Damerau edit distances", Nordic Journal of Computing 10 (2003).
package similarity
