package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"jianzheng/worker/handler"
)

// makeAssets fills the folder assets/ of out: what Cloudflare gives out without asking
// the worker, with the headers of every answer. Compressed copies stay behind, as
// Cloudflare makes its own, and so do the operator's pages.
func makeAssets(out string, files map[string][]byte) error {
	assets := filepath.Join(out, "assets")
	if err := os.RemoveAll(assets); err != nil {
		return err
	}
	all := map[string][]byte{}
	for name, content := range files {
		switch {
		case strings.HasPrefix(name, "engine/"):
			all["dist/"+name] = content
		case !strings.HasPrefix(name, ops+"/"):
			all[name] = content
		}
	}
	// The scanner alone, which others embed, keeps its names.
	for _, name := range []string{"engine/decoder.js", "engine/decoder.wasm", "engine/wasm_exec.js"} {
		content, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		all["dist/"+name] = content
	}
	for name, content := range all {
		to := filepath.Join(assets, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, content, 0o644)); err != nil {
			return err
		}
	}
	fmt.Printf("%-28s %d files for the edge\n", assets, len(all))
	return os.WriteFile(filepath.Join(assets, "_headers"), []byte(headers()), 0o644)
}

// headers is the file of that name, as Cloudflare reads it.
func headers() string {
	all := handler.SecureHeaders()
	all["Cache-Control"] = "no-cache"
	text := "/*\n"
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text += "  " + name + ": " + all[name] + "\n"
	}
	// As the endpoint's own pages say: the service worker serves the staff page too, and
	// what is named by its hash never changes.
	text += "/web/sw.js\n  Service-Worker-Allowed: /\n"
	for _, path := range []string{"/" + app + "/*", "/dist/engine/engine-*"} {
		text += path + "\n  ! Cache-Control\n  Cache-Control: " + handler.Forever + "\n"
	}
	return text
}
