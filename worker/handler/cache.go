package handler

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"time"
)

// cached sends a document that caches may keep for maxAge and then have to ask
// for again; the answer to that is empty while the document is the same.
func (h *server) cached(w http.ResponseWriter, r *http.Request, kind string, maxAge time.Duration, document []byte) error {
	sum := sha256.Sum256(document)
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sum[:12]))
	w.Header().Set("Content-Type", kind)
	if maxAge > 0 {
		w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d, must-revalidate", maxAge/time.Second))
	} else {
		w.Header().Set("Cache-Control", "no-cache")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(document))
	return nil
}
