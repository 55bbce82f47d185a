package handler

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"jianzheng/shared/answer"
	"jianzheng/shared/reason"
	"jianzheng/worker/core"
)

func (f *fixture) do(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int, code reason.Code) {
	t.Helper()
	var problem struct {
		Status int
		Code   reason.Code
	}
	if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if w.Code != status || problem.Status != status || problem.Code != code || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %s, want %d %s", w.Code, w.Body, status, code)
	}
}

func (f *fixture) issue(t testing.TB) string {
	t.Helper()
	var issued core.Issued
	w := f.do("POST", "/v1/challenges", `{"purpose":"internet-cafe"}`)
	if err := json.Unmarshal(w.Body.Bytes(), &issued); err != nil {
		t.Fatal(err)
	}
	return issued.Nonce
}

func redemption(nonce string) string {
	return `{"nonce":"` + nonce + `","party":"demo-cafe","purpose":"internet-cafe","outcome":"accepted","class":"A",` +
		`"reason":"ok","hash":"` + strings.Repeat("A", 43) + `","labels":["over18"],"sequence":1}`
}

func TestBodyOverItsCap(t *testing.T) {
	f := newFixture(t)
	body := `{"purpose":"internet-cafe"}` + strings.Repeat(" ", core.MaxBodyBytes)
	for _, path := range []string{"/v1/challenges", "/v1/redeem", "/v1/demo/cards", "/v1/demo/printed", "/v1/demo/losses", "/v1/terminals", "/v1/checkpoints"} {
		wantProblem(t, f.do("POST", path, body), http.StatusRequestEntityTooLarge, reason.BodyTooLarge)
		// The same without a length that is told beforehand.
		r := httptest.NewRequest("POST", path, struct{ *strings.Reader }{strings.NewReader(body)})
		r.ContentLength = -1
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		wantProblem(t, w, http.StatusRequestEntityTooLarge, reason.BodyTooLarge)
	}
	if w := f.do("POST", "/v1/challenges", body[:core.MaxBodyBytes]); w.Code != http.StatusCreated {
		t.Errorf("a body of exactly the cap: %d %s", w.Code, w.Body)
	}
}

func TestOneOfManyRequestsRedeems(t *testing.T) {
	f := newFixture(t)
	body := redemption(f.issue(t))
	codes := make([]int, 50)
	var wg sync.WaitGroup
	for i := range codes {
		wg.Go(func() { codes[i] = f.do("POST", "/v1/redeem", body).Code })
	}
	wg.Wait()
	slices.Sort(codes)
	if codes[0] != http.StatusOK || codes[1] != http.StatusConflict || codes[len(codes)-1] != http.StatusConflict {
		t.Errorf("%v, want one 200 and 49 times 409", codes)
	}
}

func TestStoreUnavailable(t *testing.T) {
	f := newFixture(t)
	body := redemption(f.issue(t))
	f.store.fails = true
	w := f.do("POST", "/v1/redeem", body)
	wantProblem(t, w, http.StatusServiceUnavailable, reason.StoreUnavailable)
	if w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), errDisk.Error()) {
		t.Errorf("Retry-After %q, body %s", w.Header().Get("Retry-After"), w.Body)
	}
	wantProblem(t, f.do("GET", "/v1/healthz", ""), http.StatusServiceUnavailable, reason.StoreUnavailable)
	if !strings.Contains(f.log.String(), errDisk.Error()) {
		t.Error("the log does not say why")
	}
	f.store.fails = false
	if w := f.do("POST", "/v1/redeem", body); w.Code != http.StatusOK {
		t.Errorf("after the store came back: %d %s", w.Code, w.Body)
	}
}

// Swept nonces are as good as expired.
func TestSweptNonce(t *testing.T) {
	f := newFixture(t)
	first, second := f.issue(t), f.issue(t)
	if w := f.do("POST", "/v1/redeem", redemption(first)); w.Code != http.StatusOK {
		t.Fatal(w.Body)
	}
	if _, err := f.store.Sweep(t.Context(), f.now.AddDate(1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	for _, nonce := range []string{first, second} {
		wantProblem(t, f.do("POST", "/v1/redeem", redemption(nonce)), http.StatusGone, reason.NonceExpired)
	}
}

func TestLogHoldsNothingOfTheRequest(t *testing.T) {
	f := newFixture(t)
	const secret = "zhangsan"
	nonce := f.issue(t)
	f.do("POST", "/v1/redeem", redemption(nonce))
	for _, name := range []string{"nonce", "party", "purpose", "reason", secret} {
		f.do("POST", "/v1/redeem", `{"`+name+`":"`+secret+`"}`)
	}
	f.do("POST", "/v1/demo/cards", `{"person":"`+secret+`","key":"`+secret+`"}`)
	f.do("GET", "/v1/status/"+secret, "")
	f.do("GET", "/web/"+secret+".html?q="+secret, "")
	f.do("GET", "/v1/"+secret, "")
	f.do(strings.ToUpper(secret), "/v1/redeem", "")
	for _, word := range []string{secret, strings.ToUpper(secret), nonce, "192.0.2.1"} {
		if strings.Contains(f.log.String(), word) {
			t.Errorf("the log holds %s", word)
		}
	}
	for _, want := range []string{"route=/v1/redeem", "code=ok", "code=body-malformed", "route=/v1/status/{n}"} {
		if !strings.Contains(f.log.String(), want) {
			t.Errorf("the log lacks %s", want)
		}
	}
}

func TestPanicIsAProblem(t *testing.T) {
	f := newFixture(t)
	s := &server{Config: f.config}
	w := httptest.NewRecorder()
	s.api(route{path: "/x", method: "GET", do: func(http.ResponseWriter, *http.Request) error { panic("zhangsan") }}).
		ServeHTTP(w, httptest.NewRequest("GET", "/x", nil))
	wantProblem(t, w, http.StatusInternalServerError, reason.Internal)
	if log := f.log.String(); strings.Contains(log, "zhangsan") || !strings.Contains(log, "msg=panic") {
		t.Errorf("log: %s", log)
	}
}

// A link inside the pages must not lead out of their folder.
func TestLinksStayInside(t *testing.T) {
	f := newFixture(t)
	outside := filepath.Join(t.TempDir(), "outside.json")
	if err := os.WriteFile(outside, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(f.pages, "web/link.json")); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, f.do("GET", "/web/link.json", ""), http.StatusNotFound, reason.NotFound)
}

func TestWithoutDemoAndPages(t *testing.T) {
	f := newFixture(t)
	f.remake(t, func(c *Config) { c.Demo, c.Pages = nil, nil })
	for _, path := range []string{"/", "/index.html", "/web/lib/flow.js", "/v1/demo/people", "/v1/demo/cards", "/v1/demo/printed", "/v1/demo/losses"} {
		wantProblem(t, f.do("GET", path, ""), http.StatusNotFound, reason.NotFound)
	}
	if w := f.do("GET", "/config.json", ""); !strings.Contains(w.Body.String(), `"demo":false`) {
		t.Errorf("config: %s", w.Body)
	}
}

// FuzzPost sends any body to each route that takes one: the answer is never a
// fault of the program and always JSON.
func FuzzPost(f *testing.F) {
	fx := newFixture(f)
	nonce := fx.issue(f)
	for i, body := range []string{
		`{"purpose":"internet-cafe"}`, redemption(nonce), `{"person":"valid","key":"AAAA"}`, `{"purpose":null}`, `[[[[[[`,
		`{"nonce":"` + strings.Repeat("A", 38) + `","labels":[[]],"sequence":1e309}`, "\xff", "",
	} {
		f.Add(uint8(i), body)
	}
	f.Add(uint8(3), `{"ticket":"`+fx.ticket(f, "bank", "desk-1")+`"}`)
	f.Add(uint8(4), `{"party":"demo-cafe","register":"`+strings.Repeat("A", 43)+`","count":3,"head":"`+strings.Repeat("A", 43)+`"}`)
	f.Add(uint8(9), `{"ticket":"AAAA","state":"lost"}`)
	paths := []string{"/v1/challenges", "/v1/redeem", "/v1/demo/cards", "/v1/terminals", "/v1/checkpoints", "/v1/terminals/renew", "/v1/challenges/" + answer.ID(nil) + "/opened", "/v1/challenges/x/response",
		"/v1/demo/printed", "/v1/demo/losses"}
	f.Fuzz(func(t *testing.T, path uint8, body string) {
		r := httptest.NewRequest("POST", paths[int(path)%len(paths)], bytes.NewReader([]byte(body)))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		fx.handler.ServeHTTP(w, r)
		if w.Code >= 500 || !json.Valid(w.Body.Bytes()) && (w.Code != http.StatusNoContent || w.Body.Len() > 0) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

// FuzzGet asks for any path: no fault, and nothing from outside the pages.
func FuzzGet(f *testing.F) {
	fx := newFixture(f)
	for _, path := range []string{"/", "/web/../data/secret", "/web/%2e%2e/data/secret.json", "/v1/status/1", "/v1/receipts/AAAA", "/web/ops/", "/web/ops", "/web/ops/ops.js", "//", "/web//lib", "/web/card", "/dist/engine/../server"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path, r.URL.RawPath = "/"+path, ""
		w := httptest.NewRecorder()
		fx.handler.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%q: %d %s", path, w.Code, w.Body)
		}
		for _, hidden := range []string{"secret", "binary", "module", "package reason", "hidden", "notes"} {
			if w.Code == http.StatusOK && w.Body.String() == hidden {
				t.Errorf("%q gave out %q", path, hidden)
			}
		}
	})
}
