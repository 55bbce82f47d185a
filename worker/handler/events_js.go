package handler

import "net/http"

// events are pushed by another part at the edge: nothing that waits may run
// inside a Worker's Go.
func (h *server) events(w http.ResponseWriter, r *http.Request) error { return notFound(w, r) }
