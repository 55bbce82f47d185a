//go:build !js

package conform

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// wire opens a plain connection to the target and writes to it.
func (u *under) wire(t *testing.T, format string, args ...any) *net.TCPConn {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(u.Target.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(connection, format, args...); err != nil {
		t.Fatal(err)
	}
	return connection.(*net.TCPConn)
}

// declared: a body that says it is over the cap is refused before it is sent.
func (u *under) declared(t *testing.T) {
	for _, path := range []string{"/v1/challenges", "/v1/redeem", "/v1/terminals", "/v1/checkpoints", u.newBox(t).path("response")} {
		connection := u.wire(t, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n{", path)
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if answer.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %s", path, answer.Status)
		}
		connection.Close()
	}
}

// halves: a body that ends half-way redeems nothing and disturbs nobody.
func (u *under) halves(t *testing.T) {
	nonce := u.issue(t).Nonce
	body := redemption(nonce)
	for _, form := range []string{
		fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body[:len(body)/2]),
		fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body[:len(body)-1]),
		fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s", len(body), body[:len(body)/2]),
		// All of it, but not the end of the chunks.
		fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(body), body),
	} {
		connection := u.wire(t, "POST /v1/redeem HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%s", form)
		if err := connection.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		// There may be an answer, but not a good one.
		if answer, err := http.ReadResponse(bufio.NewReader(connection), nil); err == nil && answer.StatusCode < 400 {
			t.Errorf("half a body: %s", answer.Status)
		}
		connection.Close()
	}
	u.post(t, "/v1/redeem", body).want(t, "the whole body", http.StatusOK, "")
	u.post(t, "/v1/redeem", body).want(t, "once more", http.StatusConflict, "nonce-used")
}

// methods: each path of the API takes the methods that are described and names
// them to whoever uses another.
func (u *under) methods(t *testing.T) {
	for path, described := range u.api.Paths {
		if strings.HasPrefix(path, "/v1/demo/") {
			continue
		}
		allow := "GET, HEAD"
		if _, ok := described["post"]; ok {
			allow = "POST"
			if _, ok := described["get"]; ok {
				// A poll that empties a box has no HEAD.
				allow = "GET, POST"
			}
		}
		path = regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(path, "1")
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
			r := u.send(t, u.request(t, method, path, nil))
			if strings.Contains(allow, method) {
				if r.status == http.StatusMethodNotAllowed || r.status == 0 || r.status >= 500 {
					t.Errorf("%s %s: %v", method, path, r)
				}
				continue
			}
			code := "method-not-allowed"
			if method == "HEAD" {
				code = "" // stands in the body
			}
			r.want(t, method+" "+path, http.StatusMethodNotAllowed, code)
			if got := r.header.Get("Allow"); got != allow {
				t.Errorf("%s %s: Allow %q, want %q", method, path, got, allow)
			}
		}
	}
}
