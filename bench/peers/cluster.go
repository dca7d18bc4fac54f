package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// errNoPostgres means that this machine has no PostgreSQL server to start.
var errNoPostgres = errors.New("PostgreSQL's server programs were not found in PATH or in /usr/lib/postgresql; Debian's packages are postgresql and postgresql-contrib")

// cluster is a PostgreSQL server of our own, on a temporary folder and a socket in it. Nobody else can reach it.
type cluster struct {
	dir  string
	cmd  *exec.Cmd
	log  *os.File
	done chan error // how the server ended
}

// packagedPostgres is where Debian's packages put a program that a server cannot do without.
var packagedPostgres = "/usr/lib/postgresql/*/bin/initdb"

// postgresBin returns the folder of PostgreSQL's server programs, the newest version's.
func postgresBin() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob(packagedPostgres)
	if err != nil || len(found) == 0 {
		return "", errNoPostgres
	}
	newest := slices.MaxFunc(found, func(a, b string) int {
		if d := len(a) - len(b); d != 0 { // version 9 comes before 15
			return d
		}
		return strings.Compare(a, b)
	})
	return filepath.Dir(newest), nil
}

// postgresVersion is what the server says of itself.
func postgresVersion(ctx context.Context) (string, error) {
	bin, err := postgresBin()
	if err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return "", fmt.Errorf("postgres --version: %w", err)
	}
	return strings.TrimSpace(strings.TrimPrefix(string(out), "postgres (PostgreSQL)")), nil
}

// settings are for a database that is made anew each time, and fits in memory: nothing waits for the disk, sorting and
// building indexes have room, and no query is compiled, which takes longer than it saves.
var settings = []string{
	"listen_addresses=", "shared_buffers=1GB", "effective_cache_size=4GB", "work_mem=64MB", "maintenance_work_mem=1GB",
	"random_page_cost=1.1", "jit=off", "autovacuum=off", "fsync=off", "full_page_writes=off", "synchronous_commit=off",
	"wal_level=minimal", "max_wal_senders=0", "max_wal_size=8GB", "pg_trgm.similarity_threshold=" + trigramThreshold,
}

// startCluster makes a database in a folder of its own and starts a server on it. It has to be stopped.
func startCluster(ctx context.Context) (c *cluster, err error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	c = &cluster{done: make(chan error, 1)}
	// The server may run as another user, who has to get to it: not in a folder that is closed to others. A socket's
	// path may have 107 bytes.
	if c.dir, err = os.MkdirTemp("", "peers-pg-"); err != nil {
		return nil, err
	}
	if err = c.start(ctx, bin); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *cluster) start(ctx context.Context, bin string) error {
	if err := give(c.dir); err != nil {
		return err
	}
	initdb, err := asPostgres(exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", c.data(), "-U", "peers", "--auth=trust",
		"--no-sync", "--encoding=UTF8", "--lc-collate=C", "--lc-ctype=C.UTF-8"))
	if err != nil {
		return err
	}
	initdb.Dir = c.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	args := []string{"-D", c.data(), "-k", c.dir}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	server, err := asPostgres(exec.Command(filepath.Join(bin, "postgres"), args...))
	if err != nil {
		return err
	}
	if c.log, err = os.Create(filepath.Join(c.dir, "log")); err != nil {
		return err
	}
	server.Dir, server.Stdout, server.Stderr = c.dir, c.log, c.log
	if err := server.Start(); err != nil {
		return err
	}
	c.cmd = server
	go func() { c.done <- server.Wait() }()
	return c.waitReady(ctx)
}

// waitReady returns when the server takes connections.
func (c *cluster) waitReady(ctx context.Context) error {
	for {
		conn, err := c.connect(ctx)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case ended := <-c.done:
			c.done <- ended
			log, _ := os.ReadFile(c.log.Name())
			return fmt.Errorf("PostgreSQL did not start: %w\n%s", ended, log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// connect returns a connection, which the server's end closes if nobody else does.
func (c *cluster) connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, "host="+c.dir+" user=peers dbname=postgres")
}

func (c *cluster) resident() (int, error) {
	pid := c.cmd.Process.Pid
	return memoryOf(append(children(pid), pid)...)
}

// stop ends the server, whoever is connected, and removes the folder. It works however far start came.
func (c *cluster) stop() error {
	var errs []error
	if c.cmd != nil {
		errs = append(errs, c.cmd.Process.Signal(os.Interrupt)) // a fast shutdown
		select {
		case err := <-c.done:
			errs = append(errs, err)
		case <-time.After(30 * time.Second):
			errs = append(errs, errors.New("PostgreSQL did not stop within 30 s and was killed"), c.cmd.Process.Kill())
			<-c.done
		}
	}
	if c.log != nil {
		errs = append(errs, c.log.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(c.dir))...)
}
