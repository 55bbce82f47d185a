//go:build !js

package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/sdcwt"
	"jianzheng/shared/trust"
	"jianzheng/worker/core"
	"jianzheng/worker/site"
)

// built is the folder of the binary, empty until a test has asked for it.
var built string

// binary is the server as it is shipped, built once.
var binary = sync.OnceValues(func() (path string, err error) {
	if built, err = os.MkdirTemp("", "jianzheng-server-*"); err != nil {
		return "", err
	}
	path = filepath.Join(built, "server")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, err
})

func TestMain(m *testing.M) {
	status := m.Run()
	os.RemoveAll(built)
	os.Exit(status)
}

func command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = []string{"TMPDIR=" + t.TempDir()}
	return cmd
}

// process is a running server.
type process struct {
	cmd *exec.Cmd
	url string
	err bytes.Buffer
}

// start runs the server until it prints its URL.
func start(t testing.TB, args ...string) *process {
	t.Helper()
	return startWith(t, nil, args...)
}

// startWith is start with another place for what the server says.
func startWith(t testing.TB, said io.Writer, args ...string) *process {
	t.Helper()
	p := &process{cmd: command(t, append([]string{"-addr", "127.0.0.1:0", "-web", ""}, args...)...)}
	if p.cmd.Stderr = said; said == nil {
		p.cmd.Stderr = &p.err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill(); p.cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.cmd.Wait()
		t.Fatalf("no URL: %v\n%s", err, p.err.String())
	}
	t.Logf("answers after %d ms", time.Since(began).Milliseconds())
	p.url = strings.TrimSuffix(strings.TrimSpace(line[strings.Index(line, "http"):]), "/")
	return p
}

// end sends a signal and waits for the end.
func (p *process) end(t *testing.T, signal os.Signal) error {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	return p.cmd.Wait()
}

func (p *process) get(t *testing.T, path string) []byte {
	t.Helper()
	answer, err := http.Get(p.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d %v %s", path, answer.StatusCode, err, b)
	}
	return b
}

// post sends a body and returns the status and the answer; status 0 says that
// the server is gone.
func (p *process) post(path, body string) (status int, answer map[string]any) {
	r, err := http.Post(p.url+path, "application/json", strings.NewReader(body))
	if err != nil {
		return 0, nil
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		return 0, nil
	}
	return r.StatusCode, answer
}

func (p *process) issue(t testing.TB) core.Issued {
	t.Helper()
	status, answer := p.post("/v1/challenges", `{"purpose":"internet-cafe"}`)
	if status != http.StatusCreated {
		t.Fatalf("no challenge: %d %v", status, answer)
	}
	return core.Issued{Challenge: answer["challenge"].(string), Nonce: answer["nonce"].(string)}
}

func redemption(nonce string) string {
	return `{"nonce":"` + nonce + `","party":"` + demo.PartyID + `","purpose":"internet-cafe","outcome":"accepted","class":"A",` +
		`"reason":"ok","hash":"` + strings.Repeat("A", 43) + `","labels":["name","over18"],"sequence":1}`
}

func wantPost(t *testing.T, p *process, path, body string, status int, code string) map[string]any {
	t.Helper()
	got, answer := p.post(path, body)
	if gotCode, _ := answer["code"].(string); got != status || gotCode != code {
		t.Fatalf("POST %s: %d %v, want %d %s", path, got, answer, status, code)
	}
	return answer
}

// The whole of it: a real server, killed in the middle, remembers what it gave
// receipts for.
func TestReplayAfterKill(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	first := start(t, "-demo", "-data", data)
	config := first.get(t, "/config.json")
	nonce := first.issue(t).Nonce
	answer := wantPost(t, first, "/v1/redeem", redemption(nonce), http.StatusOK, "")
	wantReceipt(t, data, answer["receipt"].(string), nonce)
	wantPost(t, first, "/v1/redeem", redemption(nonce), http.StatusConflict, "nonce-used")
	unused := first.issue(t).Nonce
	first.end(t, syscall.SIGKILL)

	second := start(t, "-demo", "-data", data)
	if again := second.get(t, "/config.json"); !bytes.Equal(again, config) {
		t.Errorf("another anchor after the restart:\n%s\n%s", config, again)
	}
	wantPost(t, second, "/v1/redeem", redemption(nonce), http.StatusConflict, "nonce-used")
	wantPost(t, second, "/v1/redeem", redemption(unused), http.StatusOK, "")
	second.end(t, syscall.SIGKILL)

	third := start(t, "-demo", "-data", data)
	wantPost(t, third, "/v1/redeem", redemption(nonce), http.StatusConflict, "nonce-used")
	wantPost(t, third, "/v1/redeem", redemption(unused), http.StatusConflict, "nonce-used")
}

func wantReceipt(t *testing.T, data, text, nonce string) {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := demo.Load(func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(data, "demo", name)) })
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := challenge.OpenReceipt(raw, authority.Operator().Public())
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Party != demo.PartyID || receipt.Outcome() != "accepted" {
		t.Errorf("receipt %+v", receipt)
	}
	t.Logf("receipt of the demonstration: %d bytes", len(raw))
}

func TestDemo(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	p := start(t, "-demo", "-data", data)
	var config struct {
		Demo   bool
		Anchor string
		Status []string
	}
	if err := json.Unmarshal(p.get(t, "/config.json"), &config); err != nil {
		t.Fatal(err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(config.Anchor)
	if err != nil {
		t.Fatal(err)
	}
	anchor, err := cwt.ParseKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	list, err := trust.Open(p.get(t, "/v1/trust"), anchor)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := challenge.Parse(p.issue(t).Challenge)
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := list.Find(signed.KeyID, trust.RoleChallenge, signed.Issued)
	if err != nil {
		t.Fatal(err)
	}
	if err := signed.Verify(key); err != nil {
		t.Error(err)
	}
	if !config.Demo || len(config.Status) != 1 || len(p.get(t, config.Status[0])) == 0 {
		t.Errorf("config %+v", config)
	}
	holder, err := anchor.MarshalCBOR() // any public key will do
	if err != nil {
		t.Fatal(err)
	}
	for _, person := range demo.People() {
		answer := wantPost(t, p, "/v1/demo/cards", `{"person":"`+person.ID+`","key":"`+base64.RawURLEncoding.EncodeToString(holder)+`"}`, http.StatusCreated, "")
		card, err := base64.RawURLEncoding.DecodeString(answer["card"].(string))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sdcwt.ParseCard(card); err != nil {
			t.Errorf("%s: %v", person.ID, err)
		}
	}
}

// Whatever is kept can be read by its owner only.
func TestDataIsForItsOwnerOnly(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	p := start(t, "-demo", "-data", data)
	wantPost(t, p, "/v1/redeem", redemption(p.issue(t).Nonce), http.StatusOK, "")
	err := filepath.WalkDir(data, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("%s has mode %o", path, mode)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestStopsWithStatusZero(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		p := start(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"))
		p.issue(t)
		if err := p.end(t, signal); err != nil {
			t.Errorf("%v: %v\n%s", signal, err, p.err.String())
		}
	}
}

// siteFile registers one open party.
const siteFile = `{"operator":"` + demo.OperatorID + `","party":"` + demo.PartyID + `","parties":[{"id":"` + demo.PartyID + `","name":"演示网吧","kind":"internet-cafe","open":true}],"purpose":"internet-cafe"}`

// operatorFolder is what an operator puts into -data.
func operatorFolder(t *testing.T) string {
	t.Helper()
	data := t.TempDir()
	now := time.Now()
	authority, err := demo.New(strings.NewReader(strings.Repeat("not random at all ", 100)), now)
	if err != nil {
		t.Fatal(err)
	}
	files, err := authority.Files(now)
	if err != nil {
		t.Fatal(err)
	}
	operator, err := authority.Operator().MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	files[site.FileSecret] = bytes.Repeat([]byte{7}, challenge.MinSecretSize)
	files[site.FileOperator] = operator
	files[site.FileSite] = []byte(siteFile)
	for name, content := range files {
		if strings.Contains(name, "/") {
			continue
		}
		if err := os.WriteFile(filepath.Join(data, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

func TestOperator(t *testing.T) {
	data := operatorFolder(t)
	p := start(t, "-data", data)
	if config := string(p.get(t, "/config.json")); !strings.Contains(config, `"demo":false`) || !strings.Contains(config, `["/v1/status/1"]`) {
		t.Errorf("config %s", config)
	}
	wantPost(t, p, "/v1/demo/cards", `{}`, http.StatusNotFound, "not-found")
	wantPost(t, p, "/v1/redeem", redemption(p.issue(t).Nonce), http.StatusOK, "")
	want, err := os.ReadFile(filepath.Join(data, site.FileTrust))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.get(t, "/v1/trust"); !bytes.Equal(got, want) {
		t.Error("the trust list is not the file")
	}
}

// What keeps the server from working is one line and an exit status.
func TestRefusesToStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	write := func(name, content string) func(string) error {
		return func(data string) error { return os.WriteFile(filepath.Join(data, name), []byte(content), 0o600) }
	}
	remove := func(name string) func(string) error {
		return func(data string) error { return os.Remove(filepath.Join(data, name)) }
	}
	nothing := func(string) error { return nil }
	free := []string{"-addr", "127.0.0.1:0", "-web", ""}
	for name, test := range map[string]struct {
		change func(data string) error
		args   []string
		status int
		say    string
	}{
		"no secret":             {remove(site.FileSecret), free, 1, "secret is missing"},
		"short secret":          {write(site.FileSecret, "<undefined>"), free, 1, "at least 32"},
		"short former secret":   {write(site.FileFormer, "short"), free, 1, "at least 32"},
		"short secret in demo":  {write(site.FileSecret, "short"), append(free, "-demo"), 1, "32 bytes"},
		"no operator key":       {remove(site.FileOperator), free, 1, site.FileOperator},
		"broken operator key":   {write(site.FileOperator, "x"), free, 1, site.FileOperator},
		"no anchor":             {remove(site.FileAnchor), free, 1, site.FileAnchor},
		"no trust list":         {remove(site.FileTrust), free, 1, site.FileTrust},
		"broken trust list":     {write(site.FileTrust, "x"), free, 1, site.FileTrust},
		"broken catalogue":      {write(site.FilePolicy, "x"), free, 1, site.FilePolicy},
		"no settings":           {remove(site.FileSite), free, 1, site.FileSite},
		"broken settings":       {write(site.FileSite, "{\n"), free, 1, site.FileSite},
		"unknown setting":       {write(site.FileSite, `{"port":1}`), free, 1, site.FileSite},
		"another operator":      {write(site.FileSite, strings.Replace(siteFile, demo.OperatorID, "https://x.example", 1)), free, 1, "another"},
		"unknown purpose":       {write(site.FileSite, strings.Replace(siteFile, `"purpose":"internet-cafe"`, `"purpose":"party"`, 1)), free, 1, "party"},
		"unregistered party":    {write(site.FileSite, strings.Replace(siteFile, `"party":"`+demo.PartyID, `"party":"x`, 1)), free, 1, "not registered"},
		"broken store":          {write("redeemed.db", strings.Repeat("this is not a database ", 10)), free, 1, "redeemed.db"},
		"port in use":           {nothing, []string{"-addr", taken.Addr().String(), "-demo"}, 1, "in use"},
		"no such pages":         {nothing, []string{"-addr", "127.0.0.1:0", "-web", "absent"}, 1, "-web"},
		"address without port":  {nothing, []string{"-addr", "localhost"}, 2, "host:port"},
		"argument":              {nothing, []string{"demo"}, 2, "demo"},
		"data is a file's name": {write("file", "x"), []string{"-addr", "127.0.0.1:0", "-data", "FILE"}, 1, "file"},
		"half a demonstration": {func(data string) error { return os.Mkdir(filepath.Join(data, "demo"), 0o700) },
			append(free, "-demo"), 1, "remove"},
	} {
		t.Run(name, func(t *testing.T) {
			data := operatorFolder(t)
			if err := test.change(data); err != nil {
				t.Fatal(err)
			}
			args := append([]string{"-data", data}, test.args...)
			if test.args[len(test.args)-1] == "FILE" {
				args[len(args)-1] = filepath.Join(data, "file")
			}
			cmd := command(t, args...)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			err := cmd.Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != test.status {
				t.Errorf("%v, want exit status %d", err, test.status)
			}
			if lines := strings.Split(strings.TrimSpace(stderr.String()), "\n"); len(lines) != 1 || !strings.HasPrefix(lines[0], "server: ") || !strings.Contains(lines[0], test.say) {
				t.Errorf("said %q, want one line with %q", stderr.String(), test.say)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	for _, test := range []struct {
		port string
		args []string
		want string
	}{
		{"", nil, "127.0.0.1:8787"},
		{"9000", nil, "127.0.0.1:9000"},
		{"9000", []string{"-addr", ":80"}, ":80"},
	} {
		o, err := parseOptions(test.args, environment{port: test.port}, io.Discard)
		if err != nil || o.addr != test.want || o.data != "data" || o.web != "." || o.demo {
			t.Errorf("PORT=%s %v: %+v, %v; want %s", test.port, test.args, o, err, test.want)
		}
	}
}

func TestURL(t *testing.T) {
	for ip, want := range map[string]string{
		"127.0.0.1": "http://localhost:8787/", "::1": "http://localhost:8787/", "0.0.0.0": "http://localhost:8787/",
		"::": "http://localhost:8787/", "192.0.2.7": "http://192.0.2.7:8787/", "2001:db8::1": "http://[2001:db8::1]:8787/",
	} {
		if got := url(&net.TCPAddr{IP: net.ParseIP(ip), Port: 8787}, false); got != want {
			t.Errorf("%s: %s, want %s", ip, got, want)
		}
	}
}
