// Package rematch decides leads again after accounts, overrides or policy have changed: it compares outcomes with those
// of before, counts, and remembers how far it has come, so that it can be killed at any point and goes on without
// losing a lead or deciding one twice.
//
// # How it goes on
//
// A [Job] writes to a file that is not yet under its name. Every few seconds it brings what was written on disk, and then
// a [Checkpoint]: the place in the input, the length of the output, and the counts, all of one moment. A checkpoint
// therefore never says more than the output holds. What the output holds beyond it is cut off when the job goes on, and
// those leads are decided anew.
//
//	output synced → checkpoint written beside the old one, synced, renamed over it, folder synced → …
//	… → output synced → checkpoint that says "done" → output renamed, folder synced → checkpoint removed
//
// A kill between any two of these leaves a state that the next run understands.
//
// The place in the input is a file and a line. Compressed text cannot be entered in the middle, so all of it up to there
// is read again, which takes a few microseconds a lead, and what is read must be what was read before: a [Place] holds a
// digest of all leads up to it. The rest of the input is held by the sizes of the files.
package rematch
