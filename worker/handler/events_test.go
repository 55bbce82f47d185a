//go:build !js

package handler

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
	"jianzheng/worker/mail"
)

// counter is a page that asked for a challenge on way A.
type counter struct {
	t      *testing.T
	url    string
	issued core.Issued
}

func newCounter(t *testing.T, f *fixture) *counter {
	t.Helper()
	server := httptest.NewServer(f.handler)
	t.Cleanup(server.Close)
	c := &counter{t: t, url: server.URL + "/v1/challenges"}
	w := f.do("POST", "/v1/challenges", `{"purpose":"internet-cafe","pageKey":"`+strings.Repeat("A", 43)+`"}`)
	if err := json.Unmarshal(w.Body.Bytes(), &c.issued); err != nil || c.issued.Pickup == "" {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return c
}

// post plays the phone.
func (c *counter) post(what, ciphertext string) int {
	c.t.Helper()
	body := `{"nonce":"` + c.issued.Nonce + `","party":"demo-cafe","purpose":"internet-cafe"`
	if ciphertext != "" {
		body += `,"ciphertext":"` + ciphertext + `"`
	}
	response, err := http.Post(c.url+"/"+c.issued.ID+"/"+what, "application/json", strings.NewReader(body+"}"))
	if err != nil {
		c.t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func (c *counter) listen(protocol string, header http.Header) (*websocket.Conn, *http.Response, error) {
	c.t.Helper()
	return websocket.Dial(c.t.Context(), c.url+"/"+c.issued.ID+"/events", &websocket.DialOptions{Subprotocols: []string{protocol}, HTTPHeader: header})
}

func (c *counter) connect() *websocket.Conn {
	c.t.Helper()
	conn, _, err := c.listen("jz."+c.issued.Pickup, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.CloseNow() })
	return conn
}

func (c *counter) hear(conn *websocket.Conn) (n news) {
	c.t.Helper()
	_, text, err := conn.Read(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	if err := json.Unmarshal(text, &n); err != nil {
		c.t.Fatal(err)
	}
	return n
}

var sealedText = base64.RawURLEncoding.EncodeToString(make([]byte, 32+256+16))

func TestEvents(t *testing.T) {
	c := newCounter(t, newFixture(t))
	conn := c.connect()
	if got, want := conn.Subprotocol(), "jz."+c.issued.Pickup; got != want {
		t.Errorf("subprotocol %q, want %q", got, want)
	}
	if status := c.post("opened", ""); status != http.StatusNoContent {
		t.Fatal(status)
	}
	if n := c.hear(conn); n.State != core.BoxOpened || n.Ciphertext != "" {
		t.Errorf("%+v", n)
	}
	if status := c.post("response", sealedText); status != http.StatusNoContent {
		t.Fatal(status)
	}
	if n := c.hear(conn); n.State != core.BoxAnswered || n.Ciphertext != sealedText {
		t.Errorf("%+v", n)
	}
	if err := conn.Write(t.Context(), websocket.MessageText, []byte("got")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		t.Errorf("after delivery: %v", err)
	}
	if n := c.hear(c.connect()); n.State != core.BoxDelivered || n.Ciphertext != "" {
		t.Errorf("to whoever comes later: %+v", n)
	}
	if status := c.post("response", sealedText); status != http.StatusConflict {
		t.Errorf("a second answer: %d", status)
	}
}

// An answer that a page did not acknowledge, because it was being loaded again,
// is there for the page that comes back.
func TestAnswerSurvivesAReload(t *testing.T) {
	c := newCounter(t, newFixture(t))
	first := c.connect()
	c.post("response", sealedText)
	if n := c.hear(first); n.State != core.BoxAnswered {
		t.Errorf("%+v", n)
	}
	first.CloseNow()
	second := c.connect()
	if n := c.hear(second); n.State != core.BoxAnswered || n.Ciphertext != sealedText {
		t.Errorf("%+v", n)
	}
}

func TestEventsRefuse(t *testing.T) {
	f := newFixture(t)
	c := newCounter(t, f)
	for name, test := range map[string]struct {
		protocol string
		header   http.Header
		want     int
	}{
		"no pickup":             {"json", nil, http.StatusNotFound},
		"pickup of another box": {"jz." + strings.Repeat("A", 27), nil, http.StatusNotFound},
		"page of another host":  {"jz." + c.issued.Pickup, http.Header{"Origin": {"https://evil.example"}}, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, response, err := c.listen(test.protocol, test.header)
			if err == nil || response == nil || response.StatusCode != test.want {
				t.Errorf("%v, %v", response, err)
			}
		})
	}
	wantProblem(t, f.do("GET", "/v1/challenges/"+c.issued.ID+"/events", ""), http.StatusBadRequest, reason.BodyMalformed)
	// Whoever writes anything but that it has the answer is not listened to.
	conn := c.connect()
	if err := conn.Write(t.Context(), websocket.MessageText, []byte("more than that")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(t.Context()); err == nil {
		t.Error("still open")
	}
}

func TestEventsEndWithTheServer(t *testing.T) {
	f := newFixture(t)
	c := newCounter(t, f)
	conn := c.connect()
	c.post("opened", "")
	c.hear(conn)
	f.config.Mail.(*mail.Hub).Close()
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Error(err)
	}
}

// A poll under way hears of an answer; one whose page hung up leaves it.
func TestPollWaits(t *testing.T) {
	c := newCounter(t, newFixture(t))
	poll := func(ctx context.Context) (n news, err error) {
		request, err := http.NewRequestWithContext(ctx, "GET", c.url+"/"+c.issued.ID+"/response?seen=opened", nil)
		if err != nil {
			return n, err
		}
		request.Header.Set("Authorization", "Pickup "+c.issued.Pickup)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return n, err
		}
		defer response.Body.Close()
		return n, json.NewDecoder(response.Body).Decode(&n)
	}
	c.post("opened", "")
	gone, leave := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, leave)
	if n, err := poll(gone); err == nil {
		t.Errorf("%+v for a page that left", n)
	}
	heard := make(chan news)
	go func() {
		n, err := poll(t.Context())
		if err != nil {
			t.Error(err)
		}
		heard <- n
	}()
	c.post("response", sealedText)
	if n := <-heard; n.State != core.BoxAnswered || n.Ciphertext != sealedText {
		t.Errorf("%+v", n)
	}
}

func TestWithoutWayA(t *testing.T) {
	f := newFixture(t)
	f.remake(t, func(c *Config) { c.Mail = nil })
	for _, path := range []string{"/v1/challenges/AAAAAAAAAAAAAAAA/response", "/v1/challenges/AAAAAAAAAAAAAAAA/events", "/v1/challenges/AAAAAAAAAAAAAAAA/opened"} {
		if w := f.do("GET", path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
