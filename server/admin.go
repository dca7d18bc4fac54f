package server

import (
	"context"
	"runtime/metrics"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/leadmatch/leadmatch/matcher"
	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/engine"
	"github.com/leadmatch/leadmatch/server/store"
)

// adminService is leadmatch.v1.AdminService.
type adminService struct {
	leadmatchv1.UnimplementedAdminServiceServer
	server *Server
}

func (s *adminService) GetStatus(context.Context, *leadmatchv1.GetStatusRequest) (*leadmatchv1.GetStatusResponse, error) {
	b := s.server.book()
	snap := b.index.Snapshot()
	stats, v := snap.Stats(), snap.Versions()
	heap := heapBytes()
	decided := &s.server.counters.leads.Decisions
	return &leadmatchv1.GetStatusResponse{
		Version: Version(),
		Versions: &leadmatchv1.Versions{
			Revision: v.Revision, Policy: v.Policy, Normalizer: v.Normalizer, Model: v.Model,
		},
		Accounts:          uint64(stats.Accounts),
		Names:             uint64(stats.Names),
		Domains:           uint64(stats.Domains),
		Overrides:         uint64(stats.Overrides),
		Segments:          uint32(stats.Segments),
		IndexBytes:        uint64(stats.Bytes),
		HeapBytes:         heap.taken,
		HeapInUseBytes:    heap.inUse,
		StoreBytes:        b.store.DiskBytes(),
		PendingChanges:    b.store.Pending(),
		StartTime:         timestamppb.New(s.server.started),
		LoadDuration:      durationpb.New(b.loadTime),
		LeadsMatched:      decided[matcher.Matched].Load(),
		LeadsReview:       decided[matcher.Review].Load(),
		LeadsNoMatch:      decided[matcher.NoMatch].Load(),
		LeadsInsufficient: decided[matcher.Insufficient].Load(),
		Replica:           b.replicaStatus(),
	}, nil
}

type heap struct{ taken, inUse uint64 }

// heapBytes asks the runtime, without stopping the world.
func heapBytes() heap {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(samples)
	inUse := samples[0].Value.Uint64()
	return heap{taken: inUse + samples[1].Value.Uint64() + samples[2].Value.Uint64(), inUse: inUse}
}

func (s *adminService) GetPolicy(context.Context, *leadmatchv1.GetPolicyRequest) (*leadmatchv1.GetPolicyResponse, error) {
	p := s.server.book().index.Snapshot().Policy()
	effective := p.Effective()
	return &leadmatchv1.GetPolicyResponse{Policy: policyOf(&p), Effective: policyOf(&effective), Version: p.Version}, nil
}

func (s *adminService) SetPolicy(ctx context.Context, req *leadmatchv1.SetPolicyRequest) (*leadmatchv1.SetPolicyResponse, error) {
	if s.server.cfg.Policy != "" {
		return nil, errPolicyOfFile
	}
	record, err := policyBy(ctx, req)
	if err != nil {
		return nil, err
	}
	r, err := s.server.book().writes.Commit(ctx, &store.Batch{Policy: record, PolicyVersion: req.GetExpectedVersion()})
	if err != nil {
		return nil, err
	}
	return &leadmatchv1.SetPolicyResponse{Version: record.GetVersion(), Revision: r.Revision}, nil
}

// checkedPolicy returns a policy that can be decided by, or all that is wrong with it.
func checkedPolicy(policy *leadmatchv1.Policy) (*storev1.PolicyRecord, error) {
	record := policyRecord(policy)
	var c checker
	if c.policy(policy); c.found == nil {
		for _, wrong := range engine.Policy(record).Check() {
			p := root("policy." + wrong.Field)
			c.fail(&p, "%s", wrong.Problem)
		}
	}
	return record, c.err()
}

// backupChunk is how much of a backup goes into one message.
const backupChunk = 256 << 10

func (s *adminService) Backup(_ *leadmatchv1.BackupRequest, stream grpc.ServerStreamingServer[leadmatchv1.BackupResponse]) error {
	v, err := s.server.book().store.View()
	if err != nil {
		return err
	}
	defer v.Close()
	w := &chunkWriter{send: func(chunk []byte) error {
		return stream.Send(&leadmatchv1.BackupResponse{Chunk: chunk})
	}}
	if err := v.Backup(w); err != nil {
		return err
	}
	return w.flush()
}

// chunkWriter gathers what is written into chunks of backupChunk bytes.
type chunkWriter struct {
	send  func([]byte) error
	chunk []byte
}

func (w *chunkWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), backupChunk-len(w.chunk))
		w.chunk = append(w.chunk, rest[:n]...)
		rest = rest[n:]
		if len(w.chunk) == backupChunk {
			if err := w.flush(); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

func (w *chunkWriter) flush() error {
	if len(w.chunk) == 0 {
		return nil
	}
	err := w.send(w.chunk)
	w.chunk = make([]byte, 0, backupChunk) // the message that was sent may still be looked at
	return err
}
