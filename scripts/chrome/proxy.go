package chrome

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// Request is what one request carried to a server: everything of it that
// somebody else could read or keep.
type Request struct {
	Method string // "WS" for a frame of a WebSocket, "CONNECT" for an attempt at HTTPS
	URL    string
	Header http.Header // nil for a frame
	Body   []byte

	Answered int // bytes of the answer's body as they came over the network, so far
}

// proxy is an HTTP proxy on a loopback port that records and forwards. To
// another machine it forwards nothing.
type proxy struct {
	listener net.Listener
	mu       sync.Mutex
	list     []Request
	offline  bool
	blocked  bool              // WebSockets are
	open     map[net.Conn]bool // taken over for WebSockets
}

// own names the hosts that Chromium speaks to by itself, whatever its flags say.
// They are refused like all others, but are no traffic of a page; the pages'
// content security policy keeps them from these hosts.
var own = []string{"accounts.google.com:443", "update.googleapis.com:443", "update.googleapis.com"}

func startProxy(t testing.TB, line Line) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", net.JoinHostPort(cmp.Or(line.Host, "127.0.0.1"), "0"))
	if err != nil {
		t.Fatal(err)
	}
	if line.Latency > 0 {
		listener = &distant{listener, line.Latency}
	}
	p := &proxy{listener: listener, open: map[net.Conn]bool{}}
	forward := &httputil.ReverseProxy{
		Rewrite:       func(*httputil.ProxyRequest) {}, // the URL is absolute already
		Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		FlushInterval: -1, // long polls and event streams
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains(own, r.Host) {
			panic(http.ErrAbortHandler)
		}
		time.Sleep(line.Latency)
		if r.Method == http.MethodConnect {
			p.tunnel(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		n := p.record(Request{Method: r.Method, URL: r.URL.String(), Header: r.Header.Clone(), Body: body})
		p.refuse(r.URL.Hostname())
		r.Body = io.NopCloser(bytes.NewReader(body))
		forward.ServeHTTP(&counted{w, p, n}, r)
	})}
	go server.Serve(listener)
	t.Cleanup(func() {
		server.Close()
		p.setOffline(true)
	})
	return p
}

// distant is a listener whose connections take time to come about.
type distant struct {
	net.Listener
	latency time.Duration
}

func (d *distant) Accept() (net.Conn, error) {
	conn, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &distantConn{Conn: conn, ready: time.Now().Add(d.latency)}, nil
}

// distantConn is one on which nothing is read before it is ready.
type distantConn struct {
	net.Conn
	ready time.Time
}

func (c *distantConn) Read(b []byte) (int, error) {
	time.Sleep(time.Until(c.ready))
	return c.Conn.Read(b)
}

func (p *proxy) address() string { return "http://" + p.listener.Addr().String() }

// record returns where in the list the request stands.
func (p *proxy) record(r Request) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, r)
	return len(p.list) - 1
}

// counted counts what an answer holds.
type counted struct {
	http.ResponseWriter
	proxy *proxy
	n     int
}

func (c *counted) Write(b []byte) (int, error) {
	c.proxy.mu.Lock()
	c.proxy.list[c.n].Answered += len(b)
	c.proxy.mu.Unlock()
	return c.ResponseWriter.Write(b)
}

// Unwrap lets answers be flushed and connections taken over.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (p *proxy) requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.list)
}

// refuse breaks the connection off, as a dead network does, when the host is
// not this machine or the network is taken away.
func (p *proxy) refuse(host string) {
	p.mu.Lock()
	offline := p.offline
	p.mu.Unlock()
	address := net.ParseIP(host)
	loopback := host == "localhost" || address != nil && address.IsLoopback()
	if offline || !loopback {
		panic(http.ErrAbortHandler)
	}
}

// setOffline also breaks the WebSockets that are open.
func (p *proxy) setOffline(offline bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offline = offline
	if offline {
		for conn := range p.open {
			conn.Close()
		}
		clear(p.open)
	}
}

func (p *proxy) setBlocked(blocked bool) {
	p.mu.Lock()
	p.blocked = blocked
	p.mu.Unlock()
}

// tunnel serves CONNECT, by which a browser asks a proxy for a WebSocket or
// for HTTPS. Plain WebSockets to this machine are forwarded and their frames
// recorded; HTTPS could not be read and is refused.
func (p *proxy) tunnel(w http.ResponseWriter, r *http.Request) {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil || port == "443" {
		p.record(Request{Method: r.Method, URL: r.Host})
		panic(http.ErrAbortHandler)
	}
	p.refuse(host)
	p.mu.Lock()
	blocked := p.blocked
	p.mu.Unlock()
	if blocked {
		panic(http.ErrAbortHandler)
	}
	server, err := net.DialTimeout("tcp", r.Host, 5*time.Second)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer server.Close()
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	p.mu.Lock()
	p.open[client] = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.open, client)
		p.mu.Unlock()
	}()
	if _, err := io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return
	}
	upgrade, err := http.ReadRequest(buffered.Reader)
	if err != nil {
		return
	}
	url := "ws://" + r.Host + upgrade.URL.String()
	p.record(Request{Method: upgrade.Method, URL: url, Header: upgrade.Header.Clone()})
	upgrade.Header.Del("Sec-Websocket-Extensions") // compressed frames could not be read
	if err := upgrade.Write(server); err != nil {
		return
	}
	go func() {
		io.Copy(client, server)
		client.Close()
	}()
	p.frames(server, buffered.Reader, url)
}

// frames forwards WebSocket frames from client to server until either closes,
// and records each with its payload unmasked (RFC 6455, section 5.3).
func (p *proxy) frames(server io.Writer, client *bufio.Reader, url string) {
	for {
		header, err := ws.ReadHeader(client)
		if err != nil {
			return
		}
		payload := make([]byte, header.Length)
		if _, err := io.ReadFull(client, payload); err != nil {
			return
		}
		if err := ws.WriteHeader(server, header); err != nil {
			return
		}
		if _, err := server.Write(payload); err != nil {
			return
		}
		if header.Masked {
			ws.Cipher(payload, header.Mask, 0)
		}
		p.record(Request{Method: "WS", URL: url, Body: payload})
	}
}
