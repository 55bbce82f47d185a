package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"jianzheng/worker/handler"
)

// sources is a small tree of pages: two that share a module, one of them with a part on
// demand, the operator's, and a worker that runs the engine.
var sources = map[string]string{
	"index.html":              "<head>\n  <link rel=\"stylesheet\" href=\"web/styles/base.css\">\n  <link rel=\"stylesheet\" href=\"web/styles/staff.css\">\n  <script type=\"module\" src=\"web/staff/staff.js\"></script>\n</head>\n",
	"web/card/index.html":     "<head>\n  <link rel=\"stylesheet\" href=\"../styles/base.css\">\n  <script type=\"module\" src=\"card.js\"></script>\n</head>\n",
	"web/ops/index.html":      "<head>\n  <link rel=\"stylesheet\" href=\"ops.css\">\n  <script type=\"module\" src=\"ops.js\"></script>\n</head>\n",
	"web/staff/staff.js":      "// why\nimport { far } from '../lib/far.js';\nimport { start } from '../engine/client.js';\nconsole.log(far);\nstart();\ndocument.onclick = () => import('./rare.js');\n",
	"web/staff/data.json":     "{\n \"a\": 1\n}\n",
	"web/staff/rare.js":       "import { far } from '../lib/far.js';\nconsole.log('rare', far, new URL('./data.json', import.meta.url), new URL('../styles/rare.css', import.meta.url));\n",
	"web/styles/rare.css":     "/* why */\nbody { margin: 2px }\n",
	"web/card/card.js":        "import { far } from '../lib/far.js';\nconsole.log('card', far);\n",
	"web/ops/ops.js":          "console.log('operators');\n",
	"web/lib/far.js":          "export const far = 'far 身份证';\nexport const sw = new URL('../sw.js', import.meta.url);\nconsole.log(sw.href);\n",
	"web/engine/client.js":    "export const start = () => new Worker(new URL('./worker.js', import.meta.url).href);\n",
	"web/engine/worker.js":    "const engineURL = new URL('../../dist/engine/engine.wasm', import.meta.url);\nconst runtimeURL = new URL('../../dist/engine/wasm_exec.js', import.meta.url);\nconst integrity = typeof ENGINE_INTEGRITY === 'string' ? ENGINE_INTEGRITY : '';\nvoid import(runtimeURL.href).then(() => fetch(engineURL, { integrity }));\n",
	"web/styles/base.css":     "body { color: red }\n",
	"web/styles/staff.css":    "/* why */\nbody { margin: 0 }\n",
	"web/ops/ops.css":         "body { margin: 1px }\n",
	"web/styles/mark.svg":     "<svg/>",
	"web/sw.js":               "// why\nself.x = 1;\n",
	"web/app.webmanifest":     "{}",
	"dist/engine/engine.wasm": "engine", "dist/engine/engine.wasm.br": "packed",
	"dist/engine/wasm_exec.js": "globalThis.Go = 'runtime';\n",
	"dist/engine/decoder.js":   "decoder", "dist/engine/decoder.wasm": "decoder",
}

// lay writes the sources into a folder of its own and makes a release of them.
func lay(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	for name, text := range sources {
		to := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(root, filepath.Join(root, "dist")); err != nil {
		t.Fatal(err)
	}
	return root
}

// tree reads all files below a folder.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		name, _ = filepath.Rel(root, name)
		files[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// one is the only file whose name fits a pattern.
func one(t *testing.T, files map[string]string, pattern string) (name, text string) {
	t.Helper()
	for file := range files {
		if regexp.MustCompile("^" + pattern + "$").MatchString(file) {
			if name != "" {
				t.Fatalf("%s: both %s and %s", pattern, name, file)
			}
			name, text = file, files[file]
		}
	}
	if name == "" {
		t.Fatalf("no %s in %q", pattern, slices.Sorted(maps.Keys(files)))
	}
	return name, text
}

func TestRelease(t *testing.T) {
	files := tree(t, filepath.Join(lay(t), "dist"))
	staff, staffText := one(t, files, `web/app/staff-[0-9A-Z]{8}\.js`)
	sheet, sheetText := one(t, files, `web/app/staff-[0-9A-Z]{8}\.css`)
	engine, _ := one(t, files, `engine/engine-[0-9A-F]{10}\.wasm`)
	worker, workerText := one(t, files, `web/app/worker-[0-9A-Z]{8}\.js`)
	rare, rareText := one(t, files, `web/app/rare-[0-9A-Z]{8}\.js`)
	data, dataText := one(t, files, `web/app/data-[0-9A-F]{10}\.json`)
	rareSheet, _ := one(t, files, `web/app/rare-[0-9A-F]{10}\.css`)
	card, _ := one(t, files, `web/app/card-[0-9A-Z]{8}\.js`)
	one(t, files, `web/ops/ops-[0-9A-Z]{8}\.js`)
	chunk, chunkText := one(t, files, `web/app/chunk-[0-9A-Z]{8}\.js`)
	for _, c := range []struct{ name, text, want string }{
		{"index.html", files["index.html"], `<link rel="stylesheet" href="` + sheet + `" integrity="` + integrity([]byte(sheetText)) + `">`},
		{"index.html", files["index.html"], `<script type="module" src="` + staff + `" integrity="` + integrity([]byte(staffText)) + `">`},
		{"index.html", files["index.html"], `<link rel="modulepreload" href="` + chunk + `" integrity="` + integrity([]byte(chunkText)) + `">`},
		{"card", files["web/card/index.html"], ` src="../app/` + filepath.Base(card) + `" integrity="`},
		{"worker", workerText, "../../dist/" + engine},
		{"worker", workerText, integrity([]byte("engine"))},
		{"worker", workerText, "runtime"},
		{"script", staffText, "./" + filepath.Base(worker)},
		{"script", staffText, "./" + filepath.Base(rare)},
		{"part", rareText, "./" + filepath.Base(data)},
		{"part", rareText, "./" + filepath.Base(rareSheet)},
		{"data", dataText, `{"a":1}`},
		{"shared by page and part", chunkText, "身份证"},
		{"shared by page and part", chunkText, `"../sw.js"`},
		{"list for the service worker", files["web/files.js"], "dist/" + engine},
		{"copy of the engine", files[engine+".br"], "packed"},
	} {
		if !strings.Contains(c.text, c.want) {
			t.Errorf("%s lacks %s: %s", c.name, c.want, c.text)
		}
	}
	for name, text := range files {
		if strings.HasPrefix(name, "web/") && (strings.Contains(text, "why") || strings.Contains(text, "engine.wasm")) {
			t.Errorf("%s is not as in a release: %s", name, text)
		}
		if strings.HasPrefix(name, "assets/") && strings.Contains(name, "ops") {
			t.Errorf("the edge gives out %s", name)
		}
	}
	if strings.Contains(files["web/files.js"], "ops") || strings.Contains(files["web/files.js"], "wasm_exec") {
		t.Errorf("the app is made of %s", files["web/files.js"])
	}
	for _, name := range []string{"web/staff/staff.js", "web/styles/base.css", "assets/dist/engine/engine.wasm"} {
		if _, there := files[name]; there {
			t.Errorf("%s is there", name)
		}
	}
}

// Equal sources give equal bytes, wherever they lie.
func TestReproducible(t *testing.T) {
	first, second := lay(t), lay(t)
	if a, b := tree(t, first), tree(t, second); !maps.Equal(a, b) {
		for name := range a {
			if a[name] != b[name] {
				t.Errorf("%s differs", name)
			}
		}
	}
	// A second run in the same place, over what the first has left.
	before := tree(t, first)
	if err := run(first, filepath.Join(first, "dist")); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(before, tree(t, first)) {
		t.Error("a second run changes files")
	}
}

func TestReadPage(t *testing.T) {
	for name, text := range map[string]string{
		"no script":        "  <link rel=\"stylesheet\" href=\"a.css\">\n",
		"no style sheet":   "  <script type=\"module\" src=\"a.js\"></script>\n",
		"a classic script": sources["index.html"] + "<script src=\"b.js\"></script>\n",
		"a sheet inside":   sources["index.html"] + "<p><link rel=\"stylesheet\" href=\"b.css\"></p>\n",
	} {
		if p, err := readPage("index.html", text); err == nil {
			t.Errorf("%s: taken as %+v", name, p)
		}
	}
}

func TestBrokenSources(t *testing.T) {
	b := &bundler{root: t.TempDir(), folder: app}
	file := filepath.Join(b.root, "web", "a", "a.js")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"const = 1":                   "web/a/a.js:1:",
		"import { b } from './b.js';": "b.js",
	} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := b.scripts(true, "web/a/a.js"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := b.release("web/a/deep/a.js", "new URL('./x.js', import.meta.url)"); err == nil {
		t.Error("an address in a folder that lies deeper is taken")
	}
	if _, err := minify("web/sw.js", []byte("const = 1")); err == nil || !strings.Contains(err.Error(), "web/sw.js:1:") {
		t.Errorf("broken script: %v", err)
	}
}

func TestList(t *testing.T) {
	got, err := list(fstest.MapFS{
		"index.html": {}, "go.mod": {}, "web/a.js": {}, "web/lib/b.css": {}, "web/notes.md": {}, "web/card/index.html": {},
		"web/types/engine.d.ts": {}, "web/types/x.svg": {}, "web/readme/staff.png": {}, "web/icons/x.png": {},
	})
	if err != nil || !slices.Equal(got, []string{"index.html", "web/sw.js", "web/card/index.html", "web/icons/x.png"}) {
		t.Errorf("%v, %v", got, err)
	}
}

// Each header stands on a line of its own, which Cloudflare reads up to 2,000
// characters of.
func TestHeaders(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(headers(), "\n"), "\n")
	if lines[0] != "/*" || len(lines) < 7 {
		t.Fatalf("%q", lines)
	}
	rest := slices.Index(lines, "/web/sw.js")
	if rest < 0 || lines[rest+1] != "  Service-Worker-Allowed: /" {
		t.Fatalf("of the service worker: %q", lines)
	}
	for _, line := range lines[1:rest] {
		if len(line) > 2000 || !strings.HasPrefix(line, "  ") || strings.Count(line, ": ") < 1 {
			t.Errorf("%q", line)
		}
	}
	// A rule adds to those before it, so what they say of caches is taken back first.
	want := []string{"/web/app/*", "  ! Cache-Control", "  Cache-Control: " + handler.Forever}
	if got := lines[rest+2:][:3]; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
