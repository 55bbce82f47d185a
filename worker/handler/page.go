package handler

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"jianzheng/worker/core"
)

// kinds are the files that are given out, by ending. What has no row here is
// not a part of the pages; the machine's own table of types is never asked.
var kinds = map[string]string{
	".css":         "text/css; charset=utf-8",
	".gif":         "image/gif",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".jpg":         "image/jpeg",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".mjs":         "text/javascript; charset=utf-8",
	".mp3":         "audio/mpeg",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".wasm":        "application/wasm",
	".wav":         "audio/wav",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
	".woff2":       "font/woff2",
}

// encodings are the compressed copies that may lie beside a file, best first.
var encodings = []struct{ suffix, name string }{{".br", "br"}, {".gz", "gzip"}}

// page answers GET / and everything that is no other route: index.html and the
// files below web/ and dist/engine/. Folders are never listed; one with an
// index.html is that page.
func (h *server) page(w http.ResponseWriter, r *http.Request) error {
	name, ok := pageName(r.URL.Path)
	if !ok || !h.operator && strings.HasPrefix(name, "web/ops/") {
		return notFound(w, r)
	}
	err := h.file(w, r, name)
	// The built pages have the engine at engine/ of the same folder.
	if inner, below := strings.CutPrefix(name, "dist/"); below && isRefusal(err) {
		err = h.file(w, r, inner)
	}
	if isRefusal(err) && name == FileList {
		return h.fileList(w, r)
	}
	if isRefusal(err) && path.Ext(name) == "" && (h.operator || name != "web/ops") {
		if info, statErr := fs.Stat(h.Pages, name+"/index.html"); statErr == nil && info.Mode().IsRegular() {
			http.Redirect(w, r, "/"+name+"/", http.StatusMovedPermanently)
			return nil
		}
	}
	return err
}

// OperatorPages serves the files of pages below web/, and the operator's own at
// web/ops/, which the endpoint itself does not give out.
func OperatorPages(pages fs.FS, now func() time.Time, log *slog.Logger) http.Handler {
	h := &server{Config: Config{Pages: pages, Now: now, Log: log}, operator: true}
	return secure(h.api(route{path: "/web/", method: http.MethodGet, do: h.page}))
}

// pageName is the file, relative to the pages' folder, that a path stands for.
func pageName(urlPath string) (name string, ok bool) {
	if strings.HasSuffix(urlPath, "/") {
		urlPath += "index.html"
	}
	name = strings.TrimPrefix(urlPath, "/")
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\\:\x00") || strings.HasPrefix(name, ".") || strings.Contains(name, "/.") {
		return "", false
	}
	return name, name == "index.html" || strings.HasPrefix(name, "web/") || strings.HasPrefix(name, "dist/engine/")
}

func isRefusal(err error) bool {
	var refusal *core.Refusal
	return errors.As(err, &refusal)
}

// file sends a file, or the copy of it that the client can unpack.
func (h *server) file(w http.ResponseWriter, r *http.Request, name string) error {
	kind, ok := kinds[path.Ext(name)]
	if !ok {
		return notFound(w, r)
	}
	file, info, err := h.open(name)
	if err != nil {
		return notFound(w, r)
	}
	defer file.Close()
	header := w.Header()
	header.Set("Content-Type", kind)
	if name == serviceWorker {
		// It lies below web/ and serves the staff page too.
		header.Set("Service-Worker-Allowed", "/")
	}
	header.Set("Cache-Control", freshness(name))
	header.Add("Vary", "Accept-Encoding")
	tag := fmt.Sprintf("%x-%x", info.ModTime().UnixNano(), info.Size())
	for _, e := range encodings {
		packed, packedInfo, err := h.open(name + e.suffix)
		if err != nil {
			continue
		}
		defer packed.Close()
		// A copy older than its file is of an earlier build.
		if packedInfo.ModTime().Before(info.ModTime()) || !accepts(r.Header.Values("Accept-Encoding"), e.name) {
			continue
		}
		header.Set("Content-Encoding", e.name)
		header.Set("Content-Length", strconv.FormatInt(packedInfo.Size(), 10))
		tag = fmt.Sprintf("%x-%x-%s", packedInfo.ModTime().UnixNano(), packedInfo.Size(), e.name)
		file, info = packed, packedInfo
		break
	}
	header.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", info.ModTime(), file)
	return nil
}

// Forever is what caches are told of a file whose name holds its hash.
const Forever = "public, max-age=31536000, immutable"

// isHashed tells whether a name is one of a release that another content never has.
func isHashed(name string) bool {
	folder, file := path.Split(name)
	stem := strings.TrimSuffix(file, path.Ext(file))
	hash := stem[strings.LastIndexByte(stem, '-')+1:]
	if len(hash) < 8 || len(hash) == len(stem) || strings.Trim(hash, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return false
	}
	return folder == "web/app/" || folder == "web/ops/" || folder == "dist/engine/" || folder == "engine/"
}

// freshness is what caches are told of a file. Those whose names do not tell their
// content belong together: each load asks whether they are new, which costs one empty
// answer a file.
func freshness(name string) string {
	if isHashed(name) {
		return Forever
	}
	return "no-cache"
}

// pageFile is an open file of the pages.
type pageFile interface {
	fs.File
	io.Seeker
}

// open opens a regular file of the pages.
func (h *server) open(name string) (pageFile, fs.FileInfo, error) {
	opened, err := h.Pages.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := opened.Stat()
	file, ok := opened.(pageFile)
	if err == nil && (!ok || !info.Mode().IsRegular()) {
		err = fs.ErrNotExist
	}
	if err != nil {
		opened.Close()
		return nil, nil, err
	}
	return file, info, nil
}

// accepts reads Accept-Encoding (RFC 9110 §12.5.3): whether a coding is named,
// or a star stands for it, with a weight above zero.
func accepts(values []string, coding string) bool {
	star := false
	for _, value := range values {
		for item := range strings.SplitSeq(value, ",") {
			name, params, _ := strings.Cut(item, ";")
			weight := 1.0
			if q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(params)), "q="); ok {
				var err error
				if weight, err = strconv.ParseFloat(q, 64); err != nil {
					weight = 0
				}
			}
			switch name = strings.TrimSpace(name); {
			case strings.EqualFold(name, coding):
				return weight > 0
			case name == "*":
				star = weight > 0
			}
		}
	}
	return star
}
