package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"path"
	"regexp"
	"strings"
)

var (
	sheetLink  = regexp.MustCompile(`(?m)^[ \t]*<link rel="stylesheet" href="([^"]+)">\n`)
	scriptLink = regexp.MustCompile(`(?m)^[ \t]*<script type="module" src="([^"]+)"></script>\n`)
)

// page is what a page of the sources names.
type page struct {
	name   string // as web/card/index.html
	text   string
	sheets []string // by name below the root, as the scripts
	script string
}

// readPage finds the style sheets and the one script of a page.
func readPage(name, text string) (page, error) {
	p := page{name: name, text: text}
	for _, match := range sheetLink.FindAllStringSubmatch(text, -1) {
		p.sheets = append(p.sheets, path.Join(path.Dir(name), match[1]))
	}
	scripts := scriptLink.FindAllStringSubmatch(text, -1)
	if len(scripts) != 1 || len(p.sheets) == 0 {
		return p, fmt.Errorf("%s: has %d scripts and %d style sheets on lines of their own; one and some are needed", name, len(scripts), len(p.sheets))
	}
	if n := strings.Count(text, `rel="stylesheet"`) + strings.Count(text, "<script"); n != len(p.sheets)+1 {
		return p, fmt.Errorf("%s: names a script or style sheet in a way that is not bundled", name)
	}
	p.script = path.Join(path.Dir(name), scripts[0][1])
	return p, nil
}

// link puts the files of a release in place of those of the sources, each with its
// hash: the sheet, the script, and before it what it imports, so that all come at once.
func (p page) link(files map[string][]byte, sheet, script string, imports []string) string {
	address := func(name string) string {
		return fmt.Sprintf(`="%s" integrity="%s"`, strings.TrimPrefix(relative(path.Dir(p.name), name), "./"), integrity(files[name]))
	}
	links := `  <link rel="stylesheet" href` + address(sheet) + ">\n"
	module := `  <script type="module" src` + address(script) + "></script>\n"
	for _, name := range imports {
		module += `  <link rel="modulepreload" href` + address(name) + ">\n"
	}
	text := scriptLink.ReplaceAllLiteralString(p.text, module)
	first := true
	return sheetLink.ReplaceAllStringFunc(text, func(string) string {
		if !first {
			return ""
		}
		first = false
		return links
	})
}

// integrity is the hash of a file in the words of Subresource Integrity.
func integrity(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
