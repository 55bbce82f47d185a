package handler

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
)

const (
	serviceWorker = "web/sw.js"

	// FileList is the script that tells the service worker what the app is made of.
	FileList = "web/files.js"
)

// engineFiles are the parts of the engine that the pages' sources load, as their
// addresses say; below a folder of built pages they lie without the first part. The
// pages of a release load one file that is named by its hash.
var engineFiles = []string{"dist/engine/engine.wasm", "dist/engine/wasm_exec.js"}

const builtEngine = "engine/engine-*.wasm"

// AppFiles names the files that the pages need without a network: index.html, what
// lies below web/ and the engine. Tests, types, the operator's pages and what only
// the service worker itself reads are left out.
func AppFiles(pages fs.FS) ([]string, error) {
	files := append([]string{"index.html"}, engineFiles...)
	if built, err := fs.Glob(pages, builtEngine); err != nil {
		return nil, err
	} else if len(built) == 1 {
		files = []string{"index.html", "dist/" + built[0]}
	}
	err := fs.WalkDir(pages, "web", func(name string, entry fs.DirEntry, err error) error {
		_, known := kinds[path.Ext(name)]
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if strings.HasPrefix(entry.Name(), ".") || name == "web/types" || name == "web/readme" || name == "web/ops" {
				return fs.SkipDir
			}
		case !entry.Type().IsRegular(), strings.HasPrefix(entry.Name(), "."):
		case name == serviceWorker, name == FileList, name == "web/engine/decoder.js", strings.HasSuffix(name, ".test.js"):
		case known:
			files = append(files, name)
		}
		return nil
	})
	slices.Sort(files)
	return files, err
}

// AppScript makes the script at [FileList]: the hash of each file, in the words of
// Subresource Integrity, and a version made of all of them.
func AppScript(pages fs.FS) ([]byte, error) {
	files, err := AppFiles(pages)
	if err != nil {
		return nil, err
	}
	hashes := make(map[string]string, len(files))
	for _, name := range files {
		content, err := readApp(pages, name)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(content)
		hashes[name] = "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
	}
	list, err := json.Marshal(hashes) // sorted by name, so equal files give equal text
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "self.app={\"version\":\"%x\",\"files\":%s};\n", sha256.Sum256(list), list), nil
}

func readApp(pages fs.FS, name string) ([]byte, error) {
	content, err := fs.ReadFile(pages, name)
	if inner, below := strings.CutPrefix(name, "dist/"); below && err != nil {
		return fs.ReadFile(pages, inner)
	}
	return content, err
}

// appList is the script for a folder whose build made none, which is that of the
// sources: it is made anew when a file has changed.
type appList struct {
	mu     sync.Mutex
	state  string // names, sizes and times that script was made of
	script []byte
}

func (l *appList) read(pages fs.FS) ([]byte, error) {
	files, err := AppFiles(pages)
	if err != nil {
		return nil, err
	}
	var state bytes.Buffer
	for _, name := range files {
		info, err := fs.Stat(pages, name)
		if inner, below := strings.CutPrefix(name, "dist/"); below && err != nil {
			info, err = fs.Stat(pages, inner)
		}
		if err != nil {
			return nil, err
		}
		fmt.Fprintln(&state, name, info.Size(), info.ModTime().UnixNano())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state != state.String() {
		if l.script, err = AppScript(pages); err != nil {
			return nil, err
		}
		l.state = state.String()
	}
	return l.script, nil
}

// noFiles is the list of an app that keeps nothing: every file comes over the network.
const noFiles = "self.app={\"version\":\"none\",\"files\":{}};\n"

// fileList answers for a folder without a list of its own. At the edge folders cannot
// be read. A folder that could be and is not whole has no list, so that browsers keep
// the build that they have.
func (h *server) fileList(w http.ResponseWriter, r *http.Request) error {
	script := []byte(noFiles)
	if _, ok := h.Pages.(fs.ReadDirFS); ok {
		var err error
		if script, err = h.list.read(h.Pages); err != nil {
			return notFound(w, r)
		}
	}
	return h.cached(w, r, kinds[".js"], 0, script)
}
