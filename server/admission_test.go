package server

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/leadmatch/leadmatch/matcher"
	"github.com/leadmatch/leadmatch/server/store"
)

func TestErrorsBecomeCodes(t *testing.T) {
	s := &Server{log: slog.New(slog.DiscardHandler)}
	f := func(err error, want codes.Code) {
		t.Helper()
		got := status.Convert(s.statusOf("", "/method", fmt.Errorf("in /home/somebody: %w", err)))
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
	f(matcher.Room(1<<40, 0), codes.ResourceExhausted)
	f(store.ErrClosed, codes.Unavailable)
	f(store.ErrFailed, codes.Unavailable)
	f(store.ErrDamaged, codes.DataLoss)
	f(fs.ErrPermission, codes.Internal)
	f(invalid("field", "wrong"), codes.InvalidArgument)
	if err := s.statusOf("", "/method", nil); err != nil {
		t.Errorf("no error becomes %v", err)
	}
	own := status.Error(codes.FailedPrecondition, "as it is")
	if err := s.statusOf("", "/method", own); err != own {
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

// TestEveryMethodHasItsRule fails when a method is added and nobody has thought of what bounds it and who may call it.
func TestEveryMethodHasItsRule(t *testing.T) {
	s := newTestServer(t, Config{DataDir: "unused"}, io.Discard)
	defer s.grpc.Stop()
	methods := 0
	for service, info := range s.grpc.GetServiceInfo() {
		for _, m := range info.Methods {
			methods++
			method := "/" + service + "/" + m.Name
			r, listed := rules[method]
			if !listed {
				t.Errorf("%s has no rule", method)
			}
			if stream := m.IsClientStream || m.IsServerStream; r.stream != stream {
				t.Errorf("%s is a stream: %v; its rule says %v", method, stream, r.stream)
			}
			if own := strings.HasPrefix(service, "leadmatch.v1."); own == (r.kind == outside) || own && r.scopes == anybody {
				t.Errorf("%s has the rule %+v", method, r)
			}
		}
	}
	if methods != len(rules) {
		t.Errorf("there are %d methods and %d rules", methods, len(rules))
	}
}
