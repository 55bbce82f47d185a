//go:build !js

// Command wasm is the engine in the browser; see main_js.go.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "wasm: build with GOOS=js GOARCH=wasm; `make build` does")
	os.Exit(2)
}
