// Pages makes the pages for a release from their sources:
//
//	dist/index.html, dist/web/**   without comments and long names
//	dist/web/files.js              what the app is made of, for its service worker
//	dist/**/*.br, *.gz             the same, compressed once for all requests
//	dist/assets/**                 pages and engine as Cloudflare gives them out
//
// It is run from the root of the repository; `dist/server -web dist` serves the
// result. Names and addresses stay as in the sources, so one may stand for the
// other.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"jianzheng/scripts/packed"
	"jianzheng/worker/handler"
)

const out = "dist"

// browsers is the oldest that pages are made for; what is newer in the sources is
// rewritten.
var browsers = []api.Engine{{Name: api.EngineChrome, Version: "109"}}

// kinds are the files of a page. Those with a loader are minified.
var kinds = map[string]api.Loader{
	".js": api.LoaderJS, ".css": api.LoaderCSS,
	".html": api.LoaderNone, ".svg": api.LoaderNone, ".png": api.LoaderNone, ".webp": api.LoaderNone,
	".woff2": api.LoaderNone, ".webmanifest": api.LoaderNone, ".json": api.LoaderNone,
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pages:", err)
		os.Exit(1)
	}
}

func run() error {
	sources := os.DirFS(".")
	files, err := list(sources)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(out, "web")); err != nil {
		return err
	}
	for _, name := range files {
		text, err := fs.ReadFile(sources, name)
		if err != nil {
			return err
		}
		if text, err = minify(name, text); err != nil {
			return err
		}
		to := filepath.Join(out, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, text, 0o644)); err != nil {
			return err
		}
		if err := packed.File(to); err != nil {
			return err
		}
	}
	fmt.Printf("%-28s %d files of the pages\n", out, len(files))
	list, err := handler.AppScript(os.DirFS(out))
	if err != nil {
		return fmt.Errorf("make build makes the engine first: %w", err)
	}
	to := filepath.Join(out, filepath.FromSlash(handler.FileList))
	if err := errors.Join(os.WriteFile(to, list, 0o644), packed.File(to)); err != nil {
		return err
	}
	return makeAssets(append(files, handler.FileList))
}

// list names the files of the pages: index.html and those below web/, without
// tests, types and pictures of the README.
func list(root fs.FS) ([]string, error) {
	files := []string{"index.html"}
	err := fs.WalkDir(root, "web", func(name string, entry fs.DirEntry, err error) error {
		switch _, isPage := kinds[path.Ext(name)]; {
		case err != nil:
			return err
		case entry.IsDir() && (name == "web/types" || name == "web/readme"):
			return fs.SkipDir
		case isPage && !entry.IsDir() && !strings.HasSuffix(name, ".test.js"):
			files = append(files, name)
		}
		return nil
	})
	return files, err
}

// minify returns a file as it is to be sent.
func minify(name string, text []byte) ([]byte, error) {
	loader := kinds[path.Ext(name)]
	if loader == api.LoaderNone {
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
