//go:build !js

// Command decoder is the scanner alone for JavaScript; see main_js.go.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "decoder: build with GOOS=js GOARCH=wasm; `make build` does")
	os.Exit(2)
}
