// Package local runs leadmatch's programs on this machine for demos and measurements: builds them, starts a server on a
// free port, waits until it serves, and stops it. Whoever starts a server has to stop it.
package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
)

const (
	stopPatience = 2 * time.Minute       // for a server to end when it is asked to; it gives its calls 15 s, and has to close its store
	readyPause   = 10 * time.Millisecond // between two looks whether a server serves
	logKept      = 4 << 10               // bytes of a server's log that an error quotes
	module       = "github.com/leadmatch/leadmatch"
)

// Programs are the built programs' paths.
type Programs struct {
	Server string // leadmatchd
	CLI    string // leadmatch
}

// Build compiles the programs, with the flags for the compiler, into a folder, which also takes the compiler's temporary
// files: interrupted, it may leave them there.
func Build(ctx context.Context, dir string, flags ...string) (Programs, error) {
	args := append([]string{"build", "-o", dir}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, module+"/server/leadmatchd", module+"/client/leadmatch")...)
	cmd.Env = append(os.Environ(), "GOTMPDIR="+dir)
	shield(cmd)
	cmd.Cancel = func() error { return interruptAll(cmd) }
	cmd.WaitDelay = stopPatience
	if out, err := cmd.CombinedOutput(); err != nil {
		return Programs{}, fmt.Errorf("building: %w\n%s", err, out)
	}
	return Programs{filepath.Join(dir, "leadmatchd"), filepath.Join(dir, "leadmatch")}, nil
}

// Server is a leadmatchd that runs.
type Server struct {
	Addr string // host:port
	Web  string // host:port of HTTP, unless a flag says otherwise

	cmd    *exec.Cmd
	log    tail
	exited chan struct{} // closed when the process has ended; then err is set
	err    error
}

// Start starts a server on a free port of this machine and returns when it serves. The context bounds only the start.
func Start(ctx context.Context, program, dataDir string, flags ...string) (*Server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	web, err := freeAddr()
	if err != nil {
		return nil, err
	}
	s := &Server{Addr: addr, Web: web, exited: make(chan struct{})}
	s.cmd = exec.Command(program, append([]string{"--data", dataDir, "--listen", addr, "--http-listen", web}, flags...)...)
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	shield(s.cmd)
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the server: %w", err)
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.exited)
	}()
	if err := s.waitReady(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the server: %w\n%s", err, s.log.String()), s.Stop())
	}
	return s, nil
}

// Pid returns the process's id.
func (s *Server) Pid() int { return s.cmd.Process.Pid }

// Stop asks the server to end and waits until it has; a server that takes too long is killed. An error is how it ended
// if not well. After the first call the others return the same.
func (s *Server) Stop() error {
	select {
	case <-s.exited:
		return s.ended()
	default:
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return errors.Join(err, s.Kill()) // a system that has no such signal
	}
	select {
	case <-s.exited:
		return s.ended()
	case <-time.After(stopPatience):
		return errors.Join(fmt.Errorf("the server did not end within %v and was killed", stopPatience), s.Kill())
	}
}

// Kill ends the server at once, as a power cut would.
func (s *Server) Kill() error {
	err := s.cmd.Process.Kill()
	<-s.exited
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

func (s *Server) ended() error {
	if s.err != nil {
		return fmt.Errorf("the server ended with %w\n%s", s.err, s.log.String())
	}
	return nil
}

// Leadmatch runs the command line against the server and returns what it printed, and what it said besides. An error
// holds both. An interrupted command ends in its own order.
func (s *Server) Leadmatch(ctx context.Context, p Programs, args ...string) (printed, said string, err error) {
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(ctx, p.CLI, args...)
	cmd.Env = append(os.Environ(), "LEADMATCH_ADDR="+s.Addr)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopPatience
	if err := cmd.Run(); err != nil {
		return "", "", fmt.Errorf("leadmatch %s: %w\n%s%s", strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.String(), stderr.String(), nil
}

// waitReady returns when the server answers that it serves.
func (s *Server) waitReady(ctx context.Context) error {
	conn, err := grpc.NewClient(s.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: time.Second}))
	if err != nil {
		return err
	}
	defer conn.Close()
	health := grpc_health_v1.NewHealthClient(conn)
	for {
		conn.ResetConnectBackoff() // the port may have opened since the last look
		reply, err := health.Check(ctx, &grpc_health_v1.HealthCheckRequest{})
		if err == nil && reply.Status == grpc_health_v1.HealthCheckResponse_SERVING {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.exited:
			return errors.New("it ended before it served")
		case <-time.After(readyPause):
		}
	}
}

// freeAddr returns an address of this machine whose port nobody listens on. Somebody else may take it before it is
// used; then the server says so.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// tail keeps the end of what is written to it. Any number of goroutines may use it at once.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - logKept; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.kept))
}
