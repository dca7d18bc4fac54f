package cluster

import (
	"io"
	"net"
	"sync"
)

// proxy passes connections on to an address, as long as it is to.
type proxy struct {
	listener net.Listener
	to       string

	mu    sync.Mutex // guards what follows
	how   passing
	conns map[net.Conn]bool
	open  chan struct{} // closed while bytes pass
}

// passing says what becomes of connections.
type passing int

const (
	passes passing = iota
	cut            // connections are closed, and refused
	hangs          // connections stay, and nothing comes through until it is over
)

func newProxy(to string) (*proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: listener, to: to, conns: map[net.Conn]bool{}, open: make(chan struct{})}
	close(p.open)
	go p.accept()
	return p, nil
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) close() {
	p.listener.Close()
	p.set(cut)
}

// set changes what becomes of connections.
func (p *proxy) set(how passing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.how == hangs && how != hangs {
		close(p.open)
	} else if p.how != hangs && how == hangs {
		p.open = make(chan struct{})
	}
	if p.how = how; how == cut {
		for c := range p.conns {
			c.Close()
		}
	}
}

func (p *proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.serve(c)
	}
}

func (p *proxy) serve(from net.Conn) {
	defer from.Close()
	if !p.hold(from) {
		return
	}
	defer p.forget(from)
	to, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer to.Close()
	if !p.hold(to) {
		return
	}
	defer p.forget(to)
	var both sync.WaitGroup
	both.Go(func() { p.pass(to, from) })
	both.Go(func() { p.pass(from, to) })
	both.Wait()
}

func (p *proxy) hold(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.how != cut {
		p.conns[c] = true
	}
	return p.how != cut
}

func (p *proxy) forget(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *proxy) pass(to io.WriteCloser, from io.ReadCloser) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		open := p.open
		p.mu.Unlock()
		<-open
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}
