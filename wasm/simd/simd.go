// Package simd is the part of the engine that is not Go: kernel.wasm, four kilobytes of
// vector instructions that works on the memory of the engine. The build puts it
// into a section of the engine's own module, from where JavaScript starts it.
// Where a browser has no vector instructions the engine does without.
package simd

import _ "embed"

// Section is the name of the custom section of the engine that holds the kernel.
const Section = "kernel"

// Module is kernel.wasm, assembled from kernel.wat by scripts/kernel.
//
//go:embed kernel.wasm
var Module []byte
