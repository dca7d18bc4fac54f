package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/store"
)

// maxPolicyBytes is what a policy's file may have: more than the store takes.
const maxPolicyBytes = 4 << 20

var errPolicyOfFile = status.Error(codes.FailedPrecondition,
	"the policy is that of a file (leadmatchd --policy); change the file, which is read again")

// readPolicy reads a policy from a file and checks it; the error has a line for each field that is wrong.
func readPolicy(file string) (*leadmatchv1.Policy, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("the policy's file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPolicyBytes+1))
	if err != nil {
		return nil, fmt.Errorf("the policy's file: %w", err)
	}
	if len(text) > maxPolicyBytes {
		return nil, fmt.Errorf("the policy's file %s has more than %d bytes", file, maxPolicyBytes)
	}
	p := &leadmatchv1.Policy{}
	if err := protojson.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("the policy's file %s: %s", file, tidy(err))
	}
	var invalid *invalidError
	if _, err := checkedPolicy(p); errors.As(err, &invalid) {
		var all []error
		for _, field := range invalid.fields {
			all = append(all, fmt.Errorf("the policy's file %s: %s: %s", file, field.GetField(), field.GetDescription()))
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
	p, err := readPolicy(s.cfg.Policy)
	if err != nil {
		return err
	}
	now := b.index.Snapshot().Policy()
	if proto.Equal(policyOf(&now), p) {
		return nil
	}
	_, err = b.store.Commit(context.Background(), &store.Batch{Policy: policyRecord(p)})
	return err
}
