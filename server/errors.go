package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/leadmatch/leadmatch/matcher"
	"github.com/leadmatch/leadmatch/server/replica"
	"github.com/leadmatch/leadmatch/server/store"
)

// The errors that end leadmatchd; ExitCode tells them apart.
var (
	// ErrConfig says that the configuration is wrong.
	ErrConfig = errors.New("the configuration is wrong")
	// ErrListen says that the address cannot be listened on, mostly because something else does.
	ErrListen = errors.New("cannot listen")
	// ErrForced says that calls were still running when the time for shutting down was over; they were cut off.
	ErrForced = errors.New("calls were cut off")
)

// Exit codes of leadmatchd.
const (
	ExitOK      = 0
	ExitFailure = 1 // anything else
	ExitConfig  = 2 // flags or configuration are wrong
	ExitListen  = 3 // the address is in use, or not this machine's
	ExitInUse   = 4 // another leadmatchd has the data folder open
	ExitData    = 5 // the data folder is damaged, of a newer version, of another log, or none
	ExitAccess  = 6 // the data folder cannot be read or written by this user, or the disk is full
	ExitForced  = 7 // calls were cut off at the end; what was acknowledged is stored
)

// ExitCode returns the exit code for what Run returned.
func ExitCode(err error) int {
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, ErrConfig):
		return ExitConfig
	case errors.Is(err, ErrListen):
		return ExitListen
	case errors.Is(err, store.ErrInUse):
		return ExitInUse
	case errors.Is(err, store.ErrDamaged), errors.Is(err, store.ErrNewerFormat), errors.Is(err, store.ErrNotStore),
		errors.Is(err, store.ErrNoStore), errors.Is(err, store.ErrOtherLog):
		return ExitData
	case errors.Is(err, fs.ErrPermission), errors.Is(err, store.ErrNoSpace):
		return ExitAccess
	case errors.Is(err, ErrForced):
		return ExitForced
	}
	return ExitFailure
}

// retryAfter is what a caller is told to wait when the server has too much to do.
const retryAfter = 100 * time.Millisecond

// statusOf is the one place where errors become status codes. What a caller may read goes out; of everything else the
// caller gets an id, under which it is in the log.
func (s *Server) statusOf(requestID, method string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	var notFound *store.NotFoundError
	var version *store.PolicyVersionError
	var invalid *invalidError
	var full *matcher.FullError
	switch {
	case errors.As(err, &invalid):
		return invalid.status()
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, "the call was cancelled")
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, "the deadline has passed")
	case errors.As(err, &notFound):
		return withDetail(codes.NotFound, notFound.Error(),
			&errdetails.ResourceInfo{ResourceType: notFound.Kind, ResourceName: notFound.ID})
	case errors.As(err, &version):
		return status.Error(codes.Aborted, version.Error())
	case errors.Is(err, store.ErrReplacing):
		return status.Error(codes.Aborted, store.ErrReplacing.Error())
	case errors.Is(err, store.ErrTooLarge):
		return status.Error(codes.InvalidArgument, err.Error())
	case errors.As(err, &full):
		return status.Error(codes.ResourceExhausted, full.Error()+"; nothing was stored. Delete accounts, or divide the book (server/SCALING.md)")
	case errors.Is(err, store.ErrNoSpace):
		if count, due := s.noSpace.note(); due {
			s.log.Warn("writes were refused", "refused", count, "cause", err)
		}
		return withDetail(codes.ResourceExhausted, store.ErrNoSpace.Error(),
			&errdetails.RetryInfo{RetryDelay: durationpb.New(time.Minute)})
	case errors.Is(err, replica.ErrAway):
		return withDetail(codes.Unavailable, replica.ErrAway.Error(), &errdetails.RetryInfo{RetryDelay: durationpb.New(retryAfter)})
	case errors.Is(err, replica.ErrLog):
		return logged(s.log, requestID, method, err, codes.Unavailable, replica.ErrLog.Error()+"; the change may or may not have been made")
	case errors.Is(err, store.ErrUnsettled):
		return status.Error(codes.Unavailable, store.ErrUnsettled.Error())
	case errors.Is(err, store.ErrClosed):
		return status.Error(codes.Unavailable, "the server is shutting down")
	case errors.Is(err, store.ErrFailed):
		return logged(s.log, requestID, method, err, codes.Unavailable, store.ErrFailed.Error())
	case errors.Is(err, store.ErrDamaged):
		return logged(s.log, requestID, method, err, codes.DataLoss, "what is stored cannot be read")
	}
	return logged(s.log, requestID, method, err, codes.Internal, "internal error")
}

// logged writes an error to the log under an id, which is all that the caller gets of it.
func logged(log *slog.Logger, requestID, method string, err error, code codes.Code, message string) error {
	id := newID()
	log.Error(message, "method", method, "error_id", id, "request_id", requestID, "cause", err)
	return status.Errorf(code, "%s; it is in the server's log under %s", message, id)
}

func withDetail(code codes.Code, message string, detail protoadapt.MessageV1) error {
	s := status.New(code, message)
	if detailed, err := s.WithDetails(detail); err == nil {
		s = detailed
	}
	return s.Err()
}

// busy refuses a call because others are under way.
func busy(kind string, limit int) error {
	return withDetail(codes.ResourceExhausted, fmt.Sprintf("%d %s calls are under way, which is the limit", limit, kind),
		&errdetails.RetryInfo{RetryDelay: durationpb.New(retryAfter)})
}
