// Pages makes the pages for a release from their sources:
//
//	dist/index.html, dist/web/*/index.html   which name what follows, with hashes
//	dist/web/app/NAME-HASH.js, .css          scripts and styles, bundled
//	dist/engine/engine-HASH.wasm             the engine, which is checked before it runs
//	dist/web/**                              icons, the manifest, the service worker
//	dist/web/files.js                        what the app is made of, for its service worker
//	dist/**/*.br, *.gz                       the same, compressed once for all requests
//	dist/assets/**                           pages and engine as Cloudflare gives them out
//
// It is run from the root of the repository after scripts/build; `dist/server -web
// dist` serves the result. Equal sources give equal files.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"jianzheng/scripts/packed"
	"jianzheng/worker/handler"
)

const (
	engineFile = "engine/engine.wasm" // below dist/
	workerFile = "web/engine/worker.js"
)

// plain are the files that keep their names, since something outside of the pages
// knows them: what follows a manifest, and the service worker.
var plain = []string{".svg", ".png", ".webp", ".woff2", ".webmanifest"}

func main() {
	if err := run(".", "dist"); err != nil {
		fmt.Fprintln(os.Stderr, "pages:", err)
		os.Exit(1)
	}
}

// run makes the release of the sources below root in the folder out, which holds the
// engine.
func run(root, out string) error {
	files, err := release(root, out)
	if err != nil {
		return err
	}
	stale, err := filepath.Glob(filepath.Join(out, "engine", "engine-*"))
	if err != nil {
		return err
	}
	for _, name := range append(stale, filepath.Join(out, "web")) {
		if err := os.RemoveAll(name); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		to := filepath.Join(out, filepath.FromSlash(name))
		if path.Ext(name) == ".wasm" {
			err = again(to, filepath.Join(out, filepath.FromSlash(engineFile)))
		} else {
			err = write(to, files[name])
		}
		if err != nil {
			return err
		}
	}
	list, err := handler.AppScript(os.DirFS(out))
	if err != nil {
		return err
	}
	files[handler.FileList] = list
	if err := write(filepath.Join(out, filepath.FromSlash(handler.FileList)), list); err != nil {
		return err
	}
	fmt.Printf("%-28s %d files of the pages\n", out, len(files))
	return makeAssets(out, files)
}

// write writes a file and its compressed copies.
func write(name string, content []byte) error {
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, content, 0o644)); err != nil {
		return err
	}
	if path.Ext(name) == ".png" || path.Ext(name) == ".webp" || path.Ext(name) == ".woff2" {
		return nil // compressed already
	}
	return packed.File(name)
}

// again writes a file once more under another name, with the compressed copies that it
// has: they take scripts/build long.
func again(name, from string) error {
	for _, suffix := range []string{"", ".br", ".gz"} {
		content, err := os.ReadFile(from + suffix)
		if suffix != "" && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(name+suffix, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// release makes all files by name below out.
func release(root, out string) (map[string][]byte, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	engine, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(engineFile)))
	if err != nil {
		return nil, fmt.Errorf("scripts/build makes the engine first: %w", err)
	}
	engineName := "engine/" + hashedName("engine.wasm", engine)
	files := map[string][]byte{engineName: engine}
	b := &bundler{
		root:   root,
		folder: app,
		names:  map[string]string{"dist/" + engineFile: "dist/" + engineName},
		define: map[string]string{"ENGINE_INTEGRITY": fmt.Sprintf("%q", integrity(engine))},
	}
	worker, err := b.scripts(false, workerFile)
	if err != nil {
		return nil, err
	}
	b.names[workerFile] = worker.made[workerFile]
	maps.Copy(files, worker.files)
	sources := os.DirFS(root)
	names, err := list(sources)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := fs.ReadFile(sources, name)
		if err != nil {
			return nil, err
		}
		if path.Ext(name) == ".html" {
			p, err := readPage(name, string(text))
			if err != nil {
				return nil, err
			}
			if err := b.add(files, p); err != nil {
				return nil, err
			}
			continue
		}
		if files[name], err = minify(name, text); err != nil {
			return nil, err
		}
	}
	maps.Copy(files, b.files)
	return files, nil
}

// add makes a page, and the scripts and styles that it names. Each page has its own:
// what pages share would be files more, and each file is a round trip on the first
// visit and a search in the cache on all others.
func (b *bundler) add(files map[string][]byte, p page) error {
	b.folder = app
	if isOperators(p.name) {
		b.folder = ops
	}
	scripts, err := b.scripts(true, p.script)
	if err != nil {
		return err
	}
	style, err := b.style(strings.TrimSuffix(path.Base(p.script), ".js"), p.sheets)
	if err != nil {
		return err
	}
	maps.Copy(files, scripts.files)
	maps.Copy(files, style.files)
	sheet := slices.Collect(maps.Keys(style.files)) // the one
	script := scripts.made[p.script]
	files[p.name] = []byte(p.link(files, sheet[0], script, scripts.all(script)))
	return nil
}

func isOperators(name string) bool { return strings.HasPrefix(name, ops+"/") }

// list names what a release is made from and is not bundled, and the pages.
func list(root fs.FS) ([]string, error) {
	files := []string{"index.html", "web/sw.js"}
	err := fs.WalkDir(root, "web", func(name string, entry fs.DirEntry, err error) error {
		switch ext := path.Ext(name); {
		case err != nil:
			return err
		case entry.IsDir() && (name == "web/types" || name == "web/readme"):
			return fs.SkipDir
		case !entry.IsDir() && (ext == ".html" || slices.Contains(plain, ext)):
			files = append(files, name)
		}
		return nil
	})
	return files, err
}

// minify returns a file that is not bundled as it is to be sent.
func minify(name string, text []byte) ([]byte, error) {
	loader := api.LoaderJS
	switch path.Ext(name) {
	case ".js":
	case ".css":
		loader = api.LoaderCSS
	case ".json", ".webmanifest":
		var short bytes.Buffer
		err := json.Compact(&short, text)
		return short.Bytes(), err
	default:
		return text, nil
	}
	result := api.Transform(string(text), api.TransformOptions{
		Loader: loader, Sourcefile: name, Engines: browsers, Charset: api.CharsetUTF8,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, LegalComments: api.LegalCommentsNone,
		LogLevel: api.LogLevelSilent,
	})
	if len(result.Errors) > 0 {
		e := result.Errors[0]
		return nil, fmt.Errorf("%s:%d: %s", name, e.Location.Line, e.Text)
	}
	return result.Code, nil
}
