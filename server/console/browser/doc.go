// Package browser holds the tests that click through the console in a real, headless Chromium ("make browser"). It is a
// module of its own, and knows leadmatch only by its programs.
package browser
