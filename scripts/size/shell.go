package main

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// reference is a quoted path in HTML, CSS or JavaScript, or a bare one in CSS
// url(...), to a file of a kind that a page loads.
var reference = regexp.MustCompile(`["'(]([\w./-]+\.(?:m?js|css|svg|png|webp|woff2|webmanifest|json))["')]`)

// onDemand is a dynamic import: what it names is loaded when it is needed, not
// with the page. Types in comments look the same and load nothing.
var onDemand = regexp.MustCompile(`\bimport\(\s*["'][^"']*["']\s*\)`)

// shell lists what the page loads besides the engine: the file page and
// whatever is named in it, in what that names, and so on, in order of names.
// What a dynamic import names is left out.
// The service worker is listed, but the files it keeps for other pages are not.
func shell(root fs.FS, page string) ([]string, error) {
	found := map[string]bool{page: true}
	for queue := []string{page}; len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		if path.Base(name) == "sw.js" {
			continue
		}
		switch path.Ext(name) {
		case ".html", ".js", ".mjs", ".css":
		default:
			continue
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, err
		}
		text = onDemand.ReplaceAll(text, nil)
		for _, match := range reference.FindAllSubmatch(text, -1) {
			target := resolve(name, string(match[1]))
			if info, err := fs.Stat(root, target); err != nil || info.IsDir() || found[target] {
				continue // named in a comment, made by the build, or known
			}
			found[target] = true
			queue = append(queue, target)
		}
	}
	var names []string
	for name := range found {
		if !strings.HasPrefix(name, "dist/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// resolve gives the file that a reference in the file from means, as a path
// from the root.
func resolve(from, reference string) string {
	if absolute, ok := strings.CutPrefix(reference, "/"); ok {
		return path.Clean(absolute)
	}
	return path.Join(path.Dir(from), reference)
}
