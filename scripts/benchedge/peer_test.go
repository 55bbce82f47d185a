package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/demo"
	"jianzheng/shared/reason"
	"jianzheng/worker/core"
	"jianzheng/worker/edge/workerd"
	"jianzheng/worker/handler"
	"jianzheng/worker/site"
)

// eachPeer runs a test on the worker written by hand, in each way it can hash.
func eachPeer(t *testing.T, test func(t *testing.T, p *place, s *server)) {
	for _, hash := range []string{hashPlatform, hashOwn} {
		t.Run(hash, func(t *testing.T) {
			p, s := peer(t, hash)
			test(t, p, s)
		})
	}
}

// peer starts the worker written by hand, or skips the test.
func peer(t *testing.T, hash string) (*place, *server) {
	t.Helper()
	// What is read here is run again when it changes.
	modules, err := filepath.Glob("peer/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range modules {
		if _, err := os.ReadFile(module); err != nil {
			t.Fatal(err)
		}
	}
	p, err := newPlace(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, err := startPeerIn(t.Context(), "../..", p, hash, t.TempDir())
	if errors.Is(err, workerd.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return p, s
}

// post returns an answer and its body.
func post(t *testing.T, s *server, path, body string) (*http.Response, []byte) {
	t.Helper()
	return postWith(t, s, path, body, nil)
}

// postWith is post with more headers.
func postWith(t *testing.T, s *server, path, body string, headers map[string]string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, b
}

// wantHeaders holds an answer's headers against those of ours.
func wantHeaders(t *testing.T, got http.Header, contentType string) {
	t.Helper()
	want := handler.SecureHeaders()
	want["Vary"], want["Cache-Control"], want["Content-Type"] = "Origin", "no-store", contentType
	for name, value := range want {
		if got.Get(name) != value {
			t.Errorf("%s: %q, want %q", name, got.Get(name), value)
		}
	}
	if _, err := http.ParseTime(got.Get("Date")); err != nil {
		t.Error(err)
	}
}

// The challenges of the peer are those of our endpoint: what Go makes of the same
// nonce and times is the same, byte by byte, but for the signature, which is good.
func TestPeerIssues(t *testing.T) { eachPeer(t, testPeerIssues) }

func testPeerIssues(t *testing.T, p *place, s *server) {
	for _, body := range []string{
		issueBody, `{"purpose":"hotel","party":"` + demo.PartyID + `"}`, ` { "purpose" : "online-login" } `, `{"purpose":"\u0068otel"}`,
		`{"purpose":"hotel","pageKey":"` + base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)) + `"}`,
		`{"purpose":"hotel","pageKey":"` + base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{7}, 65)) + `"}`,
	} {
		answer, got := post(t, s, "/v1/challenges", body)
		if answer.StatusCode != http.StatusCreated {
			t.Fatalf("%s: %d %s", body, answer.StatusCode, got)
		}
		wantHeaders(t, answer.Header, "application/json")
		c := checkIssued(t, p, got)
		request, err := core.ParseIssue([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		want := ours(t, p, request, c)
		if at := len(`{"challenge":"`) + challenge.TextLen(0); !bytes.Equal(withoutSignature(got, at), withoutSignature(want, at)) {
			t.Errorf("%s:\ngot  %s\nwant %s", body, got, want)
		}
	}
}

// checkIssued reads an answer, checks the challenge in it and its nonce.
func checkIssued(t *testing.T, p *place, answer []byte) *challenge.Signed {
	t.Helper()
	var issued core.Issued
	if err := json.Unmarshal(answer, &issued); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	c, err := challenge.Parse(issued.Challenge)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Verify(p.key.Public()); err != nil {
		t.Error(err)
	}
	if err := p.sealer.Check(c.Nonce, c.PartyID, c.Purpose, time.Now()); err != nil {
		t.Error(err)
	}
	if text := base64.RawURLEncoding.EncodeToString(c.Nonce); text != issued.Nonce || !issued.Issued.Equal(c.Issued) || !issued.Expires.Equal(c.Expires) {
		t.Errorf("%+v beside %+v", issued, c.Challenge)
	}
	return c
}

// ours is what our endpoint answers at the same time with the same randomness.
func ours(t *testing.T, p *place, request core.IssueRequest, c *challenge.Signed) []byte {
	t.Helper()
	issued, err := endpointOf(t, p).IssueTo(core.Caller{}, request, c.Issued, bytes.NewReader(c.Nonce[4:16]))
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(issued)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// endpointOf is the place's endpoint in Go.
func endpointOf(t *testing.T, p *place) *core.Endpoint {
	t.Helper()
	settings := site.DemoSettings()
	e, err := core.New(core.Config{
		Operator: settings.Operator, Key: p.key, Secret: p.secret, Party: settings.Party, Parties: settings.Parties, Purposes: site.DemoPurposes(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// withoutSignature blanks the end of the text that begins at an offset: 64 bytes
// make 96 characters, and a pair may begin before them.
func withoutSignature(answer []byte, at int) []byte {
	answer = bytes.Clone(answer)
	end := at + bytes.IndexByte(answer[at:], '"')
	for i := max(at, end-98); i < end; i++ {
		answer[i] = '_'
	}
	return answer
}

// Requests at the same time do not mix.
func TestPeerIssuesManyAtOnce(t *testing.T) { eachPeer(t, testPeerIssuesManyAtOnce) }

func testPeerIssuesManyAtOnce(t *testing.T, p *place, s *server) {
	seen := sync.Map{}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 25 {
				_, answer := post(t, s, "/v1/challenges", issueBody)
				if c := checkIssued(t, p, answer); c != nil {
					if _, twice := seen.LoadOrStore(string(c.Nonce), true); twice {
						t.Error("a nonce came twice")
					}
				}
			}
		})
	}
	wg.Wait()
}

// A nonce is redeemed once, with a receipt that Go opens and finds as it would
// have made it.
func TestPeerRedeems(t *testing.T) { eachPeer(t, testPeerRedeems) }

func testPeerRedeems(t *testing.T, p *place, s *server) {
	nonce, err := p.nonce(rand.Reader, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	body := redeemBody[0] + nonce + redeemBody[1]
	answer, got := post(t, s, "/v1/redeem", body)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", answer.StatusCode, got)
	}
	wantHeaders(t, answer.Header, "application/json")
	var redeemed core.Redeemed
	if err := json.Unmarshal(got, &redeemed); err != nil {
		t.Fatal(err)
	}
	receipt, err := core.ReadBase64(redeemed.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	read, err := challenge.OpenReceipt(receipt, p.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	request, err := core.ParseRedeem([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	draft, err := challenge.Receipt{
		Operator: demo.OperatorID, Redeemed: redeemed.Redeemed, NonceHash: read.NonceHash, Party: request.Party, Purpose: request.Purpose,
		Reason: reason.OK, Class: request.Class, Labels: request.Labels, Hash: request.Hash, Sequence: request.Sequence,
	}.Draft(p.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(receipt, draft.Message) {
		t.Errorf("receipt %x, want %x and a signature", receipt, draft.Message)
	}
	again, err := json.Marshal(core.Redeemed{Receipt: redeemed.Receipt, Redeemed: redeemed.Redeemed})
	if err != nil || !bytes.Equal(again, got) {
		t.Errorf("answer %s, ours is %s", got, again)
	}
	wantProblem(t, s, "/v1/redeem", body, http.StatusConflict, reason.NonceUsed)
}

// A terminal's token counts at the peer as it does here, and no other text does.
func TestPeerCallers(t *testing.T) { eachPeer(t, testPeerCallers) }

func testPeerCallers(t *testing.T, p *place, s *server) {
	token := func(name string, life time.Duration) string {
		content := binary.BigEndian.AppendUint32(nil, uint32(time.Now().Unix()))
		content = binary.BigEndian.AppendUint32(content, uint32(time.Now().Add(life).Unix()))
		content = append(content, name...)
		mac := p.sealer.MAC("jianzheng token 1\x00", content)
		return "Bearer " + base64.RawURLEncoding.EncodeToString(append(mac[:16:16], content...))
	}
	endpoint := endpointOf(t, p)
	good := token(demo.PartyID+"/desk-1", time.Minute)
	for _, authorization := range []string{
		good, strings.ToLower(good[:6]) + good[6:], good + "A", good[:len(good)-1], good[7:], "Basic " + good[7:], "Bearer", "Bearer " + strings.Repeat("A", 300),
		token(demo.PartyID+"/desk-1", -time.Second), token("stranger/desk-1", time.Minute), token(demo.PartyID, time.Minute), token(demo.PartyID+"/Desk 1", time.Minute),
	} {
		want := http.StatusCreated
		if _, err := endpoint.Caller(authorization, time.Now()); err != nil {
			want = core.AsRefusal(err).Status
		}
		if (want == http.StatusCreated) != strings.EqualFold(authorization, good) {
			t.Errorf("ours answers %d to %q", want, authorization)
		}
		answer, b := postWith(t, s, "/v1/challenges", issueBody, map[string]string{"Authorization": authorization})
		if answer.StatusCode != want {
			t.Errorf("%q: %d %s, want %d", authorization, answer.StatusCode, b, want)
		}
		if got := answer.Header.Get("WWW-Authenticate"); (got == "Bearer") != (want == http.StatusUnauthorized) {
			t.Errorf("%q: WWW-Authenticate %q", authorization, got)
		}
	}
}

// Pages of other sites get no word that lets them read the answer.
func TestPeerOrigins(t *testing.T) {
	_, s := peer(t, hashPlatform)
	answer, _ := postWith(t, s, "/v1/challenges", issueBody, map[string]string{"Origin": "https://evil.example"})
	if got := answer.Header.Get("Access-Control-Allow-Origin"); answer.StatusCode != http.StatusCreated || got != "" {
		t.Errorf("%d, %q", answer.StatusCode, got)
	}
}

// Every one of many redemptions of a nonce but one is refused.
func TestPeerRedeemsOnce(t *testing.T) { eachPeer(t, testPeerRedeemsOnce) }

func testPeerRedeemsOnce(t *testing.T, p *place, s *server) {
	nonce, err := p.nonce(rand.Reader, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	codes := make([]int, 32)
	var wg sync.WaitGroup
	for i := range codes {
		wg.Go(func() {
			answer, _ := post(t, s, "/v1/redeem", redeemBody[0]+nonce+redeemBody[1])
			codes[i] = answer.StatusCode
		})
	}
	wg.Wait()
	count := map[int]int{}
	for _, code := range codes {
		count[code]++
	}
	if want := map[int]int{http.StatusOK: 1, http.StatusConflict: len(codes) - 1}; !reflect.DeepEqual(count, want) {
		t.Errorf("answers %v, want %v", count, want)
	}
}

func wantProblem(t *testing.T, s *server, path, body string, status int, code reason.Code) {
	t.Helper()
	answer, b := post(t, s, path, body)
	var problem struct {
		Title  string
		Status int
		Code   reason.Code
	}
	if err := json.Unmarshal(b, &problem); err != nil || answer.StatusCode != status || problem.Code != code || problem.Status != status ||
		problem.Title != http.StatusText(status) {
		t.Errorf("%s %.80s: %d %s, want %d %s", path, body, answer.StatusCode, b, status, code)
	}
	wantHeaders(t, answer.Header, "application/problem+json")
}

// The peer refuses what our endpoint refuses.
func TestPeerRefuses(t *testing.T) { eachPeer(t, testPeerRefuses) }

func testPeerRefuses(t *testing.T, p *place, s *server) {
	for body, code := range map[string]reason.Code{
		``:                                      reason.BodyMalformed,
		`{}`:                                    reason.BodyMalformed,
		`null`:                                  reason.BodyMalformed,
		`[]`:                                    reason.BodyMalformed,
		`{"purpose":"hotel"} x`:                 reason.BodyMalformed,
		`{"purpose":"hotel","purpose":"hotel"}`: reason.BodyMalformed,
		`{"purpose":"hotel","p\u0075rpose":"bank"}`: reason.BodyMalformed,
		`{"purpose":"hotel","note":"x"}`:            reason.BodyMalformed,
		`{"purpose":"hotel","__proto__":"x"}`:       reason.BodyMalformed,
		`{"Purpose":"hotel"}`:                       reason.BodyMalformed,
		`{"purpose":null}`:                          reason.BodyMalformed,
		`{"purpose":7}`:                             reason.BodyMalformed,
		"{\"purpose\":\"hotel\xff\"}":               reason.BodyMalformed,
		"\ufeff{\"purpose\":\"hotel\"}":             reason.BodyMalformed,
		`{"purpose":"hotel","party":""}`:            reason.BodyMalformed,
		`{"purpose":"hotel","party":"stranger"}`:    reason.BodyMalformed,
		`{"purpose":"hotel","pageKey":"AAAA"}`:      reason.BodyMalformed,
		`{"purpose":"party"}`:                       reason.PurposeUnknown,
	} {
		wantProblem(t, s, "/v1/challenges", body, http.StatusBadRequest, code)
	}
	wantProblem(t, s, "/v1/challenges", `{"purpose":"hotel","note":"`+strings.Repeat("x", 4096)+`"}`, http.StatusRequestEntityTooLarge, reason.BodyTooLarge)
	wantProblem(t, s, "/v1/other", `{}`, http.StatusNotFound, reason.NotFound)

	nonce, err := p.nonce(rand.Reader, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	old, err := p.nonce(rand.Reader, -time.Second)
	if err != nil {
		t.Fatal(err)
	}
	good := redeemBody[0] + nonce + redeemBody[1]
	strange := base64.RawURLEncoding.EncodeToString(make([]byte, challenge.NonceSize))
	wantProblem(t, s, "/v1/redeem", redeemBody[0]+old+redeemBody[1], http.StatusGone, reason.NonceExpired)
	wantProblem(t, s, "/v1/redeem", redeemBody[0]+strange+redeemBody[1], http.StatusNotFound, reason.NonceUnknown)
	wantProblem(t, s, "/v1/redeem", strings.Replace(good, `"purpose":"`+site.DemoPurpose, `"purpose":"hotel`, 1), http.StatusNotFound, reason.NonceUnknown)
	for _, change := range [][2]string{
		{`"sequence":42`, `"sequence":4.2e1`}, {`"sequence":42`, `"sequence":42.0`}, {`"sequence":42`, `"sequence":-0`}, {`"sequence":42`, `"sequence":-1`},
		{`"sequence":42`, `"sequence":9007199254740992`}, {`"sequence":42`, `"sequence":"42"`}, {`"sequence":42`, `"sequence":42,"sequence":42`},
		{`,"sequence":42`, ``}, {`"class":"A"`, `"class":"E"`}, {`"class":"A"`, `"class":""`}, {`"outcome":"accepted"`, `"outcome":"rejected"`},
		{`"reason":"ok"`, `"reason":"not-found"`}, {`"reason":"ok"`, `"reason":"constructor"`}, {`"over18"]`, `"name"]`}, {`"over18"]`, `"zhang-san"]`},
		{`"over18"]`, `null]`}, {`"hash":"`, `"hash":"A`}, {`"nonce":"`, `"nonce":"A`}, {`AAA"`, `AAB"`},
	} {
		body := strings.Replace(good, change[0], change[1], 1)
		if body == good {
			t.Fatalf("%q is not in the body", change[0])
		}
		if _, err := core.ParseRedeem([]byte(body)); err == nil {
			t.Errorf("ours takes %s", body)
		}
		wantProblem(t, s, "/v1/redeem", body, http.StatusBadRequest, reason.BodyMalformed)
	}
	if answer, b := post(t, s, "/v1/redeem", good); answer.StatusCode != http.StatusOK {
		t.Error(fmt.Sprint("the nonce was consumed on the way: ", answer.StatusCode, string(b)))
	}
}
