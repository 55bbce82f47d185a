package conform

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// pages are files of a folder -web, and others beside them that must not be
// given out.
var pages = map[string]string{
	"index.html": "<title>staff</title>", "web/card/index.html": "<title>card</title>",
	"web/lib/flow.js": "export {}", "web/lib/old.mjs": "export {}", "web/styles/base.css": "body{}",
	"web/sw.js": "service worker", "web/files.js": "made by the build",
	"web/notes.txt": "notes", "web/.hidden.js": "hidden", "web/.git/config.json": "{}", "web/empty/readme.md": "no index",
	"web/ops/index.html":      "<title>operator</title>",
	"dist/engine/engine.wasm": "\x00asm plain", "dist/engine/engine.wasm.br": "brotli", "dist/engine/engine.wasm.gz": "gzip",
	"engine/late.wasm":     "\x00asm of built pages",
	"web/stale.js":         "new",
	"web/stale.js.br":      "of an earlier build",
	"dist/server":          "binary",
	"dist/other/secret.js": "not engine",
	"data/secret":          "secret", "data/secret.json": "{}", "go.mod": "module", "package.json": "{}",
	"shared/reason/reason.go": "package reason", "worker/index.html": "no page",
}

// WritePages writes the pages that the scripts ask for into a folder.
func WritePages(t testing.TB, folder string) {
	t.Helper()
	built := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for name, content := range pages {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		when := built
		if name == "web/stale.js" {
			when = built.Add(time.Hour)
		}
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
}
