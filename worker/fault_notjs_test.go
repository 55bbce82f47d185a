//go:build !js

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dial opens a plain connection to the server.
func (p *process) dial(t *testing.T) (net.Conn, error) {
	t.Helper()
	return net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
}

// A body that ends half-way redeems nothing and disturbs nobody.
func TestHalfSentBodies(t *testing.T) {
	p := start(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"))
	nonce := p.issue(t).Nonce
	body := redemption(nonce)
	for cut := 0; cut < len(body); cut += 7 {
		connection, err := p.dial(t)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(connection, "POST /v1/redeem HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:cut])
		if cut%2 == 0 {
			// The rest will not come; the answer may.
			connection.(*net.TCPConn).CloseWrite()
			answer, err := io.ReadAll(connection)
			if err == nil && len(answer) > 0 && !strings.Contains(string(answer), "400 Bad Request") {
				t.Errorf("cut at %d: %.60s", cut, answer)
			}
		}
		connection.Close()
	}
	wantPost(t, p, "/v1/redeem", body, http.StatusOK, "")
	wantPost(t, p, "/v1/redeem", body, http.StatusConflict, "nonce-used")
}

// Clients that send a byte now and then are cut off, and the others are served
// meanwhile.
func TestSlowClients(t *testing.T) {
	p := start(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"))
	slow := make([]net.Conn, 200)
	for i := range slow {
		var err error
		if slow[i], err = p.dial(t); err != nil {
			t.Fatal(err)
		}
		defer slow[i].Close()
		fmt.Fprint(slow[i], "POST /v1/redeem HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	}
	cut := make(chan error, len(slow))
	for _, connection := range slow {
		go func() {
			// Until the server hangs up, one byte after another.
			for {
				if _, err := connection.Write([]byte("a")); err != nil {
					cut <- nil
					return
				}
				connection.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
				if _, err := connection.Read(make([]byte, 512)); err == io.EOF {
					cut <- nil
					return
				}
			}
		}()
	}
	for range 50 {
		wantPost(t, p, "/v1/redeem", redemption(p.issue(t).Nonce), http.StatusOK, "")
	}
	const patience = time.Minute
	deadline := time.After(patience)
	for i := range slow {
		select {
		case <-cut:
		case <-deadline:
			t.Fatalf("%d of %d slow clients are still connected", len(slow)-i, len(slow))
		}
	}
}

// Ten thousand connections on which nothing happens, and one more that works.
func TestIdleSockets(t *testing.T) {
	const want = 10_000
	p := start(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"))
	idle := make([]net.Conn, 0, want)
	defer func() {
		for _, connection := range idle {
			connection.Close()
		}
	}()
	for len(idle) < want {
		connection, err := p.dial(t)
		if err != nil {
			// The limit on open files of this account, here or at the server.
			t.Logf("only %d idle connections: %v", len(idle), err)
			break
		}
		idle = append(idle, connection)
		if len(idle)%1000 == 0 {
			wantPost(t, p, "/v1/redeem", redemption(p.issue(t).Nonce), http.StatusOK, "")
		}
	}
	t.Logf("%d idle connections", len(idle))
	if len(idle) < 500 {
		t.Errorf("only %d idle connections could be opened", len(idle))
	}
}

// A connection that was opened ahead of need holds up nothing.
func TestQuietConnectionsAndTheServersEnd(t *testing.T) {
	p := start(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"))
	connection, err := p.dial(t)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	p.issue(t) // on a connection that was accepted later
	if err := p.end(t, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if strings.Contains(p.err.String(), "cut off") {
		t.Errorf("a connection without a request was waited for:\n%s", p.err.String())
	}
}
