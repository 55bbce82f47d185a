package main

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestShell(t *testing.T) {
	got, err := shell(fstest.MapFS{
		"index.html":               {Data: []byte(`<link rel="stylesheet" href="/web/styles/base.css"><script src="/web/staff.js"></script><a href="/web/card/">`)},
		"web/staff.js":             {Data: []byte(`import { next } from './lib/flow.js'; new Worker("/web/engine/worker.js"); register('/sw.js'); await import('./rare.js')`)},
		"web/rare.js":              {},
		"web/lib/flow.js":          {Data: []byte(`// see './gone.js'`)},
		"web/engine/worker.js":     {Data: []byte(`import "/dist/engine/wasm_exec.js"`)},
		"web/styles/base.css":      {Data: []byte(`@import url(tokens.css);`)},
		"web/styles/tokens.css":    {},
		"sw.js":                    {Data: []byte(`['/web/card/card.js']`)},
		"web/card/card.js":         {},
		"dist/engine/wasm_exec.js": {},
	}, "index.html")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"index.html", "sw.js", "web/engine/worker.js", "web/lib/flow.js", "web/staff.js", "web/styles/base.css", "web/styles/tokens.css"}
	if !slices.Equal(got, want) {
		t.Errorf("shell = %q, want %q", got, want)
	}
}

// smallModule imports one function and has two of its own, of 3 and 2 bytes.
var smallModule = "\x00asm\x01\x00\x00\x00" +
	"\x02\x07\x01" + "\x01e" + "\x01f" + "\x00\x00" +
	"\x0a\x08\x02" + "\x03\x00\x01\x0b" + "\x02\x00\x0b" +
	"\x0b\x01\x00" +
	"\x00\x12\x04name" + "\x01\x0b\x02" + "\x01\x03a.F" + "\x02\x03b.G"

func TestParseModule(t *testing.T) {
	got, err := parseModule([]byte(smallModule))
	if err != nil {
		t.Fatal(err)
	}
	want := module{functions: []function{{"a.F", 3}, {"b.G", 2}}, data: 1, other: 7}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("parseModule = %+v, want %+v", got, want)
	}
	for n := range len(smallModule) {
		switch n {
		case 8, 17, 27, 30: // between sections
			continue
		}
		if _, err := parseModule([]byte(smallModule[:n])); !errors.Is(err, errModule) {
			t.Errorf("the first %d bytes: error %v, want %v", n, err, errModule)
		}
	}
}

func TestCodeByPackage(t *testing.T) {
	imports, err := readImports(strings.NewReader(`
		{"ImportPath":"fmt","Imports":[]}
		{"ImportPath":"vendor/x/y","Imports":["fmt"]}
		{"ImportPath":"jianzheng/shared/cwt","Imports":["x/y"],"ImportMap":{"x/y":"vendor/x/y"}}
		{"ImportPath":"jianzheng/wasm","Imports":["jianzheng/shared/cwt"]}`))
	if err != nil {
		t.Fatal(err)
	}
	got := codeByPackage([]function{
		{"main.main", 1},
		{"jianzheng_shared_cwt.Parse", 10},
		{"jianzheng_shared_cwt._Key_.Verify", 20},
		{"vendor_x_y.F", 30},
		{"type_.eq.main.T", 2},
	}, imports, "jianzheng/wasm")
	want := map[string]int{"jianzheng/wasm": 1, "jianzheng/shared/cwt": 30, "vendor/x/y": 30, "(generated)": 2}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("codeByPackage = %v, want %v", got, want)
	}
	chains := shortestChains(imports, "jianzheng/wasm")
	if got, want := strings.Join(chains["fmt"], " > "), "wasm > shared/cwt > vendor/x/y"; got != want {
		t.Errorf("chain of fmt = %q, want %q", got, want)
	}
}
