//go:build !js

package conform

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"jianzheng/shared/answer"
	"jianzheng/shared/challenge"
	"jianzheng/worker/core"
)

// box is a challenge on way A, seen by the page that asked for it and by the
// phone that answers.
type box struct {
	u      *under
	key    *answer.Key
	issued core.Issued
}

// news is what a page hears of its box.
type news struct {
	State      core.BoxState
	Ciphertext string
}

func (u *under) newBox(t *testing.T) *box {
	t.Helper()
	key, err := answer.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := &box{u: u, key: key}
	u.post(t, "/v1/challenges", object(pair{"purpose", text(OpenPurpose)}, pair{"pageKey", text(base64.RawURLEncoding.EncodeToString(key.Public()))})).
		read(t, http.StatusCreated, &b.issued)
	if b.issued.ID == "" || b.issued.Pickup == "" {
		t.Fatalf("no box: %+v", b.issued)
	}
	return b
}

func (b *box) path(what string) string { return "/v1/challenges/" + b.issued.ID + "/" + what }

// body is what the phone posts; without a ciphertext, that it has opened the
// challenge.
func (b *box) body(ciphertext string) string {
	pairs := []pair{{"nonce", text(b.issued.Nonce)}, {"party", text(OpenParty)}, {"purpose", text(OpenPurpose)}}
	if ciphertext != "" {
		pairs = append(pairs, pair{"ciphertext", text(ciphertext)})
	}
	return object(pairs...)
}

func (b *box) open(t *testing.T) {
	t.Helper()
	b.u.post(t, b.path("opened"), b.body("")).want(t, "opened", http.StatusNoContent, "")
}

func (b *box) answer(t *testing.T, ciphertext string) {
	t.Helper()
	b.u.post(t, b.path("response"), b.body(ciphertext)).want(t, "response", http.StatusNoContent, "")
}

// sealedText has the form of an answer; nobody can open it.
func sealedText(fill byte) string {
	return base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{fill}, 32+256+16))
}

func (b *box) dial(t *testing.T, protocol string, header http.Header) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	options := &websocket.DialOptions{HTTPHeader: header}
	if protocol != "" {
		options.Subprotocols = []string{protocol}
	}
	return websocket.Dial(t.Context(), b.u.Target.URL()+b.path("events"), options)
}

func (b *box) listen(t *testing.T) *websocket.Conn {
	t.Helper()
	conn, _, err := b.dial(t, "jz."+b.issued.Pickup, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	return conn
}

func hear(t *testing.T, conn *websocket.Conn) (n news) {
	t.Helper()
	kind, text, err := conn.Read(t.Context())
	if err != nil || kind != websocket.MessageText {
		t.Fatalf("%v %v", kind, err)
	}
	if err := json.Unmarshal(text, &n); err != nil {
		t.Fatalf("%v: %.300q", err, text)
	}
	return n
}

// wantNews fails the test unless the news are these and nothing else.
func wantNews(t *testing.T, what string, got news, state core.BoxState, ciphertext string) {
	t.Helper()
	if got != (news{state, ciphertext}) {
		t.Errorf("%s: %.60q, want %s %.60q", what, got, state, ciphertext)
	}
}

func got(t *testing.T, conn *websocket.Conn) {
	t.Helper()
	if err := conn.Write(t.Context(), websocket.MessageText, []byte("got")); err != nil {
		t.Error(err)
	}
}

// wantClosed reads the end of a connection.
func wantClosed(t *testing.T, conn *websocket.Conn, want websocket.StatusCode) {
	t.Helper()
	if _, text, err := conn.Read(t.Context()); websocket.CloseStatus(err) != want {
		t.Errorf("%q %v, want the end with %v", text, err, want)
	}
}

// poll asks for news and waits for them.
func (b *box) poll(t *testing.T, seen, wait string) (n news) {
	t.Helper()
	b.u.get(t, b.path("response")+"?seen="+seen, "Authorization", "Pickup "+b.issued.Pickup, "Prefer", "wait="+wait).read(t, http.StatusOK, &n)
	return n
}

// relay: what the phone seals the page opens, byte by byte, however long it is.
func (u *under) relay(t *testing.T) {
	for _, size := range []int{1, 700, 16126} {
		b := u.newBox(t)
		signed, err := challenge.Parse(b.issued.Challenge)
		if err != nil {
			t.Fatal(err)
		}
		presentation := read(t, rand.Reader, size)
		sealed, err := answer.Seal(signed.PageKey, signed.Nonce, presentation)
		if err != nil {
			t.Fatal(err)
		}
		b.answer(t, base64.RawURLEncoding.EncodeToString(sealed))
		n := hear(t, b.listen(t))
		if n.State != core.BoxAnswered {
			t.Fatalf("%+v", n)
		}
		plain, err := b.key.Open(signed.Nonce, decode(t, n.Ciphertext))
		if err != nil || !bytes.Equal(plain, presentation) {
			t.Errorf("%d bytes became %d, %v", size, len(plain), err)
		}
	}
}

// events: a page hears of its box, says that it has the answer, and whoever comes
// later is told that it was delivered.
func (u *under) events(t *testing.T) {
	b := u.newBox(t)
	conn := b.listen(t)
	if got, want := conn.Subprotocol(), "jz."+b.issued.Pickup; got != want {
		t.Errorf("subprotocol %q, want %q", got, want)
	}
	b.open(t)
	wantNews(t, "opened", hear(t, conn), core.BoxOpened, "")
	b.answer(t, sealedText(9))
	wantNews(t, "answered", hear(t, conn), core.BoxAnswered, sealedText(9))
	got(t, conn)
	wantClosed(t, conn, websocket.StatusNormalClosure)
	later := b.listen(t)
	wantNews(t, "later", hear(t, later), core.BoxDelivered, "")
	wantClosed(t, later, websocket.StatusNormalClosure)
	wantNews(t, "by poll", b.poll(t, "opened", "20"), core.BoxDelivered, "")
	u.post(t, b.path("response"), b.body(sealedText(8))).want(t, "a second answer", http.StatusConflict, "nonce-used")

	// An answer that a page did not acknowledge, because it was being loaded
	// again, is there for the page that comes back.
	b = u.newBox(t)
	first := b.listen(t)
	b.answer(t, sealedText(9))
	wantNews(t, "before the reload", hear(t, first), core.BoxAnswered, sealedText(9))
	first.CloseNow()
	second := b.listen(t)
	wantNews(t, "after the reload", hear(t, second), core.BoxAnswered, sealedText(9))
	got(t, second)
	wantClosed(t, second, websocket.StatusNormalClosure)
	wantNews(t, "after it was delivered", b.poll(t, "waiting", "20"), core.BoxDelivered, "")

	// The page of the endpoint's own origin may listen.
	b = u.newBox(t)
	own, _, err := b.dial(t, "jz."+b.issued.Pickup, http.Header{"Origin": {u.Target.URL()}})
	if err != nil {
		t.Fatal(err)
	}
	own.CloseNow()
}

// listeners: of two pages that listen, one is given the answer.
func (u *under) listeners(t *testing.T) {
	b := u.newBox(t)
	pages := []*websocket.Conn{b.listen(t), b.listen(t)}
	b.open(t)
	for _, conn := range pages {
		wantNews(t, "opened", hear(t, conn), core.BoxOpened, "")
	}
	heard := make(chan news, len(pages))
	var wg sync.WaitGroup
	b.answer(t, sealedText(9))
	for _, conn := range pages {
		wg.Go(func() {
			_, text, err := conn.Read(t.Context())
			var n news
			if err == nil {
				err = json.Unmarshal(text, &n)
			}
			if err != nil {
				t.Error(err)
			}
			heard <- n // before the other can be told
			if n.State == core.BoxAnswered {
				got(t, conn)
			}
		})
	}
	wg.Wait()
	wantNews(t, "one", <-heard, core.BoxAnswered, sealedText(9))
	wantNews(t, "the other", <-heard, core.BoxDelivered, "")
}

// unheard: a page that was sent the answer and does not say that it has it keeps
// it from another for a while only.
func (u *under) unheard(t *testing.T) {
	b := u.newBox(t)
	mute := b.listen(t)
	b.answer(t, sealedText(9))
	wantNews(t, "the one", hear(t, mute), core.BoxAnswered, sealedText(9))
	other := b.listen(t)
	wantNews(t, "the other", hear(t, other), core.BoxAnswered, sealedText(9))
	got(t, other)
	wantClosed(t, other, websocket.StatusNormalClosure)
	wantNews(t, "by poll", b.poll(t, "opened", "0"), core.BoxDelivered, "")
}

// silence: a poll without news ends by itself and takes nothing with it.
func (u *under) silence(t *testing.T) {
	b := u.newBox(t)
	wantNews(t, "at first", b.poll(t, "waiting", "1"), core.BoxWaiting, "")
	b.open(t)
	wantNews(t, "opened", b.poll(t, "opened", "1"), core.BoxOpened, "")
	b.answer(t, sealedText(9))
	wantNews(t, "answered", b.poll(t, "opened", "1"), core.BoxAnswered, sealedText(9))
}

// strangers: who did not ask for the challenge hears nothing of its box.
func (u *under) strangers(t *testing.T) {
	b := u.newBox(t)
	past := u.Site.Saved(t, b.issued.Issued, rand.Reader)
	for name, test := range map[string]struct {
		protocol string
		header   http.Header
		want     int
	}{
		"no subprotocol":           {"", nil, http.StatusNotFound},
		"another subprotocol":      {"json", nil, http.StatusNotFound},
		"no pickup":                {"jz.", nil, http.StatusNotFound},
		"a pickup that is made up": {"jz." + strings.Repeat("A", 27), nil, http.StatusNotFound},
		"pickup of another box":    {"jz." + u.newBox(t).issued.Pickup, nil, http.StatusNotFound},
		"pickup of a box long ago": {"jz." + past["past_pickup"], nil, http.StatusNotFound},
		"page of another host":     {"jz." + b.issued.Pickup, http.Header{"Origin": {"https://evil.example"}}, http.StatusNotFound},
		"page without an origin":   {"jz." + b.issued.Pickup, http.Header{"Origin": {"null"}}, http.StatusNotFound},
	} {
		conn, response, err := b.dial(t, test.protocol, test.header)
		if err == nil {
			conn.CloseNow()
		}
		if err == nil || response == nil || response.StatusCode != test.want {
			t.Errorf("%s: %v, %v; want %d", name, response, err, test.want)
		}
	}
	gone := &box{u: u, issued: core.Issued{ID: past["past_id"]}}
	if _, response, err := gone.dial(t, "jz."+past["past_pickup"], nil); err == nil || response == nil || response.StatusCode != http.StatusGone {
		t.Errorf("a box that is over: %v, %v", response, err)
	}
	u.get(t, b.path("events")).want(t, "no WebSocket", http.StatusBadRequest, "body-malformed")
	// Whoever writes anything but that it has the answer is not listened to.
	conn := b.listen(t)
	if err := conn.Write(t.Context(), websocket.MessageText, []byte("more than that")); err != nil {
		t.Fatal(err)
	}
	if _, text, err := conn.Read(t.Context()); err == nil {
		t.Errorf("still open: %q", text)
	}
}

// polls: a page that cannot listen asks, is told at once what is new, and of
// several that ask one is given the answer.
func (u *under) polls(t *testing.T) {
	b := u.newBox(t)
	wantNews(t, "at first", b.poll(t, "", "0"), core.BoxWaiting, "")
	// Whether the poll comes before the news or after, it hears them.
	heard := make(chan news)
	go func() { heard <- b.poll(t, "waiting", "20") }()
	b.open(t)
	wantNews(t, "opened", <-heard, core.BoxOpened, "")
	wantNews(t, "nothing new", b.poll(t, "opened", "0"), core.BoxOpened, "")
	const polls = 5
	all := make(chan news, polls)
	for range polls {
		go func() { all <- b.poll(t, "opened", "20") }()
	}
	b.answer(t, sealedText(9))
	given := 0
	for range polls {
		switch n := <-all; n {
		case news{core.BoxAnswered, sealedText(9)}:
			given++
		case news{State: core.BoxDelivered}:
		default:
			t.Errorf("%+v", n)
		}
	}
	if given != 1 {
		t.Errorf("the answer was given out %d times", given)
	}
}

// answers: of many answers to one challenge the first is taken and kept.
func (u *under) answers(t *testing.T) {
	const phones = 20
	b := u.newBox(t)
	taken := make(chan string, phones)
	var wg sync.WaitGroup
	for i := range phones {
		wg.Go(func() {
			text := sealedText(byte(i))
			switch r := u.post(t, b.path("response"), b.body(text)); r.status {
			case http.StatusNoContent:
				taken <- text
			case http.StatusConflict:
			default:
				t.Error(fmt.Sprint(r))
			}
		})
	}
	wg.Wait()
	if len(taken) != 1 {
		t.Fatalf("%d answers were taken", len(taken))
	}
	wantNews(t, "the first", b.poll(t, "waiting", "20"), core.BoxAnswered, <-taken)
}
