package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"jianzheng/worker/handler"
)

// assets are what Cloudflare gives out without asking the worker: the pages and the
// engine, in a folder of their own with the headers of every answer.
const assets = out + "/assets"

// makeAssets fills the folder from what was made before. Compressed copies stay
// behind, as Cloudflare makes its own, and so do the operator's pages.
func makeAssets(pages []string) error {
	if err := os.RemoveAll(assets); err != nil {
		return err
	}
	from := map[string]string{}
	for _, name := range pages {
		if !strings.HasPrefix(name, "web/ops/") {
			from[name] = path.Join(out, name)
		}
	}
	engine, err := fs.Glob(os.DirFS(out), "engine/*")
	if err != nil {
		return err
	}
	for _, name := range engine {
		if ext := path.Ext(name); ext == ".wasm" || ext == ".js" {
			from["dist/"+name] = path.Join(out, name)
		}
	}
	for name, file := range from {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		to := filepath.Join(assets, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, content, 0o644)); err != nil {
			return err
		}
	}
	fmt.Printf("%-28s %d files for the edge\n", assets, len(from))
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
	// As the endpoint's own pages say: the service worker serves the staff page too.
	return text + "/web/sw.js\n  Service-Worker-Allowed: /\n"
}
