package server

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/proto/policyfile"
	"github.com/leadmatch/leadmatch/server/store"
)

// What errors call the files.
const (
	policyFile = "the policy's file"
	shadowFile = "the shadow policy"
)

var errPolicyOfFile = status.Error(codes.FailedPrecondition,
	"the policy is that of a file (leadmatchd --policy); change the file, which is read again")

// readPolicy reads a policy from a file and checks it; the error begins with what the file is, and has a line for each field
// that is wrong.
func readPolicy(what, file string) (*leadmatchv1.Policy, error) {
	p, err := policyfile.Open(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var invalid *invalidError
	if _, err := checkedPolicy(p); errors.As(err, &invalid) {
		var all []error
		for _, field := range invalid.fields {
			all = append(all, fmt.Errorf("%s: %s: %s: %s", what, file, field.GetField(), field.GetDescription()))
		}
		return nil, errors.Join(all...)
	}
	return p, nil
}

// loadPolicy makes the policy in the file, if there is one, the one in force.
func (s *Server) loadPolicy(b *book) error {
	if b == nil || s.cfg.Policy == "" { // while b is being opened, it is not time yet
		return nil
	}
	p, err := readPolicy(policyFile, s.cfg.Policy)
	if err != nil {
		return err
	}
	now := b.index.Snapshot().Policy()
	if proto.Equal(policyOf(&now), p) {
		return nil
	}
	record := policyRecord(p)
	record.Author = "leadmatchd --policy"
	_, err = b.writes.Commit(context.Background(), &store.Batch{Policy: record})
	return err
}
