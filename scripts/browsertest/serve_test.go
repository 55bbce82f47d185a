package browsertest

import (
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"jianzheng/scripts/chrome"
)

// pages lists the paths of all pages: the staff page, and each folder below
// web/ with an index.html but the operator's, which has a port of its own.
func pages(t *testing.T) []string {
	t.Helper()
	root, err := chrome.Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "web", "*", "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	list := []string{""}
	for _, file := range files {
		if name := filepath.Base(filepath.Dir(file)); name != "ops" {
			list = append(list, path.Join("web", name)+"/")
		}
	}
	return list
}

// get fetches a path and returns the answer with its body closed.
func get(t *testing.T, url string) *http.Response {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response
}

func TestPagesLoad(t *testing.T) {
	server := chrome.StartServer(t)
	for _, lang := range []string{"zh-CN", "en"} {
		browser := chrome.Start(t, chrome.Options{Lang: lang})
		for _, name := range pages(t) {
			t.Run(lang+"/"+name, func(t *testing.T) {
				page := browser.Open(server.URL + name)
				page.WaitFor(`document.title !== '' && document.body.innerText.trim() !== ''`)
				page.CheckErrors(t)
			})
		}
	}
}

func TestHeaders(t *testing.T) {
	server := chrome.StartServer(t)
	for _, name := range pages(t) {
		t.Run(name, func(t *testing.T) {
			response := get(t, server.URL+name)
			if response.StatusCode != http.StatusOK {
				t.Fatal(response.Status)
			}
			policy := response.Header.Get("Content-Security-Policy")
			for _, part := range []string{"default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "base-uri 'none'", "frame-ancestors 'none'"} {
				if !strings.Contains(policy, part) {
					t.Errorf("Content-Security-Policy lacks %q: %q", part, policy)
				}
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options":     "nosniff",
				"Referrer-Policy":            "no-referrer",
				"Cross-Origin-Opener-Policy": "same-origin",
			} {
				if got := response.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if got := response.Header.Get("Permissions-Policy"); !strings.Contains(got, "camera=(self)") {
				t.Errorf("Permissions-Policy: %q lacks camera=(self)", got)
			}
		})
	}
}

func TestEngineIsServed(t *testing.T) {
	server := chrome.StartServer(t)
	for name, want := range map[string]string{
		"dist/engine/engine.wasm":  "application/wasm",
		"dist/engine/wasm_exec.js": "text/javascript",
		"dist/engine/decoder.wasm": "application/wasm",
		"dist/engine/decoder.js":   "text/javascript",
	} {
		response := get(t, server.URL+name)
		if got := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, Content-Type %q, want %q", name, response.Status, got, want)
		}
	}
}

func TestRepositoryIsNotServed(t *testing.T) {
	server := chrome.StartServer(t)
	if _, err := os.Stat(server.Data); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "data/", ".git/config", "dist/server", "web/../go.mod", "web/%2e%2e/go.mod", "package.json"} {
		if response := get(t, server.URL+name); response.StatusCode == http.StatusOK {
			t.Errorf("%s is served", name)
		}
	}
}

func TestServerStartsAgain(t *testing.T) {
	server := chrome.StartServer(t)
	server.Kill()
	server.Start()
	server.Stop()
	server.Start()
}
