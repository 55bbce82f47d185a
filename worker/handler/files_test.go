package handler

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// app is what AppScript tells the service worker.
type app struct {
	Version string            `json:"version"`
	Files   map[string]string `json:"files"`
}

func readAppScript(t *testing.T, script []byte) app {
	t.Helper()
	text, ok := strings.CutPrefix(string(script), "self.app=")
	text, ends := strings.CutSuffix(text, ";\n")
	var a app
	if err := json.Unmarshal([]byte(text), &a); !ok || !ends || err != nil || len(a.Version) != 64 {
		t.Fatalf("%.80q: %v", script, err)
	}
	return a
}

func TestAppScript(t *testing.T) {
	pages := fstest.MapFS{
		"index.html": {Data: []byte("staff")}, "engine/engine.wasm": {Data: []byte("wasm")}, "dist/engine/wasm_exec.js": {Data: []byte("go")},
		"web/card/index.html": {}, "web/a.js": {}, "web/a.js.br": {}, "web/a.test.js": {}, "web/ops/ops.js": {}, "web/types/x.js": {},
		"web/readme/staff.png": {}, "web/.git/x.js": {}, "web/.x.js": {}, "web/sw.js": {}, "web/files.js": {}, "web/engine/decoder.js": {},
		"engine/decoder.wasm": {}, "go.mod": {}, "web/app.webmanifest": {},
	}
	script, err := AppScript(pages)
	if err != nil {
		t.Fatal(err)
	}
	first := readAppScript(t, script)
	want := []string{"dist/engine/engine.wasm", "dist/engine/wasm_exec.js", "index.html", "web/a.js", "web/app.webmanifest", "web/card/index.html"}
	if got := slices.Sorted(maps.Keys(first.Files)); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	sum := sha256.Sum256([]byte("staff"))
	if got := first.Files["index.html"]; got != "sha256-"+base64.StdEncoding.EncodeToString(sum[:]) {
		t.Errorf("hash of index.html: %s", got)
	}
	pages["web/a.js"] = &fstest.MapFile{Data: []byte("new")}
	if script, err = AppScript(pages); err != nil || readAppScript(t, script).Version == first.Version {
		t.Errorf("a changed file left the version as it was: %v", err)
	}
	delete(pages, "engine/engine.wasm")
	if script, err = AppScript(pages); err == nil {
		t.Errorf("without an engine: %s", script)
	}
	// The pages of a release load an engine that is named by its hash, and no script beside it.
	pages["engine/engine-0123456789.wasm"] = &fstest.MapFile{Data: []byte("wasm")}
	delete(pages, "dist/engine/wasm_exec.js")
	if script, err = AppScript(pages); err != nil {
		t.Fatal(err)
	}
	files := readAppScript(t, script).Files
	if files["dist/engine/engine-0123456789.wasm"] == "" || files["dist/engine/engine.wasm"] != "" || files["dist/engine/wasm_exec.js"] != "" {
		t.Errorf("of a release: %v", files)
	}
}

// What caches may keep for ever is only what is named by its hash.
func TestFreshness(t *testing.T) {
	for name, forever := range map[string]bool{
		"web/app/staff-H3ZOU3C5.css": true, "engine/engine-C7E0735DF5.wasm": true, "dist/engine/engine-C7E0735DF5.wasm": true,
		"web/ops/ops-DB4PKFYJ.js": true, "index.html": false, "web/sw.js": false, "web/icons/icon-192.png": false,
		"web/lib/some-H3ZOU3C5.js": false, "web/app/H3ZOU3C5.js": false, "web/app/ev-register.js": false, "engine/engine.wasm": false,
	} {
		if got := freshness(name); (got == Forever) != forever {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// The pages' sources have a list too, and it follows every change.
func TestFileListOfSources(t *testing.T) {
	f := newFixture(t)
	os.Remove(filepath.Join(f.pages, FileList))
	if w := f.do("GET", "/"+FileList, ""); w.Code != 404 {
		t.Errorf("without the runtime's script: %d", w.Code)
	}
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(f.pages, filepath.FromSlash(name)), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("dist/engine/wasm_exec.js", "go")
	list := func() app {
		t.Helper()
		w := f.do("GET", "/"+FileList, "")
		if w.Code != 200 || w.Header().Get("Content-Type") != kinds[".js"] || w.Header().Get("Cache-Control") != "no-cache" {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
		return readAppScript(t, w.Body.Bytes())
	}
	before := list()
	if again := list(); again.Version != before.Version {
		t.Error("nothing changed but the version")
	}
	write("web/lib/flow.js", "export const changed = 1;")
	after := list()
	if after.Version == before.Version || after.Files["web/lib/flow.js"] == before.Files["web/lib/flow.js"] {
		t.Error("a change is not in the list")
	}
	if after.Files["index.html"] != before.Files["index.html"] {
		t.Error("another file has another hash")
	}
}

// Where folders cannot be read the service worker is told to keep nothing.
func TestFileListWithoutFolders(t *testing.T) {
	f := newFixture(t)
	os.Remove(filepath.Join(f.pages, FileList))
	f.remake(t, func(c *Config) { c.Pages = onlyOpen{c.Pages} })
	if w := f.do("GET", "/"+FileList, ""); w.Code != 200 || w.Body.String() != noFiles {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// onlyOpen is a file system as the edge has it.
type onlyOpen struct{ files fs.FS }

func (o onlyOpen) Open(name string) (fs.File, error) { return o.files.Open(name) }
