// Package store keeps accounts, overrides, the policy and former policies on disk. It is the store of record of leadmatchd; the index is
// built from it at start. Badger lives here and only here.
//
// # What is promised
//
// A change that Commit has acknowledged is on disk, synced, and survives a kill and a power loss as far as the file
// system allows. A Batch is stored as a whole or not at all. Changes are numbered: the revision counts up by one with
// every batch and never goes back. The store never opens as an empty or shortened one without a word: what it must
// hold is also written beside Badger's files (see marker), and opening compares the two.
//
// # On disk
//
//	DIR/LOCK     held while a process has the store open
//	DIR/MARKER   what must be there: format, revision, accounts; see marker
//	DIR/badger/  Badger's files, with keys and values as in format.go
//
// # How a change gets in
//
// One goroutine commits. It takes all the batches that wait, up to the size of a Badger transaction, checks each one's
// conditions in order, and writes them as one transaction that ends with the StateRecord: Badger keeps a transaction in
// one piece of one log, so all of a batch is there or none. Then it writes the marker, and hands the group to a second
// goroutine, which publishes the batches in the order of their revisions and only then lets the callers go. While a
// group is published the next one is written. A batch that would not fit into a transaction is refused with
// ErrTooLarge, rather than split: nothing that comes over the wire is as large.
//
// A commit costs three syncs: of Badger's log, of its value log, which stays empty and is synced all the same, and of the
// marker. In four seconds of 100 writes a second beside two matching clients, on a disk and processors that had much else
// to do, they took 1.6, 1.3 and 0.8 s, and making a group visible 0.4 ms at the median (go tool trace -pprof=syscall of
// /debug/pprof/trace; leadmatch_index_apply_duration_seconds).
//
// A whole new set of accounts (Replacement) does not fit into a transaction. It is written beside the present one, under
// a generation number of its own, where no reader looks; the switch to it is one transaction that writes the
// StateRecord. The keys of generations that are not the present one are left-overs, of a set that was replaced or of a
// replacement that was not finished; a third goroutine removes them, also after a restart.
//
// What a batch replaces is kept with it, in a journal of 64 MiB (see journal.go), so that what changes mean can be told later.
// A replacement, a restore, and a program that keeps no journal begin it anew.
//
// # Failure
//
// When Badger or the marker cannot be written, it is not known what is on disk. From then on every write fails with
// ErrFailed until the store is opened again; reads go on. Before that can happen for want of space, writes are refused
// with ErrNoSpace: a full disk would end the process, as Badger writes through memory maps.
//
// # Concurrency
//
// Any number of goroutines may call the methods of a Store and read from one View. One process at a time has the store
// open; the second gets ErrInUse.
package store
