// Package access says who may call what: tokens, their scopes and their rates.
//
// A token is 32 letters and digits more than a name for it: 128 bits that nobody guesses. The tokens file holds its
// SHA-256 and not the token, so who reads the file or a backup of it cannot call; a slow hash would add nothing to as
// many random bits. Tokens are found by the part that is no secret, and compared in constant time.
//
// # Concurrency
//
// Any number of goroutines may use Tokens and a Caller at once; Reload swaps in a new set in one step.
package access
