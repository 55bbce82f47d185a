package handler

import "net/http"

// push is done by another part at the edge: nothing that waits so long may run
// inside a Worker's Go.
func (h *server) push(w http.ResponseWriter, r *http.Request) error { return notFound(w, r) }
