package server

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/store"
)

func TestErrorsBecomeCodes(t *testing.T) {
	s := &Server{log: slog.New(slog.DiscardHandler)}
	f := func(err error, want codes.Code) {
		t.Helper()
		got := status.Convert(s.statusOf("/method", fmt.Errorf("in /home/somebody: %w", err)))
		if got.Code() != want || strings.Contains(got.Message(), "/home") {
			t.Errorf("%v becomes %v: %s, want %v", err, got.Code(), got.Message(), want)
		}
	}
	f(context.Canceled, codes.Canceled)
	f(context.DeadlineExceeded, codes.DeadlineExceeded)
	f(&store.NotFoundError{Kind: "account", ID: "x"}, codes.NotFound)
	f(&store.PolicyVersionError{Want: 1, Have: 2}, codes.Aborted)
	f(store.ErrReplacing, codes.Aborted)
	f(store.ErrNoSpace, codes.ResourceExhausted)
	f(store.ErrClosed, codes.Unavailable)
	f(store.ErrFailed, codes.Unavailable)
	f(store.ErrDamaged, codes.DataLoss)
	f(fs.ErrPermission, codes.Internal)
	f(invalid("field", "wrong"), codes.InvalidArgument)
	if err := s.statusOf("/method", nil); err != nil {
		t.Errorf("no error becomes %v", err)
	}
	own := status.Error(codes.FailedPrecondition, "as it is")
	if err := s.statusOf("/method", own); err != own {
		t.Errorf("a status becomes %v", err)
	}
}

func TestExitCodes(t *testing.T) {
	f := func(err error, want int) {
		t.Helper()
		if err != nil {
			err = fmt.Errorf("wrapped: %w", err)
		}
		if got := ExitCode(err); got != want {
			t.Errorf("%v: exit code %d, want %d", err, got, want)
		}
	}
	f(nil, ExitOK)
	f(context.Canceled, ExitFailure)
	f(ErrConfig, ExitConfig)
	f(ErrListen, ExitListen)
	f(store.ErrInUse, ExitInUse)
	f(store.ErrDamaged, ExitData)
	f(store.ErrNewerFormat, ExitData)
	f(store.ErrNotStore, ExitData)
	f(store.ErrNoStore, ExitData)
	f(store.ErrNoSpace, ExitAccess)
	f(fs.ErrPermission, ExitAccess)
	f(ErrForced, ExitForced)
}

// TestEveryMethodHasItsKind fails when a method is added and nobody has thought of what bounds it.
func TestEveryMethodHasItsKind(t *testing.T) {
	live := map[string]bool{
		"Match": true, "Normalize": true, "GetAccount": true, "ListAccounts": true, "ListOverrides": true,
		"GetStatus": true, "GetPolicy": true,
	}
	s := newServer(Config{DataDir: "unused"}.withDefaults(), slog.New(slog.DiscardHandler))
	defer s.grpc.Stop()
	methods := 0
	for service, info := range s.grpc.GetServiceInfo() {
		if !strings.HasPrefix(service, "leadmatch.v1.") {
			continue
		}
		for _, m := range info.Methods {
			methods++
			if _, listed := methodKinds["/"+service+"/"+m.Name]; listed == live[m.Name] {
				t.Errorf("%s.%s: listed as not live: %v, known here as live: %v", service, m.Name, listed, live[m.Name])
			}
		}
	}
	if methods < len(methodKinds)+len(live) {
		t.Errorf("%d methods, %d known", methods, len(methodKinds)+len(live))
	}
	if kindOf("/grpc.health.v1.Health/Check") != unbounded || kindOf(leadmatchv1.MatchService_Match_FullMethodName) == unbounded {
		t.Error("the health must not be bounded, a match must")
	}
}
