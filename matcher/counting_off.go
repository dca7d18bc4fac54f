//go:build !count

package matcher

// Counting says whether this build counts look-ups, for Work: only one with the tag "count" does, as matches of several
// goroutines would count in the same place.
const Counting = false
