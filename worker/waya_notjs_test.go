//go:build !js

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"

	seal "jianzheng/shared/answer"
	"jianzheng/shared/challenge"
	"jianzheng/shared/demo"
	"jianzheng/shared/draws"
	"jianzheng/worker/core"
)

// ask asks for a challenge on way A, as a page with that key does.
func (p *process) ask(t *testing.T, key *seal.Key) (issued core.Issued, signed *challenge.Signed) {
	t.Helper()
	body := `{"purpose":"internet-cafe","pageKey":"` + base64.RawURLEncoding.EncodeToString(key.Public()) + `"}`
	response, err := http.Post(p.url+"/v1/challenges", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&issued); err != nil {
		t.Fatal(err)
	}
	if signed, err = challenge.Parse(issued.Challenge); err != nil {
		t.Fatal(err)
	}
	return issued, signed
}

// poll asks for news of a box.
func (p *process) poll(issued core.Issued, wait string) (status int, body string) {
	request, err := http.NewRequest(http.MethodGet, p.url+"/v1/challenges/"+issued.ID+"/response", nil)
	if err != nil {
		return 0, err.Error()
	}
	request.Header.Set("Authorization", "Pickup "+issued.Pickup)
	request.Header.Set("Prefer", "wait="+wait)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(b)
}

func pageKey(t *testing.T) *seal.Key {
	t.Helper()
	key, err := seal.GenerateKey(draws.New("page"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestWayA(t *testing.T) {
	p := start(t, "-demo", "-data", t.TempDir())
	key := pageKey(t)
	issued, signed := p.ask(t, key)
	conn, _, err := websocket.Dial(t.Context(), p.url+"/v1/challenges/"+issued.ID+"/events", &websocket.DialOptions{Subprotocols: []string{"jz." + issued.Pickup}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	sealed, err := seal.Seal(signed.PageKey, signed.Nonce, []byte("presentation"))
	if err != nil {
		t.Fatal(err)
	}
	// The challenge names an address that serves this computer's pages.
	where := strings.Replace(signed.ResponseURI, "localhost", "127.0.0.1", 1)
	if !strings.HasPrefix(where, p.url) && !strings.HasPrefix(signed.ResponseURI, p.url) {
		t.Errorf("answers go to %s, the server is %s", signed.ResponseURI, p.url)
	}
	body := `{"nonce":"` + issued.Nonce + `","party":"` + demo.PartyID + `","purpose":"internet-cafe","ciphertext":"` + base64.RawURLEncoding.EncodeToString(sealed) + `"}`
	response, err := http.Post(where+"/"+issued.ID+"/response", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		t.Fatal(response.Status)
	}
	_, text, err := conn.Read(t.Context())
	var news struct{ State, Ciphertext string }
	if err != nil || json.Unmarshal(text, &news) != nil || news.State != "answered" {
		t.Fatalf("%s, %v", text, err)
	}
	got, err := base64.RawURLEncoding.DecodeString(news.Ciphertext)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := key.Open(signed.Nonce, got); err != nil || string(plain) != "presentation" {
		t.Errorf("%q, %v", plain, err)
	}
}

// A poll may wait for longer than a request may take to arrive, and whoever
// listens does not hold up the end of the server.
func TestListenersAndTheServersEnd(t *testing.T) {
	t.Parallel()
	p := start(t, "-demo", "-data", t.TempDir())
	issued, _ := p.ask(t, pageKey(t))
	if status, body := p.poll(issued, "11"); status != http.StatusOK || body != `{"state":"waiting"}` {
		t.Errorf("a poll longer than %v: %d %s", readTimeout, status, body)
	}
	issued, _ = p.ask(t, pageKey(t))
	conn, _, err := websocket.Dial(t.Context(), p.url+"/v1/challenges/"+issued.ID+"/events", &websocket.DialOptions{Subprotocols: []string{"jz." + issued.Pickup}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	polled := make(chan string)
	go func() {
		_, body := p.poll(issued, "30")
		polled <- body
	}()
	// The poll is under way once the server has answered a request that came later.
	p.issue(t)
	if err := p.end(t, syscall.SIGTERM); err != nil {
		t.Errorf("%v\n%s", err, p.err.String())
	}
	<-polled
	if _, _, err := conn.Read(t.Context()); err == nil {
		t.Error("the socket is still open")
	}
	if strings.Contains(p.err.String(), "cut off") {
		t.Errorf("listeners were cut off:\n%s", p.err.String())
	}
}

func TestAddressForPhones(t *testing.T) {
	for url, want := range map[string]string{
		"": "", "https://jz.example": "https://jz.example/v1/challenges", "https://jz.example/": "https://jz.example/v1/challenges",
	} {
		p := start(t, "-data", operatorFolder(t), "-url", url)
		issued, signed := p.ask(t, pageKey(t))
		if signed.ResponseURI != want || (issued.Pickup != "") != (want != "") {
			t.Errorf("-url %q: answers to %q, pickup %q", url, signed.ResponseURI, issued.Pickup)
		}
	}
	cmd := command(t, "-data", operatorFolder(t), "-addr", "127.0.0.1:0", "-web", "", "-url", "jz.example")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if _, ok := cmd.Run().(*exec.ExitError); !ok || !strings.Contains(stderr.String(), "response URI") {
		t.Errorf("-url without a scheme: %q", stderr.String())
	}
}
