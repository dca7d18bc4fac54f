// Package server is leadmatchd: it turns the engine into a gRPC service with a store of record.
//
// # The way of a call
//
// A call is looked at when its metadata has come, before its message is read (see tap): its method has a rule in one
// table, its token must have one of the scopes that the rule names, it is refused while the index is loaded and when too
// many are under way, live, bulk and writing calls being counted apart. It waits for nothing. The service checks every field against the limits that
// leadmatch.v1 states and names those that are wrong. A read takes the index's newest snapshot, one atomic load, and
// answers from it; a write goes to the store's committer, is made visible in the index once it is on disk, and is
// acknowledged then (see book). All errors become status codes in one place, statusOf.
//
// HTTP and JSON (see web) are translated into such calls by the generated package gateway, and go through the same way.
//
// # Life
//
// Run listens first, so that health can be asked for, and says NOT_SERVING until the index is loaded: one goroutine reads
// the accounts from the store, one a processor decodes them and reads their names, and one adds what they found to the
// index, in order (see batchesOf). When its context
// ends it says NOT_SERVING again, ends the streams after the message that they are at, waits for the calls that are
// under way, cuts off those that take longer than ShutdownTimeout, and closes the store after the last of them.
//
// # Log
//
// Errors that are the server's fault, slow calls, and refusals; not every call. Nothing of what callers send is in it:
// no lead, no account, no id.
package server
