package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// memory is what two processes have resident, over time.
type memory struct {
	server, client []int // bytes, each half second; nothing where the system does not tell
	ended, done    chan struct{}
}

const lookEvery = 500 * time.Millisecond

func watch(server, client int) *memory {
	m := &memory{ended: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(m.done)
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
			case <-m.ended:
				return
			}
			if n := resident(client); n > 0 {
				m.server, m.client = append(m.server, resident(server)), append(m.client, n)
			}
		}
	}()
	return m
}

func (m *memory) stop() {
	close(m.ended)
	<-m.done
}

// resident is what a process has in memory; 0 where the system does not tell.
func resident(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(string(fields[1]))
	return pages * os.Getpagesize()
}
