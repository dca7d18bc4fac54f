// Package client talks to leadmatchd, the service that says which account a lead belongs to.
//
//	c, err := client.Dial("127.0.0.1:7411", nil)
//	…
//	defer c.Close()
//	outcome, err := c.Match(ctx, &leadmatchv1.Lead{Company: "Acme GmbH", Email: "ann@acme.de"}, nil)
//
// # Connections
//
// Dial makes no call: a Client connects when it is first used, and again when a connection breaks. An address is
// "host:port", any name that gRPC resolves ("dns:///leadmatch.internal:7411", "unix:///run/leadmatch.sock"), or several
// "host:port" separated by commas. Calls go round robin over all the servers that an address stands for and that say by
// gRPC's health protocol that they are serving. WaitReady waits until there is one.
//
// # TLS and tokens
//
// A server on the same machine needs neither. For others, [TLS] reads certificates, and Options.Token is what the
// server's tokens file knows; a token is never sent in plain text to another machine, and stands in no error.
//
// # Deadlines and retries
//
// A call whose context has no deadline gets Options.Timeout. Calls that may be repeated without harm are repeated, at
// other servers where there are any, while these say UNAVAILABLE; a server that is overloaded says when to come back
// (RESOURCE_EXHAUSTED with RetryInfo), and is obeyed as far as the deadline allows. Match asks two servers at once only
// where Options.Hedge says so. Errors are gRPC's: status.Code tells their kind, and [Problems] what was wrong with which
// field.
//
// # Many leads, many accounts
//
// [Client.MatchAll] decides any number of leads over several streams at once and hands the answers back in the order of
// the leads. It reads on only as fast as the answers are taken, so memory stays flat. [Client.Import] stores any number
// of accounts in batches, several at a time, so that the server can commit them together. Both go on where they were
// when a server goes away and comes back, or another one takes over. Rows that a server refuses are reported one by one
// and do not stop the rest.
//
// # Text
//
// Protocol buffers cannot carry text that is not UTF-8. All methods send U+FFFD in place of each invalid sequence, and
// leave the caller's message as it is; where it matters which field of which row it was, [Mend] says so beforehand.
//
// # Concurrency
//
// Any number of goroutines may use a Client at once. Messages that are passed in are not changed, and must not be
// changed by others until the call returns; messages that are returned belong to the caller.
package client
