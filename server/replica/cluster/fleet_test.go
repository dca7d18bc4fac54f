package cluster

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/leadmatch/leadmatch/client"
)

const (
	size     = 3 // servers of NATS, and leadmatchds
	patience = time.Minute
)

// fleet is some leadmatchds that follow a log in a cluster of NATS.
type fleet struct {
	t        *testing.T
	dir      string
	bin      string
	nats     []*process
	replicas []*replica
	ports    []int              // of NATS
	routes   [size][size]*proxy // from one server of NATS to another
	nowhere  *proxy             // refuses all
}

// process is a program that can be killed and started again.
type process struct {
	t    *testing.T
	name string
	path string
	args []string
	log  string

	mu     sync.Mutex // guards what follows
	cmd    *exec.Cmd
	ended  chan struct{}
	killed bool // it is meant to have ended
}

func (p *process) start() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	cmd, ended := exec.Command(p.path, p.args...), make(chan struct{})
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.cmd, p.ended, p.killed = cmd, ended, false
	go func() {
		err := cmd.Wait()
		p.mu.Lock()
		if !p.killed {
			p.t.Errorf("%s has ended by itself: %v; its log is %s", p.name, err, p.log)
		}
		p.mu.Unlock()
		close(ended)
	}()
}

// signal sends a signal; with those that end it, it waits for the end.
func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	ends := s == syscall.SIGKILL || s == syscall.SIGTERM
	p.killed = p.killed || ends
	cmd, ended := p.cmd, p.ended
	p.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(s)
	if ends {
		_ = cmd.Process.Signal(syscall.SIGCONT)
		<-ended
	}
}

// replica is one leadmatchd, its proxies to NATS, and a client of it alone, which asks once.
type replica struct {
	*process
	address string
	proxies []*proxy
	client  *client.Client
}

func (r *replica) part(how passing) {
	for _, p := range r.proxies {
		p.set(how)
	}
}

var built struct {
	sync.Once
	dir string
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(built.dir)
	os.Exit(code)
}

// build makes the programs, once.
func build(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "replicas-*"); built.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-o", built.dir+"/", "github.com/nats-io/nats-server/v2",
			"github.com/leadmatch/leadmatch/server/leadmatchd").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.dir
}

// newFleet starts all and waits until they serve.
func newFleet(t *testing.T) *fleet {
	f := &fleet{t: t, dir: t.TempDir(), bin: build(t)}
	ports := freePorts(t, 2*size)
	f.nowhere = f.proxy(0)
	f.nowhere.set(cut)
	for i := range size {
		name := fmt.Sprintf("nats%d", i)
		var routes []string
		for j := range size {
			if j != i {
				f.routes[i][j] = f.proxy(ports[size+j])
				routes = append(routes, "nats://"+f.routes[i][j].address())
			}
		}
		config := filepath.Join(f.dir, name+".conf")
		text := fmt.Sprintf(`server_name: %s
listen: "127.0.0.1:%d"
jetstream { store_dir: %q, max_mem: 256M, max_file: 8G }
cluster { name: test, listen: "127.0.0.1:%d", advertise: %q, no_advertise: true, ping_interval: "1s", routes: [%s] }
`, name, ports[i], filepath.Join(f.dir, name), ports[size+i], f.nowhere.address(), strings.Join(routes, ", "))
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f.nats = append(f.nats, f.process(name, "nats-server", "-c", config))
		f.nats[i].start()
	}
	f.ports = ports[:size]
	for range size {
		f.add(f.ports)
	}
	t.Cleanup(f.end)
	for _, r := range f.replicas {
		r.start()
	}
	f.ready(f.replicas...)
	return f
}

// proxy makes one to a port of this machine.
func (f *fleet) proxy(port int) *proxy {
	f.t.Helper()
	p, err := newProxy(fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(p.close)
	return p
}

// partNATS changes what becomes of the routes between a server of NATS and others. They know of no other way: what they say
// of themselves to each other leads nowhere.
func (f *fleet) partNATS(i int, how passing, others ...int) {
	for _, j := range others {
		if j != i {
			f.routes[i][j].set(how)
			f.routes[j][i].set(how)
		}
	}
}

func (f *fleet) process(name, program string, args ...string) *process {
	return &process{t: f.t, name: name, path: filepath.Join(f.bin, program), args: args, log: filepath.Join(f.dir, name+".log")}
}

// add makes one more replica, which is not started.
func (f *fleet) add(nats []int) *replica {
	f.t.Helper()
	name, r := fmt.Sprintf("replica%d", len(f.replicas)), &replica{}
	var urls []string
	for _, port := range nats {
		p := f.proxy(port)
		r.proxies = append(r.proxies, p)
		urls = append(urls, "nats://"+p.address())
	}
	r.address = fmt.Sprintf("127.0.0.1:%d", freePorts(f.t, 1)[0])
	r.process = f.process(name, "leadmatchd", "--data", filepath.Join(f.dir, name), "--listen", r.address, "--http-listen", "off",
		"--min-free-bytes", "1", "--log", strings.Join(urls, ","), "--log-replicas", fmt.Sprint(size), "--log-level", "info")
	var err error
	if r.client, err = client.Dial(r.address, &client.Options{Once: true, Timeout: patience}); err != nil {
		f.t.Fatal(err)
	}
	f.replicas = append(f.replicas, r)
	return r
}

// addresses are those of all replicas.
func (f *fleet) addresses() string {
	var all []string
	for _, r := range f.replicas {
		all = append(all, r.address)
	}
	return strings.Join(all, ",")
}

func (f *fleet) ready(replicas ...*replica) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	for _, r := range replicas {
		if err := r.client.WaitReady(ctx); err != nil {
			f.t.Fatalf("%s does not serve: %v; its log is %s", r.name, err, r.log)
		}
	}
}

// end ends all; the logs of a test that has failed are kept.
func (f *fleet) end() {
	for _, r := range f.replicas {
		r.client.Close()
		r.signal(syscall.SIGKILL)
	}
	for _, n := range f.nats {
		n.signal(syscall.SIGKILL)
	}
	if f.t.Failed() {
		kept, err := os.MkdirTemp("", "replicas-failed-*")
		if err == nil {
			err = os.CopyFS(kept+"/logs", os.DirFS(f.dir))
		}
		f.t.Logf("what they have written is in %s (%v)", kept, err)
	}
}

func freePorts(t *testing.T, n int) []int {
	t.Helper()
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}
