//go:build !js

package conform

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"jianzheng/worker/core"
)

// Target is an endpoint under test. It listens on loopback and nobody else uses
// it.
type Target interface {
	// URL is where it answers now, without a slash at the end.
	URL() string
	// Kill ends it as kill -9 does, together with whatever keeps its data.
	Kill(t testing.TB)
	// Restart starts it again on the same data. Its URL may be another then.
	Restart(t testing.TB)
}

// Suite is all that is tested of one target.
type Suite struct {
	Target Target
	Site   *Site             // what the target was started with; nil for a demonstration
	API    string            // path of worker/openapi.json
	Races  int               // how many nonces are raced for
	Except map[string]string // tests that this target cannot pass, and why not
}

// under is a suite under way.
type under struct {
	Suite
	api    API
	client *http.Client
	loose  bool // answers are many and counted by status only
}

// counting is u where answers are only counted.
func (u *under) counting() *under {
	c := *u
	c.loose = true
	return &c
}

// maxConnections is above the number of requests that race.
const maxConnections = 128

// patience is how long a single answer may take on a busy computer. Nothing is
// measured with it.
const patience = time.Minute

func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: maxConnections}, Timeout: patience}
}

// part is one test of a suite.
type part struct {
	name  string
	run   func(*under, *testing.T)
	waits bool // for seconds, so that the others run meanwhile
}

// parts are in the order in which they run: the last one kills the target, when
// all others have ended.
func (s Suite) parts() []part {
	if s.Site == nil {
		return []part{{name: "signatures", run: (*under).signatures}, {name: "races", run: (*under).races}}
	}
	return []part{
		{name: "unheard", run: (*under).unheard, waits: true}, {name: "silence", run: (*under).silence, waits: true},
		{name: "signatures", run: (*under).signatures},
		{name: "bodies", run: (*under).bodies},
		{name: "caps", run: (*under).caps},
		{name: "declared", run: (*under).declared},
		{name: "halves", run: (*under).halves},
		{name: "methods", run: (*under).methods},
		{name: "relay", run: (*under).relay},
		{name: "events", run: (*under).events},
		{name: "listeners", run: (*under).listeners},
		{name: "strangers", run: (*under).strangers},
		{name: "polls", run: (*under).polls},
		{name: "answers", run: (*under).answers},
		{name: "races", run: (*under).races},
		{name: "tickets", run: (*under).tickets},
		{name: "counts", run: (*under).counts},
		{name: "kill", run: (*under).kill},
	}
}

// scriptFolder is the one whose scripts the target runs.
func (s Suite) scriptFolder() string {
	if s.Site == nil {
		return Demo
	}
	return Anywhere
}

// Run tests everything. What is left out stands in the log with its reason.
func (s Suite) Run(t *testing.T) {
	s.checkExcept(t)
	u := &under{Suite: s, api: ReadAPI(t, s.API), client: newClient()}
	t.Cleanup(u.client.CloseIdleConnections)
	parts := s.parts()
	var waiting sync.WaitGroup
	run := func(p part) {
		t.Run(p.name, func(t *testing.T) {
			s.leaveOut(t)
			p.run(u, t)
		})
	}
	for _, p := range parts {
		if p.waits {
			waiting.Go(func() { run(p) })
		}
	}
	RunFolder(t, s.scriptFolder(), func(t *testing.T) Script {
		s.leaveOut(t)
		script := Script{URL: s.Target.URL(), API: u.api, Saved: map[string]string{}}
		if s.Site != nil {
			script.Saved = s.Site.Saved(t, time.Now(), rand.Reader)
			script.Saved["demo"] = "false"
		}
		return script
	})
	for i, p := range parts {
		if i == len(parts)-1 {
			waiting.Wait()
		}
		if !p.waits {
			run(p)
		}
	}
}

// leaveOut skips a test that is an exception of the target.
func (s Suite) leaveOut(t *testing.T) {
	if why, ok := s.Except[path.Base(t.Name())]; ok {
		t.Skip("not on this target: " + why)
	}
}

// checkExcept refuses exceptions that name no test: what they excused is gone.
func (s Suite) checkExcept(t *testing.T) {
	t.Helper()
	known := map[string]bool{}
	for _, p := range s.parts() {
		known[p.name] = true
	}
	files, err := fs.Glob(scripts, s.scriptFolder()+"/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		known[strings.TrimSuffix(path.Base(file), ".txt")] = true
	}
	for name := range s.Except {
		if !known[name] {
			t.Errorf("exception %q names no test", name)
		}
	}
}

// reply is an answer that was read.
type reply struct {
	status int // 0: there was none
	header http.Header
	body   []byte
	err    error
}

// member is a text in the answer's JSON object, or "".
func (r reply) member(name string) string {
	var object map[string]any
	if json.Unmarshal(r.body, &object) != nil {
		return ""
	}
	text, _ := object[name].(string)
	return text
}

func (r reply) String() string { return fmt.Sprintf("%d %.300q %v", r.status, r.body, r.err) }

// send sends a request, reads the answer and holds both against the API.
func (u *under) send(t testing.TB, r *http.Request) reply {
	t.Helper()
	got := u.exchange(r)
	if got.status == 0 || u.loose {
		return got
	}
	var sent []byte
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			t.Fatal(err)
		}
		if sent, err = io.ReadAll(body); err != nil {
			t.Fatal(err)
		}
	}
	answer := &http.Response{StatusCode: got.status, Header: got.header}
	if err := u.api.Conforms(r, string(sent), answer, got.body); err != nil && (r.GetBody != nil || r.Body == nil) {
		t.Errorf("openapi.json: %s %s: %v", r.Method, r.URL.Path, err)
	}
	if err := secured(got.header); err != nil {
		t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	return got
}

// exchange sends a request and reads the answer.
func (u *under) exchange(r *http.Request) reply {
	answer, err := u.client.Do(r)
	if err != nil {
		return reply{err: err}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return reply{err: err}
	}
	return reply{answer.StatusCode, answer.Header, body, nil}
}

// request makes a request with a body of JSON, if there is one. Headers come as
// name and value, one after another.
func (u *under) request(t testing.TB, method, path string, body io.Reader, headers ...string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, u.Target.URL()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func (u *under) get(t testing.TB, path string, headers ...string) reply {
	t.Helper()
	return u.send(t, u.request(t, http.MethodGet, path, nil, headers...))
}

func (u *under) post(t testing.TB, path, body string, headers ...string) reply {
	t.Helper()
	return u.send(t, u.request(t, http.MethodPost, path, strings.NewReader(body), headers...))
}

// want fails the test unless the answer has the status and, if it is a refusal,
// is a problem with the code.
func (r reply) want(t testing.TB, what string, status int, code string) {
	t.Helper()
	if r.status != status || r.member("code") != code {
		t.Errorf("%s: %v, want %d %s", what, r, status, code)
	}
	if code != "" && r.status != 0 && r.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: Content-Type %q", what, r.header.Get("Content-Type"))
	}
}

// read decodes an answer with the status.
func (r reply) read(t testing.TB, status int, v any) {
	t.Helper()
	if r.status != status {
		t.Fatalf("%v, want %d", r, status)
	}
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	if err := decoder.Decode(v); err != nil {
		t.Fatalf("%v: %v", err, r)
	}
}

// issue asks for a challenge in the name of the open party.
func (u *under) issue(t testing.TB) (issued core.Issued) {
	t.Helper()
	u.post(t, "/v1/challenges", issueBody).read(t, http.StatusCreated, &issued)
	return issued
}

const issueBody = `{"purpose":"` + OpenPurpose + `"}`

// redemption is the body that redeems a nonce of the open party.
func redemption(nonce string) string {
	return `{"nonce":"` + nonce + `","party":"` + OpenParty + `","purpose":"` + OpenPurpose + `","outcome":"accepted","class":"A",` +
		`"reason":"ok","hash":"` + strings.Repeat("A", 43) + `","labels":["name","over18"],"sequence":1}`
}
