// Package cluster tests replicas of leadmatchd with servers of NATS, all of them processes of their own on this machine.
// Between each leadmatchd and each server of NATS is a proxy, so that they can be parted. "make replicas" runs it.
package cluster
