//go:build count

package matcher

// Counting says whether this build counts look-ups, for Work: it does with the tag "count". One goroutine at a time may
// match then.
const Counting = true
