//go:build !js

// Package edge joins the engine to its kernel; see edge_js.go.
package edge
