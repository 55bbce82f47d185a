//go:build !js

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	seal "jianzheng/shared/answer"
	"jianzheng/shared/challenge"
	"jianzheng/shared/demo"
	"jianzheng/worker/conform"
	"jianzheng/worker/edge/local"
	"jianzheng/worker/edge/workerd"
	files "jianzheng/worker/site"
)

// edge is the edge worker on workerd, with its Durable Objects on disk.
type edge struct {
	*workerd.Process
	site local.Site
}

func (e *edge) URL() string { return e.Process.URL }

// Kill implements [conform.Target].
func (e *edge) Kill(t testing.TB) {
	t.Helper()
	if err := e.Stop(); err != nil {
		t.Error(err)
	}
}

// Restart implements [conform.Target].
func (e *edge) Restart(t testing.TB) {
	t.Helper()
	p, err := local.Start(context.Background(), e.site)
	if err != nil {
		t.Fatal(err)
	}
	e.Process = p
	t.Cleanup(func() { p.Stop() })
}

// builtEdge builds dist/edge as it is shipped, once.
var builtEdge = sync.OnceValue(func() error {
	cmd := exec.Command("go", "run", "./scripts/build", "-edge")
	cmd.Dir, cmd.Stderr = "..", os.Stderr
	return cmd.Run()
})

// runEdge starts it on a folder that is filled already.
func runEdge(t *testing.T, site local.Site) *edge {
	t.Helper()
	return runEdgeWith(t, site, os.Stderr)
}

// runEdgeWith is runEdge with another place for what it says.
func runEdgeWith(t *testing.T, site local.Site, said io.Writer) *edge {
	t.Helper()
	if _, err := workerd.Find(".."); err != nil {
		t.Skip(err)
	}
	if err := builtEdge(); err != nil {
		t.Fatal(err)
	}
	site.Root, site.Listen, site.Log = "..", "127.0.0.1:0", said
	e := &edge{site: site}
	e.Restart(t)
	return e
}

func startEdge(t *testing.T, site *conform.Site) conform.Target {
	t.Helper()
	s := local.Site{Data: filepath.Join(t.TempDir(), "data"), Pages: t.TempDir(), Demo: site == nil}
	if site != nil {
		site.WriteData(t, s.Data)
		conform.WritePages(t, s.Pages)
		s.URL = conform.Phones
	}
	return runEdge(t, s)
}

// breakable starts the edge worker with a demonstration, so that it can be broken.
func breakable(t *testing.T) *edge {
	t.Helper()
	return runEdge(t, local.Site{Data: filepath.Join(t.TempDir(), "data"), Demo: true, Config: "testdata/fault.capnp"})
}

// ask calls one of the paths of testdata/fault.mjs.
func (e *edge) ask(t *testing.T, path, body string) (answer struct {
	Exited bool
	Seen   int
	Bytes  int
}) {
	t.Helper()
	r, err := http.Post(e.URL()+path, "text/plain", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("%s: %v", path, err)
	}
	return answer
}

// process is e as the native server's tests have it.
func (e *edge) process() *process { return &process{url: e.URL()} }

// After a panic the next request has a new instance, and nothing that was redeemed
// is forgotten with the old one.
func TestEdgePanic(t *testing.T) {
	e := breakable(t)
	p := e.process()
	used, unused := p.issue(t).Nonce, p.issue(t).Nonce
	wantPost(t, p, "/v1/redeem", redemption(used), http.StatusOK, "")
	for round := range 3 {
		if !e.ask(t, "/fault/panic", "").Exited {
			t.Fatal("the instance goes on")
		}
		wantPost(t, p, "/v1/redeem", redemption(used), http.StatusConflict, "nonce-used")
		if got, want := e.ask(t, "/fault/instances", "").Seen, round+2; got != want {
			t.Errorf("%d instances, want %d", got, want)
		}
	}
	wantPost(t, p, "/v1/redeem", redemption(unused), http.StatusOK, "")
}

// An instance that has grown over its bound is replaced.
func TestEdgeMemory(t *testing.T) {
	e := breakable(t)
	p := e.process()
	nonce := p.issue(t).Nonce
	grown := e.ask(t, "/fault/memory", "").Bytes
	if grown <= 48<<20 {
		t.Fatalf("only %d bytes", grown)
	}
	wantPost(t, p, "/v1/redeem", redemption(nonce), http.StatusOK, "")
	if got := e.ask(t, "/fault/instances", ""); got.Seen != 2 || got.Bytes >= grown {
		t.Errorf("%d instances, %d bytes", got.Seen, got.Bytes)
	}
}

// A store that is slow or gone is told as such, challenges are issued meanwhile,
// and afterwards all goes on.
func TestEdgeStoreFaults(t *testing.T) {
	e := breakable(t)
	p := e.process()
	for _, fault := range []string{"gone", "slow"} {
		nonce := p.issue(t).Nonce
		e.ask(t, "/fault/store", fault)
		wantPost(t, p, "/v1/redeem", redemption(nonce), http.StatusServiceUnavailable, "store-unavailable")
		p.issue(t)
		e.ask(t, "/fault/store", "")
		wantPost(t, p, "/v1/redeem", redemption(p.issue(t).Nonce), http.StatusOK, "")
	}
}

// The secret is changed in the steps of the README: what was issued before, and the
// tokens of terminals, count as long as the former one is there.
func TestEdgeSecretChanged(t *testing.T) {
	site := conform.NewSite(t, time.Now())
	s := local.Site{Data: filepath.Join(t.TempDir(), "data")}
	site.WriteData(t, s.Data)
	e := runEdge(t, s)
	nonces := []string{e.process().issue(t).Nonce, e.process().issue(t).Nonce, e.process().issue(t).Nonce}
	next := bytes.Repeat([]byte{2}, challenge.MinSecretSize)
	for i, step := range []struct {
		put    map[string][]byte
		status int
		code   string
	}{
		{map[string][]byte{files.FileFormer: next}, http.StatusOK, ""},
		{map[string][]byte{files.FileSecret: next, files.FileFormer: site.Secret}, http.StatusOK, ""},
		{map[string][]byte{files.FileFormer: next}, http.StatusNotFound, "nonce-unknown"},
	} {
		for name, content := range step.put {
			if err := files.WriteFile(filepath.Join(s.Data, name), content); err != nil {
				t.Fatal(err)
			}
		}
		e.Kill(t)
		e.Restart(t)
		wantPost(t, e.process(), "/v1/redeem", redemption(nonces[i]), step.status, step.code)
		wantPost(t, e.process(), "/v1/redeem", redemption(e.process().issue(t).Nonce), http.StatusOK, "")
	}
}

// Without its secret, or with a short one, nothing is answered, and the log says why
// in one line that does not hold it.
func TestEdgeWithoutSecret(t *testing.T) {
	for name, secret := range map[string]string{"missing": "", "short": "c2hvcnQ", "no base64url": "*"} {
		t.Run(name, func(t *testing.T) {
			var said bytes.Buffer
			site := conform.NewSite(t, time.Now())
			s := local.Site{Data: filepath.Join(t.TempDir(), "data"), Env: []string{"JZ_SECRET=" + secret}}
			site.WriteData(t, s.Data)
			e := runEdgeWith(t, s, &said)
			p := e.process()
			wantPost(t, p, "/v1/challenges", `{"purpose":"internet-cafe"}`, http.StatusInternalServerError, "internal")
			e.Kill(t)
			if lines := strings.Count(strings.TrimSpace(said.String()), "\n"); lines > 1 || !strings.Contains(said.String(), "SECRET") || secret != "" && strings.Contains(said.String(), secret) {
				t.Errorf("said %q", said.String())
			}
		})
	}
}

// An answer that lies in its box is still there after everything was killed, is given
// out once, and is deleted then.
func TestEdgeBoxSurvives(t *testing.T) {
	e := breakable(t)
	key, err := seal.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issued, _ := e.process().ask(t, key)
	sealed := base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32+256+16))
	body := `{"nonce":"` + issued.Nonce + `","party":"` + demo.PartyID + `","purpose":"internet-cafe","ciphertext":"` + sealed + `"}`
	if status, _ := e.process().post("/v1/challenges/"+issued.ID+"/response", body); status != 0 && status != http.StatusNoContent {
		t.Fatalf("status %d", status)
	}
	e.Kill(t)
	e.Restart(t)
	if status, text := e.process().poll(issued, "5"); status != 200 || text != `{"state":"answered","ciphertext":"`+sealed+`"}` {
		t.Errorf("%d %s", status, text)
	}
	if status, text := e.process().poll(issued, "5"); status != 200 || text != `{"state":"delivered"}` {
		t.Errorf("again: %d %s", status, text)
	}
	wantPost(t, e.process(), "/v1/challenges/"+issued.ID+"/response", body, http.StatusConflict, "nonce-used")
}

// A box ends by itself, with the answer in it, and whoever waits is told.
func TestEdgeBoxEnds(t *testing.T) {
	e := breakable(t)
	e.process().issue(t)
	const life, patience = 700 * time.Millisecond, 20 * time.Second
	question := fmt.Sprintf("/fault/box?id=x1&ends=%d", time.Now().Add(life).UnixMilli())
	ask := func(question, body string) string {
		r, err := http.Post(e.URL()+question, "text/plain", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if got := ask(question, "sealed"); got != "done" {
		t.Fatal(got)
	}
	if got := ask("/fault/boxes", ""); got != `{"n":1,"answers":1}` {
		t.Error(got)
	}
	other := strings.Replace(question, "x1", "x2", 1)
	if got := ask(other+"&seen=waiting&wait=20000", ""); got != `{"state":"expired"}` {
		t.Error(got)
	}
	if got := ask(question, "late"); got != "over" {
		t.Error(got)
	}
	for deadline := time.Now().Add(patience); ask("/fault/boxes", "") != `{"n":0,"answers":0}`; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("boxes that are over stay: %s", ask("/fault/boxes", ""))
		}
	}
}

// What is deployed to Cloudflare can be packed, and is small enough: 3 MB in gzip.
func TestDeployCheck(t *testing.T) {
	wrangler := filepath.Join("..", "node_modules", "wrangler", "bin", "wrangler.js")
	if _, err := os.Stat(wrangler); err != nil {
		t.Skip("wrangler is missing: run npm ci in the repository")
	}
	if err := builtEdge(); err != nil {
		t.Fatal(err)
	}
	pages := t.TempDir()
	conform.WritePages(t, pages)
	cmd := exec.Command("node", wrangler, "deploy", "--dry-run", "--config", "edge/wrangler.jsonc", "--assets", pages, "--outdir", t.TempDir())
	cmd.Env = append(os.Environ(), "CI=1", "WRANGLER_SEND_METRICS=false")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	size := regexp.MustCompile(`gzip: ([\d.]+) KiB`).FindSubmatch(out)
	if size == nil {
		t.Fatalf("no size in\n%s", out)
	}
	kib, err := strconv.ParseFloat(string(size[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	const most = 3_000_000.0 / 1024
	if t.Logf("%.0f KiB in gzip", kib); kib > most || bytes.Contains(out, []byte("WARNING")) {
		t.Errorf("%.0f KiB, at most %.0f\n%s", kib, most, out)
	}
}
