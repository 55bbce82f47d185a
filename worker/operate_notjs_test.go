//go:build !js

package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/demo"
	"jianzheng/worker/core"
	"jianzheng/worker/site"
)

func TestOptionsRefused(t *testing.T) {
	for _, args := range [][]string{
		{"-store", "memory"}, {"-store", "/var/lib/x.db"}, {"-tls-cert", "a.pem"}, {"-tls-key", "a.pem"},
		{"-ops", ":9090"}, {"-ops", "0.0.0.0:9090"}, {"-ops", "192.0.2.1:9090"}, {"-ops", "9090"},
		{"-trust-proxy", "proxy"}, {"-trust-proxy", "10.0.0.0/33"},
		{"-address-rate", "many"}, {"-address-rate", "5"}, {"-address-rate", "0/0"}, {"-address-rate", "-1/5"}, {"-log-level", "loud"},
	} {
		if o, err := parseOptions(args, environment{}, io.Discard); err == nil {
			t.Errorf("%v: %+v", args, o)
		}
	}
	o, err := parseOptions([]string{"-trust-proxy", "10.0.0.0/8, ::1", "-address-rate", "0"}, environment{store: "redis://:secret@r"}, io.Discard)
	if err != nil || len(o.proxies) != 2 || !o.addressRate.Unlimited() || o.store != "redis://:secret@r" || storeKind(o) != "redis" {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestClientAddress(t *testing.T) {
	proxies, err := parseProxies("10.0.0.0/8,2001:db8::1")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		proxies   []netip.Prefix
		peer      string
		forwarded []string
		want      string
	}{
		{proxies, "192.0.2.1:5", nil, "192.0.2.1"},
		{proxies, "192.0.2.1:5", []string{"198.51.100.9"}, "192.0.2.1"}, // no proxy of ours: anybody can write that
		{nil, "10.0.0.1:5", []string{"198.51.100.9"}, "10.0.0.1"},
		{proxies, "10.0.0.1:5", []string{"198.51.100.9"}, "198.51.100.9"},
		{proxies, "[::ffff:10.0.0.1]:5", []string{"198.51.100.9"}, "198.51.100.9"},
		{proxies, "10.0.0.1:5", []string{"203.0.113.7, 198.51.100.9, 10.0.0.2"}, "198.51.100.9"},
		{proxies, "10.0.0.1:5", []string{"203.0.113.7", "198.51.100.9"}, "198.51.100.9"},
		{proxies, "[2001:db8::1]:5", []string{"2001:db8::5"}, "2001:db8::5"},
		{proxies, "10.0.0.1:5", []string{"198.51.100.9, unknown"}, "10.0.0.1"},
		{proxies, "10.0.0.1:5", nil, "10.0.0.1"},
		{proxies, "10.0.0.1:5", []string{"10.0.0.3"}, "10.0.0.3"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = test.peer
		r.Header["X-Forwarded-For"] = test.forwarded
		if got := clientAddress(test.proxies)(r); got.String() != test.want {
			t.Errorf("%s %q: %v, want %s", test.peer, test.forwarded, got, test.want)
		}
	}
}

// Behind a trusted proxy each client has a limit of its own, and is told how
// long to wait.
func TestRateBehindAProxy(t *testing.T) {
	p := start(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"), "-trust-proxy", "127.0.0.1", "-address-rate", "1/2")
	post := func(client string) *http.Response {
		r, err := http.NewRequest("POST", p.url+"/v1/challenges", strings.NewReader(`{"purpose":"internet-cafe"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Forwarded-For", client)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer
	}
	for _, want := range []int{201, 201, 429} {
		if got := post("198.51.100.9").StatusCode; got != want {
			t.Errorf("status %d, want %d", got, want)
		}
	}
	if wait := post("198.51.100.9").Header.Get("Retry-After"); !regexp.MustCompile(`^[1-9]\d?$`).MatchString(wait) {
		t.Errorf("Retry-After %q", wait)
	}
	if got := post("198.51.100.10").StatusCode; got != 201 {
		t.Errorf("another client: %d", got)
	}
	if err := p.end(t, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if strings.Contains(p.err.String(), "198.51") {
		t.Error("the log holds an address")
	}
}

// writeCertificate makes a certificate for this computer with the name.
func writeCertificate(t *testing.T, folder, name string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for file, content := range map[string][]byte{"cert.pem": chain, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})} {
		if err := os.WriteFile(filepath.Join(folder, file), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(chain)
	return pool
}

// hangup sends SIGHUP and waits until the log says what came of it.
func (p *process) hangup(t *testing.T, log *logFile, want string) {
	t.Helper()
	before := strings.Count(log.read(t), want)
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	const patience = 20 * time.Second
	for deadline := time.Now().Add(patience); strings.Count(log.read(t), want) == before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the log does not say %q:\n%s", want, log.read(t))
		}
	}
}

// logFile takes a server's standard error so that it can be read meanwhile.
type logFile struct{ path string }

func (l *logFile) read(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(l.path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// startLogged is start with a log that can be read while the server runs.
func startLogged(t *testing.T, args ...string) (*process, *logFile) {
	t.Helper()
	log := &logFile{filepath.Join(t.TempDir(), "log")}
	file, err := os.Create(log.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return startWith(t, file, args...), log
}

func TestTLS(t *testing.T) {
	folder := t.TempDir()
	pool := writeCertificate(t, folder, "first.example")
	p, log := startLogged(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"),
		"-tls-cert", filepath.Join(folder, "cert.pem"), "-tls-key", filepath.Join(folder, "key.pem"))
	if !strings.HasPrefix(p.url, "https://") {
		t.Fatal(p.url)
	}
	get := func(pool *x509.CertPool, version uint16) (*http.Response, error) {
		client := http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MaxVersion: version}, ForceAttemptHTTP2: true, DisableKeepAlives: true,
		}}
		answer, err := client.Get(p.url + "/v1/healthz")
		if err == nil {
			answer.Body.Close()
		}
		return answer, err
	}
	answer, err := get(pool, 0)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != 200 || answer.ProtoMajor != 2 || answer.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%d over %s, %v", answer.StatusCode, answer.Proto, answer.Header)
	}
	if _, err := get(pool, tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 was taken")
	}
	// A renewed certificate is taken at SIGHUP, a broken one is not.
	renewed := writeCertificate(t, folder, "second.example")
	p.hangup(t, log, "files were read again")
	if _, err := get(renewed, 0); err != nil {
		t.Errorf("with the renewed certificate: %v", err)
	}
	if _, err := get(pool, 0); err == nil {
		t.Error("the old certificate is still in use")
	}
	if err := os.WriteFile(filepath.Join(folder, "cert.pem"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.hangup(t, log, "files were not taken")
	if _, err := get(renewed, 0); err != nil {
		t.Errorf("after a broken certificate: %v", err)
	}
}

// enrolled returns a token for a terminal of the operator's folder.
func enrolled(t *testing.T, p *process, data, terminal string) (token string) {
	t.Helper()
	secret, err := os.ReadFile(filepath.Join(data, site.FileSecret))
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := challenge.NewSealer(secret)
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := core.MakeTicket(sealer, core.Caller{Party: demo.PartyID, Terminal: terminal}, time.Now(), time.Now().Add(time.Hour), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	answer := wantPost(t, p, "/v1/terminals", `{"ticket":"`+ticket+`"}`, http.StatusCreated, "")
	wantPost(t, p, "/v1/terminals", `{"ticket":"`+ticket+`"}`, http.StatusForbidden, "enrolment-invalid")
	return answer["token"].(string)
}

// ask posts with a token and returns status and code.
func ask(t *testing.T, p *process, token, path, body string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequest("POST", p.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var v map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, v
}

// A terminal is enrolled, and put out of service by a change of site.json.
func TestRevokedAtHangup(t *testing.T) {
	data := operatorFolder(t)
	closed := strings.Replace(siteFile, `,"open":true`, ``, 1)
	write := func(content string) {
		if err := os.WriteFile(filepath.Join(data, site.FileSite), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(closed)
	p, log := startLogged(t, "-data", data)
	wantPost(t, p, "/v1/challenges", `{"purpose":"internet-cafe"}`, http.StatusUnauthorized, "unauthorized")
	token := enrolled(t, p, data, "counter-1")
	if status, answer := ask(t, p, token, "/v1/challenges", `{"purpose":"internet-cafe"}`); status != http.StatusCreated {
		t.Fatalf("%d %v", status, answer)
	}
	write("{")
	p.hangup(t, log, "files were not taken")
	if status, answer := ask(t, p, token, "/v1/challenges", `{"purpose":"internet-cafe"}`); status != http.StatusCreated {
		t.Fatalf("after a broken file: %d %v", status, answer)
	}
	write(strings.Replace(closed, `{"operator"`, `{"revoked":["`+demo.PartyID+`/counter-1"],"operator"`, 1))
	p.hangup(t, log, "files were read again")
	if status, answer := ask(t, p, token, "/v1/challenges", `{"purpose":"internet-cafe"}`); status != http.StatusForbidden || answer["code"] != "terminal-revoked" {
		t.Fatalf("revoked: %d %v", status, answer)
	}
	if strings.Contains(log.read(t), token) {
		t.Error("the log holds the token")
	}
}

// The secret is changed while terminals work: not one check fails.
func TestSecretRotatedUnderLoad(t *testing.T) {
	data := operatorFolder(t)
	p, log := startLogged(t, "-data", data)
	var token atomic.Pointer[string]
	first := enrolled(t, p, data, "counter-1")
	token.Store(&first)
	secret, err := os.ReadFile(filepath.Join(data, site.FileSecret))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, content []byte) {
		if err := site.WriteFile(filepath.Join(data, name), content); err != nil {
			t.Fatal(err)
		}
	}
	var stop atomic.Bool
	var checks, failed atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for !stop.Load() {
				status, issued := ask(t, p, *token.Load(), "/v1/challenges", `{"purpose":"internet-cafe"}`)
				if status != http.StatusCreated {
					failed.Add(1)
					continue
				}
				// Some answers are on their way for a while, over a change.
				time.Sleep(time.Duration(checks.Load()%7) * time.Millisecond)
				if status, _ := ask(t, p, *token.Load(), "/v1/redeem", redemption(issued["nonce"].(string))); status != http.StatusOK {
					failed.Add(1)
				}
				checks.Add(1)
			}
		})
	}
	for i := range 5 {
		next := bytes.Repeat([]byte{byte(100 + i)}, challenge.MinSecretSize)
		// The next one is known first, then used; the one before counts on.
		for _, step := range []map[string][]byte{{site.FileFormer: next}, {site.FileFormer: secret, site.FileSecret: next}} {
			for name, content := range step {
				write(name, content)
			}
			p.hangup(t, log, "files were read again")
			time.Sleep(20 * time.Millisecond)
		}
		// Terminals renew while the former secret counts, and challenges made
		// with it have ended before the next change; here nobody waits so long.
		_, renewed := ask(t, p, *token.Load(), "/v1/terminals/renew", `{}`)
		text, ok := renewed["token"].(string)
		if !ok {
			t.Fatalf("change %d: no new token: %v", i, renewed)
		}
		token.Store(&text)
		for begun := checks.Load(); checks.Load() < begun+64 && failed.Load() == 0; {
			time.Sleep(time.Millisecond)
		}
		secret = next
	}
	stop.Store(true)
	wg.Wait()
	t.Logf("%d checks, %d failed", checks.Load(), failed.Load())
	if failed.Load() > 0 || checks.Load() == 0 {
		t.Errorf("%d of %d checks failed", failed.Load(), checks.Load())
	}
}

// The operator's port: counts, metrics, profiles and the page, and none of it on
// the public one.
func TestOps(t *testing.T) {
	p, log := startLogged(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"), "-ops", "127.0.0.1:0", "-web", "..")
	nonce := p.issue(t).Nonce
	wantPost(t, p, "/v1/redeem", redemption(nonce), http.StatusOK, "")
	wantPost(t, p, "/v1/redeem", redemption(nonce), http.StatusConflict, "nonce-used")
	found := regexp.MustCompile(`url=(http://\S+)/`).FindStringSubmatch(log.read(t))
	if found == nil {
		t.Fatalf("no address of the operator's page:\n%s", log.read(t))
	}
	ops := &process{url: found[1]}
	for path, want := range map[string]string{
		"/metrics":       `jianzheng_requests_total{code="nonce-used",route="/v1/redeem"} 1`,
		"/debug/pprof/":  "goroutine",
		"/ops/data.json": `"replays":1`,
		"/web/ops/":      "<title>",
		"/ops":           "<title>",
	} {
		if got := string(ops.get(t, path)); !strings.Contains(got, want) {
			t.Errorf("%s lacks %q", path, want)
		}
		if answer, err := http.Get(p.url + path); err != nil || answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s on the public port: %v, %v", path, answer, err)
		}
	}
	if got := string(ops.get(t, "/ops/data.json")); !strings.Contains(got, `"outcomes":{"ok":1}`) || !strings.Contains(got, `"party":"`+demo.PartyID+`","terminal":""`) {
		t.Errorf("data %s", got)
	}
	if !regexp.MustCompile(`"version":"[0-9a-f]{12}"`).Match(ops.get(t, "/ops/data.json")) {
		t.Error("the data names no version")
	}
	r, err := http.NewRequest("GET", ops.url+"/ops/data.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "evil.example"
	if answer, err := http.DefaultClient.Do(r); err != nil || answer.StatusCode != http.StatusForbidden {
		t.Errorf("under another name: %v, %v", answer, err)
	}
}
