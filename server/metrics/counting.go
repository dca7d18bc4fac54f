//go:build !uncounted

package metrics

// counting is false in a server that is built with the tag uncounted, as bench/service does to measure what counting costs, and
// nobody else should.
const counting = true
