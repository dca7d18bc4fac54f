// Package fleet builds leadmatch's programs and runs a server on this machine, for tests and measurements of pipelines.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/leadmatch/leadmatch/client"
)

// Programs is the folder that the programs are in.
type Programs string

// Build compiles leadmatchd and leadmatch into a folder, in their own module, whose root is given.
func Build(ctx context.Context, root, dir string) (Programs, error) {
	cmd := exec.CommandContext(ctx, "go", "build", "-C", root, "-o", dir+string(filepath.Separator), "./server/leadmatchd", "./client/leadmatch")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building: %w\n%s", err, out)
	}
	return Programs(dir), nil
}

// Server is a leadmatchd that runs. Whoever starts one has to stop it.
type Server struct {
	Addr string

	programs Programs
	data     string
	cmd      *exec.Cmd
}

// Start starts a server on a data folder and returns when it serves.
func (p Programs) Start(ctx context.Context, data string) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{Addr: l.Addr().String(), programs: p, data: data}
	if err := l.Close(); err != nil {
		return nil, err
	}
	return s, s.Start(ctx)
}

// Start starts a server that was stopped again, at its address.
func (s *Server) Start(ctx context.Context) error {
	s.cmd = exec.Command(filepath.Join(string(s.programs), "leadmatchd"), "--data", s.data, "--listen", s.Addr, "--http-listen", "off")
	if err := s.cmd.Start(); err != nil {
		return err
	}
	c, err := client.Dial(s.Addr, nil)
	if err != nil {
		return errors.Join(err, s.Kill())
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := c.WaitReady(ctx); err != nil {
		return errors.Join(fmt.Errorf("waiting for the server: %w", err), s.Kill())
	}
	return nil
}

// Stop asks the server to end and waits until it has.
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return errors.Join(err, s.Kill()) // a system that has no such signal
	}
	return s.cmd.Wait()
}

// Kill ends the server at once. One that has ended already is no error.
func (s *Server) Kill() error {
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	_ = s.cmd.Wait() // it was killed
	return nil
}

// Leadmatch runs the command line against the server. Exit code 3, all done but for some rows, is no error.
func (s *Server) Leadmatch(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(string(s.programs), "leadmatch"), args...)
	cmd.Env = append(os.Environ(), "LEADMATCH_ADDR="+s.Addr)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("leadmatch %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}
