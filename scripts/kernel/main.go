// Command kernel assembles wasm/simd/kernel.wat to kernel.wasm beside it, for
// those who change it: the result is part of the repository, and a test holds both
// together. It is run from the root of the repository:
//
//	go run ./scripts/kernel
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	dir := filepath.Join("wasm", "simd")
	source, err := os.ReadFile(filepath.Join(dir, "kernel.wat"))
	if err == nil {
		var module []byte
		if module, err = assemble(string(source)); err == nil {
			err = os.WriteFile(filepath.Join(dir, "kernel.wasm"), module, 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kernel:", err)
		os.Exit(1)
	}
}
