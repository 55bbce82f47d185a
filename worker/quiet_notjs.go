//go:build !js

package main

import (
	"net"
	"net/http"
	"sync"
)

// quietConns are the connections on which nothing has arrived yet. Browsers open
// some ahead of need. net/http takes them for busy until they are five seconds
// old, so that one of them held up the end of the server and was then told as a
// request that was cut off.
type quietConns struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
	ended bool
}

// follow is for [http.Server.ConnState].
func (q *quietConns) follow(c net.Conn, state http.ConnState) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(q.conns, c)
	case q.ended:
		c.Close()
	default:
		q.conns[c] = true
	}
}

// hangUp closes them, and whichever come later.
func (q *quietConns) hangUp() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	for c := range q.conns {
		c.Close()
	}
}
