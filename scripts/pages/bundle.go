package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// browsers is the oldest that pages are made for; what is newer in the sources is
// rewritten.
var browsers = []api.Engine{{Name: api.EngineChrome, Version: "109"}}

// Where scripts and styles lie in a release: as deep as their sources, so that
// addresses which lead out of a folder below web/ stay what they are. The operator's are
// apart, since his pages are given out elsewhere.
const (
	app = "web/app"
	ops = "web/ops"
)

// bundler makes scripts and styles of a release from the sources below root.
type bundler struct {
	root   string            // absolute
	folder string            // app or ops
	names  map[string]string // of what is named by its hash in a release, by its name in the sources
	define map[string]string // what the sources call by these names, as JavaScript

	mu    sync.Mutex
	files map[string][]byte // which modules name by their addresses, by name below the root
}

// bundle is what one run of esbuild made.
type bundle struct {
	files map[string][]byte   // by name below the root
	made  map[string]string   // from the source of an entry to the file made of it
	needs map[string][]string // from a file to those it imports at once
}

// scripts bundles modules that pages or workers begin with. What they share and what
// they import on demand lies in files of its own if split says so.
func (b *bundler) scripts(split bool, entries ...string) (*bundle, error) {
	return b.build(api.BuildOptions{EntryPoints: entries, Splitting: split, Format: api.FormatESModule})
}

// style bundles the style sheets of a page, in their order, under a name.
func (b *bundler) style(name string, sheets []string) (*bundle, error) {
	var text strings.Builder
	for _, sheet := range sheets {
		fmt.Fprintf(&text, "@import %q;\n", "./"+sheet)
	}
	return b.build(api.BuildOptions{EntryNames: name + "-[hash]", Stdin: &api.StdinOptions{
		Contents: text.String(), ResolveDir: b.root, Sourcefile: name + ".css", Loader: api.LoaderCSS,
	}})
}

func (b *bundler) build(o api.BuildOptions) (*bundle, error) {
	if o.EntryNames == "" {
		o.EntryNames = "[name]-[hash]"
	}
	o.ChunkNames, o.AssetNames = "[name]-[hash]", "[name]-[hash]"
	o.AbsWorkingDir, o.Outdir = b.root, filepath.FromSlash(b.folder)
	o.Bundle, o.Metafile, o.Define = true, true, b.define
	o.Engines, o.Charset, o.LegalComments, o.LogLevel = browsers, api.CharsetUTF8, api.LegalCommentsNone, api.LogLevelSilent
	o.MinifyWhitespace, o.MinifyIdentifiers, o.MinifySyntax = true, true, true
	o.Plugins = []api.Plugin{{Name: "addresses", Setup: func(build api.PluginBuild) {
		build.OnLoad(api.OnLoadOptions{Filter: `[/\\]web[/\\].*\.js$`}, b.load)
	}}}
	result := api.Build(o)
	if len(result.Errors) > 0 {
		e := result.Errors[0]
		if e.Location == nil {
			return nil, errors.New(e.Text)
		}
		return nil, fmt.Errorf("%s:%d: %s", e.Location.File, e.Location.Line, e.Text)
	}
	return b.read(result)
}

// read takes what esbuild made and what it tells of it.
func (b *bundler) read(result api.BuildResult) (*bundle, error) {
	made := &bundle{files: map[string][]byte{}, made: map[string]string{}, needs: map[string][]string{}}
	for _, file := range result.OutputFiles {
		name, err := filepath.Rel(b.root, file.Path)
		if err != nil {
			return nil, err
		}
		made.files[filepath.ToSlash(name)] = file.Contents
	}
	var meta struct {
		Outputs map[string]struct {
			EntryPoint string
			Imports    []struct{ Path, Kind string }
		}
	}
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return nil, err
	}
	for name, output := range meta.Outputs {
		if output.EntryPoint != "" {
			made.made[output.EntryPoint] = name
		}
		for _, other := range output.Imports {
			if other.Kind == "import-statement" {
				made.needs[name] = append(made.needs[name], other.Path)
			}
		}
	}
	return made, nil
}

// all lists what a file imports at once, and what that imports, and so on.
func (m *bundle) all(file string) []string {
	var list []string
	seen := map[string]bool{file: true}
	for queue := []string{file}; len(queue) > 0; queue = queue[1:] {
		for _, other := range m.needs[queue[0]] {
			if !seen[other] {
				seen[other] = true
				list, queue = append(list, other), append(queue, other)
			}
		}
	}
	return list
}

var (
	// address is a file named relative to the module that names it.
	address = regexp.MustCompile(`new URL\('([^']+)', import\.meta\.url\)`)
	// script is such a file in a variable, and its import.
	script = regexp.MustCompile(`const (\w+) = new URL\('([^']+)', import\.meta\.url\)`)
)

// load reads a module, with addresses as they are in a release. A script that is
// imported by its address becomes a part of the bundle.
func (b *bundler) load(args api.OnLoadArgs) (api.OnLoadResult, error) {
	text, err := os.ReadFile(args.Path)
	if err != nil {
		return api.OnLoadResult{}, err
	}
	name, err := filepath.Rel(b.root, args.Path)
	if err != nil {
		return api.OnLoadResult{}, err
	}
	contents, err := b.release(filepath.ToSlash(name), string(text))
	return api.OnLoadResult{Contents: &contents, Loader: api.LoaderJS}, err
}

// release rewrites the text of the module at name.
func (b *bundler) release(name, text string) (string, error) {
	for _, match := range script.FindAllStringSubmatch(text, -1) {
		text = strings.ReplaceAll(text, "import("+match[1]+".href)", "import('"+match[2]+"')")
	}
	folder := path.Dir(name)
	if address.MatchString(text) && path.Dir(folder) != path.Dir(b.folder) {
		return "", fmt.Errorf("%s: names a file by its address, which a module not directly below web/*/ cannot in a release", name)
	}
	var failed error
	text = address.ReplaceAllStringFunc(text, func(whole string) string {
		near := address.FindStringSubmatch(whole)[1]
		to, named := b.names[path.Join(folder, near)]
		if !named {
			var err error
			if to, err = b.attach(path.Join(folder, near)); err != nil {
				failed = fmt.Errorf("%s: %w", name, err)
			}
		}
		if to == "" {
			return whole
		}
		return "new URL('" + relative(b.folder, to) + "', import.meta.url)"
	})
	return text, failed
}

// attach gives a style sheet or data that a module fetches by itself a name by its hash;
// other files keep theirs, and "" is returned.
func (b *bundler) attach(name string) (to string, err error) {
	ext := path.Ext(name)
	if ext != ".css" && ext != ".json" {
		return "", nil
	}
	content, err := os.ReadFile(filepath.Join(b.root, filepath.FromSlash(name)))
	if err == nil {
		content, err = minify(name, content)
	}
	if err != nil {
		return "", err
	}
	to = b.folder + "/" + hashedName(path.Base(name), content)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.files == nil {
		b.files = map[string][]byte{}
	}
	b.files[to] = content
	return to, nil
}

// hashedName puts a hash of the content into a name.
func hashedName(name string, content []byte) string {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + "-" + strings.ToUpper(hex.EncodeToString(sum[:5])) + ext
}

// relative is the address of the file name for what lies in a folder.
func relative(folder, name string) string {
	to, err := filepath.Rel(filepath.FromSlash(folder), filepath.FromSlash(name))
	if err != nil {
		panic(err) // both are relative to the root
	}
	if to = filepath.ToSlash(to); strings.HasPrefix(to, "../") {
		return to
	}
	return "./" + to
}
