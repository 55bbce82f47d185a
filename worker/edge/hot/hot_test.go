package hot

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
	"jianzheng/shared/policy"
	"jianzheng/worker/core"
)

var now = time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)

// world is a server with what is needed to play its other side.
type world struct {
	t      *testing.T
	key    *cwt.PrivateKey
	server *Server
}

func newWorld(t *testing.T, alg cwt.Algorithm) *world {
	t.Helper()
	key, err := cwt.GenerateKey(alg, []byte("demo-op1"), draws.New("operator"))
	if err != nil {
		t.Fatal(err)
	}
	endpoint, err := core.New(core.Config{
		Operator: "https://jz.example", Key: key, Secret: bytes.Repeat([]byte{1}, challenge.MinSecretSize), Party: "demo-cafe",
		Parties: []core.Party{
			{ID: "demo-cafe", Name: "演示网吧 DEMO", Kind: "internet-cafe", Open: true, Origins: []string{"https://cafe.example"}},
			{ID: "hotel", Name: "演示酒店 DEMO", Kind: "hotel", Open: true, Rate: core.Rate{PerMinute: 60, Burst: 2}},
		},
		Purposes: policy.Default(), ResponseURI: "https://jz.example/v1/challenges",
	})
	if err != nil {
		t.Fatal(err)
	}
	return &world{t, key, New(endpoint, "demo-cafe", core.Rate{PerMinute: 60, Burst: 3}, key.Sign, draws.New("nonces"))}
}

func (w *world) call(op Op, text string) Reply {
	w.t.Helper()
	return w.read(w.server.Call(op, []byte(text), now))
}

// resume goes on with what came of a wait.
func (w *world) resume(r Reply, word string) Reply {
	w.t.Helper()
	return w.call(Resume, resumption(string(r.State), word))
}

func resumption(state, word string) string { return state + "\n" + word }

// read takes a reply apart and copies it, as the next call writes over it.
func (w *world) read(b []byte) Reply {
	w.t.Helper()
	const head = 20
	if len(b) < head {
		w.t.Fatalf("reply of %d bytes", len(b))
	}
	number := func(at int) int { return int(binary.LittleEndian.Uint32(b[at:])) }
	body, state := head+number(8), head+number(8)+number(12)
	if state+number(16) != len(b) {
		w.t.Fatalf("lengths %d, %d and %d in a reply of %d bytes", number(8), number(12), number(16), len(b))
	}
	return Reply{
		Status: number(0), Flags: number(4),
		Body: bytes.Clone(b[head:body]), State: bytes.Clone(b[body:state]), Place: string(b[state:]),
	}
}

func (w *world) issue(text string) core.Issued {
	w.t.Helper()
	r := w.call(Issue, text)
	var issued core.Issued
	if err := json.Unmarshal(r.Body, &issued); err != nil || r.Status != 201 {
		w.t.Fatalf("%d %v: %s", r.Status, err, r.Body)
	}
	return issued
}

func redemption(nonce string) string {
	return `{"nonce":"` + nonce + `","party":"demo-cafe","purpose":"internet-cafe","outcome":"accepted","class":"A",` +
		`"reason":"ok","hash":"` + strings.Repeat("A", 43) + `","labels":["name","over18"],"sequence":7}`
}

// A challenge and its redemption, whatever the operator's key is.
func TestIssueAndRedeem(t *testing.T) {
	for _, alg := range []cwt.Algorithm{cwt.ES256, cwt.ES384, cwt.EdDSA, cwt.SM2SM3} {
		t.Run(fmt.Sprint(alg), func(t *testing.T) {
			w := newWorld(t, alg)
			issued := w.issue("\n\n\n\n" + `{"purpose":"internet-cafe"}`)
			signed, err := challenge.Parse(issued.Challenge)
			if err != nil {
				t.Fatal(err)
			}
			if err := signed.Verify(w.key.Public()); err != nil {
				t.Error(err)
			}
			r := w.call(Redeem, "\n\n\n\n"+redemption(issued.Nonce))
			want := fmt.Sprintf("NONCES\nnonces-%d\n%d", signed.Nonce[4]%16, now.UnixMilli())
			if r.Status != Ask || r.Place != want || NonceObject(fmt.Sprintf("%02x", signed.Nonce[4])) != strings.Split(want, "\n")[1] {
				t.Fatalf("%d %q, want %q", r.Status, r.Place, want)
			}
			if !bytes.Equal(r.Body[:challenge.NonceSize], signed.Nonce) {
				t.Error("another nonce for the store")
			}
			receipt, err := challenge.OpenReceipt(r.Body[challenge.NonceSize:], w.key.Public())
			if err != nil || receipt.Sequence != 7 {
				t.Errorf("%v, %+v", err, receipt)
			}
			done := w.resume(r, "done")
			var answer core.Redeemed
			if err := json.Unmarshal(done.Body, &answer); err != nil || done.Status != 200 || answer.Receipt != base64.RawURLEncoding.EncodeToString(r.Body[challenge.NonceSize:]) {
				t.Errorf("%v: %d %s", err, done.Status, done.Body)
			}
			for word, status := range map[string]int{"used": 409, "swept": 410, "unavailable": 503, "": 500, "fine": 500} {
				if got := w.resume(r, word); got.Status != status {
					t.Errorf("the store says %q: %d, want %d", word, got.Status, status)
				}
			}
		})
	}
}

func TestWayA(t *testing.T) {
	w := newWorld(t, cwt.ES256)
	issued := w.issue("\n\n\n\n" + `{"purpose":"internet-cafe","pageKey":"` + strings.Repeat("A", 43) + `"}`)
	ends := issued.Expires.Add(core.BoxGrace)
	place := HubPlace(issued.ID, ends)
	if want := fmt.Sprintf("HUB\nhub-%c\nid=%s&ends=%d", issued.ID[0], issued.ID, ends.UnixMilli()); place != want {
		t.Errorf("place %q, want %q", place, want)
	}
	body := `{"nonce":"` + issued.Nonce + `","party":"demo-cafe","purpose":"internet-cafe"`
	opened := w.call(Opened, issued.ID+"\n\n\n\n"+body+"}")
	if opened.Status != Ask || opened.Place != place || len(opened.Body) != 0 {
		t.Errorf("opened: %+v", opened)
	}
	sealed := bytes.Repeat([]byte{9}, 32+256+16)
	text := base64.RawURLEncoding.EncodeToString(sealed)
	response := w.call(Response, issued.ID+"\n\n\n\n"+body+`,"ciphertext":"`+text+`"}`)
	if response.Status != Ask || response.Place != place || !bytes.Equal(response.Body, sealed) {
		t.Errorf("response: %d %q %s", response.Status, response.Place, response.Body)
	}
	for word, status := range map[string]int{"done": 204, "answered": 409, "over": 410, "full": 503, "unavailable": 503, "": 500} {
		if r := w.resume(response, word); r.Status != status {
			t.Errorf("the box says %q: %d, want %d", word, r.Status, status)
		}
	}
	poll := w.call(Poll, issued.ID+"\n\n\nPickup "+issued.Pickup+"\nrespond-async, wait=7\nx=1&seen=opened")
	if poll.Status != Ask || poll.Place != place+"&seen=opened&wait=7000" {
		t.Errorf("poll: %d %q %s", poll.Status, poll.Place, poll.Body)
	}
	if r := w.resume(poll, `{"state":"opened"}`); r.Status != 200 || string(r.Body) != `{"state":"opened"}` {
		t.Errorf("news: %d %s", r.Status, r.Body)
	}
	if r := w.resume(poll, "full"); r.Status != 503 {
		t.Errorf("no place: %d", r.Status)
	}
	if r := w.call(Poll, issued.ID+"\n\n\nPickup "+issued.Pickup+"\n\n"); r.Place != place+"&seen=waiting&wait=20000" {
		t.Errorf("poll without wishes: %q", r.Place)
	}
	listen := func(origin, protocols string) Reply {
		return w.call(Listen, issued.ID+"\n"+origin+"\n\n"+protocols+"\njz.example")
	}
	if r := listen("https://jz.example", "chat, jz."+issued.Pickup); r.Status != Upgrade || r.Place != place+"&protocol=jz."+issued.Pickup {
		t.Errorf("listen: %d %q %s", r.Status, r.Place, r.Body)
	}
	if r := listen("https://evil.example", "jz."+issued.Pickup); r.Status != 404 {
		t.Errorf("another site's page: %d", r.Status)
	}
	if r := listen("", "jz."); r.Status != 404 {
		t.Errorf("no pickup: %d", r.Status)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t, cwt.ES256)
	for name, test := range map[string]struct {
		op     Op
		text   string
		status int
		header string
	}{
		"malformed":         {Issue, "\n\n\n\n{", 400, ""},
		"not a request":     {Issue, "\n\n\n", 500, ""},
		"unknown operation": {99, "\n\n\n\n", 500, ""},
		"token":             {Issue, "\n\n\nBearer x\n" + `{"purpose":"hotel"}`, 401, "WWW-Authenticate: Bearer"},
		"strange nonce":     {Redeem, "\n\n\n\n" + redemption(strings.Repeat("A", 38)), 404, ""},
		"large":             {Issue, "\n\n\n\n" + strings.Repeat(" ", core.MaxBodyBytes+1), 413, ""},
		"large response":    {Response, "\n\n\n\n" + strings.Repeat(" ", core.MaxPostBytes+1), 413, ""},
		"no state":          {Resume, resumption("", "done"), 500, ""},
		"cut state":         {Resume, "s{}", 500, ""},
		"strange state":     {Resume, resumption("?", "done"), 500, ""},
		"full":              {Resume, resumption("p", "full"), 503, "Retry-After: 1"},
		"no rate":           {Take, "x\n\n\n60\nmany", 500, ""},
		"no prefix":         {Take, "x\n\nx\n1\n1", 500, ""},
	} {
		r := w.call(test.op, test.text)
		var problem struct{ Status int }
		if err := json.Unmarshal(r.Body, &problem); err != nil || r.Status != test.status || problem.Status != test.status || string(r.State) != test.header {
			t.Errorf("%s: %d %v %s %q, want %d %q", name, r.Status, err, r.Body, r.State, test.status, test.header)
		}
	}
}

// A key that fails is a fault, which tells nothing.
func TestKeyFails(t *testing.T) {
	w := newWorld(t, cwt.ES256)
	issued := w.issue("\n\n\n\n" + `{"purpose":"internet-cafe"}`)
	w.server.sign = func([]byte) ([]byte, error) { return nil, errors.New("no key") }
	for op, body := range map[Op]string{Issue: `{"purpose":"internet-cafe"}`, Redeem: redemption(issued.Nonce)} {
		if r := w.call(op, "\n\n\n\n"+body); r.Status != 500 || strings.Contains(string(r.Body), "key") {
			t.Errorf("%d: %d %s", op, r.Status, r.Body)
		}
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t, cwt.ES256)
	body := `{"purpose":"internet-cafe"}`
	for i, want := range []int{201, 201, 201, 429} {
		if r := w.call(Issue, "\n\n192.0.2.1\n\n"+body); r.Status != want || want == 429 && string(r.State) != "Retry-After: 1" {
			t.Errorf("%d: %d %q, want %d", i, r.Status, r.State, want)
		}
	}
	if r := w.call(Issue, "\n\n192.0.2.2\n\n"+body); r.Status != 201 {
		t.Errorf("another address: %d", r.Status)
	}
	for i := range 5 {
		if r := w.call(Issue, "\n\n\n\n"+body); r.Status != 201 {
			t.Errorf("no address, %d: %d", i, r.Status)
		}
	}
	// A party's rate, and that of an owner whom another instance names.
	for i, want := range []int{201, 201, 429} {
		if r := w.call(Issue, "\n\n\n\n"+`{"purpose":"hotel","party":"hotel"}`); r.Status != want {
			t.Errorf("hotel %d: %d, want %d", i, r.Status, want)
		}
	}
	for i, want := range []string{"0", "1000"} {
		if r := w.call(Take, "bank/desk-1\n\n192.0.2.0/24\n60\n1"); r.Status != Taken || string(r.Body) != want {
			t.Errorf("take %d: %d %s, want %s", i, r.Status, r.Body, want)
		}
	}
}

func TestOrigin(t *testing.T) {
	w := newWorld(t, cwt.ES256)
	for origin, want := range map[string]int{"https://cafe.example": FlagOrigin, "https://evil.example": 0, "": 0} {
		for body, status := range map[string]int{`{"purpose":"internet-cafe"}`: 201, "{": 400} {
			if r := w.call(Issue, "\n"+origin+"\n\n\n"+body); r.Flags != want || r.Status != status {
				t.Errorf("%q: flags %d, want %d; %d", origin, r.Flags, want, r.Status)
			}
		}
	}
}

// Whatever comes, a reply can be read.
func FuzzCall(f *testing.F) {
	f.Add(int32(Issue), []byte("\n\n\n\n"+`{"purpose":"internet-cafe"}`))
	f.Add(int32(Resume), []byte(resumption("s{}", "done")))
	f.Add(int32(Take), []byte("x\n\n192.0.2.0/24\n60\n1"))
	f.Fuzz(func(t *testing.T, op int32, text []byte) {
		w := newWorld(t, cwt.EdDSA)
		if r := w.read(w.server.Call(Op(op), text, now)); r.Status >= 400 && !json.Valid(r.Body) {
			t.Errorf("%d with %q", r.Status, r.Body)
		}
	})
}

func BenchmarkIssue(b *testing.B) {
	w := newWorld(&testing.T{}, cwt.ES256)
	signature := make([]byte, 64)
	w.server.sign = func([]byte) ([]byte, error) { return signature, nil }
	request := []byte("\n\n\n\n" + `{"purpose":"internet-cafe"}`)
	b.ReportAllocs()
	for b.Loop() {
		w.server.Call(Issue, request, now)
	}
}
