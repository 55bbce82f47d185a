package main

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestList(t *testing.T) {
	got, err := list(fstest.MapFS{
		"index.html": {}, "go.mod": {}, "web/a.js": {}, "web/a.test.js": {}, "web/lib/b.css": {}, "web/notes.md": {},
		"web/types/engine.d.ts": {}, "web/types/x.js": {}, "web/readme/staff.png": {},
	})
	if err != nil || !slices.Equal(got, []string{"index.html", "web/a.js", "web/lib/b.css"}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestMinify(t *testing.T) {
	got, err := minify("web/a.js", []byte("// why\nimport { far } from './far.js';\nexport const near = (/** @type {string} */ name) => `${far}身份证${name}` ;\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"./far.js", "身份证", "near"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
	if strings.Contains(string(got), "why") || strings.Contains(string(got), "@type") {
		t.Errorf("comments are left: %s", got)
	}
	if same, err := minify("index.html", []byte("<p> a </p>")); err != nil || string(same) != "<p> a </p>" {
		t.Errorf("%s, %v", same, err)
	}
	if _, err := minify("web/a.js", []byte("const = 1")); err == nil || !strings.Contains(err.Error(), "web/a.js:1:") {
		t.Errorf("broken script: %v", err)
	}
}

// Each header stands on a line of its own, which Cloudflare reads up to 2,000
// characters of.
func TestHeaders(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(headers(), "\n"), "\n")
	if lines[0] != "/*" || len(lines) < 7 {
		t.Fatalf("%q", lines)
	}
	last := len(lines) - 2
	if got := strings.Join(lines[last:], "\n"); got != "/web/sw.js\n  Service-Worker-Allowed: /" {
		t.Errorf("of the service worker: %q", got)
	}
	for _, line := range lines[1:last] {
		if len(line) > 2000 || !strings.HasPrefix(line, "  ") || strings.Count(line, ": ") < 1 {
			t.Errorf("%q", line)
		}
	}
}
