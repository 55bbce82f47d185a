package main

import (
	"bytes"
	"os"
	"testing"

	"jianzheng/wasm/simd"
)

// TestKernel holds the kernel and its source together, and small.
func TestKernel(t *testing.T) {
	source, err := os.ReadFile("../../wasm/simd/kernel.wat")
	if err != nil {
		t.Fatal(err)
	}
	module, err := assemble(string(source))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(module, simd.Module) {
		t.Error("wasm/simd/kernel.wasm is not what kernel.wat says: go run ./scripts/kernel")
	}
	if len(module) > 4096 {
		t.Errorf("%d bytes: a page in Chrome compiles no more than 4096 at once", len(module))
	}
}

func TestAssembleRefuses(t *testing.T) {
	const head = `(module (import "go" "mem" (memory 1)) `
	for _, source := range []string{
		"", "(module", head, head + "(func", head + "(func (param $a f64)))", head + "(func i32.what))",
		head + "(func local.get $a))", head + "(func call $a))", head + "(func i32.const x))", head + "(func i32.store offset=x))",
		head + "(func i8x16.shuffle 1 2))", head + "(func (export \"a\") )) more", head + "(func (what)))",
	} {
		if _, err := assemble(source); err == nil {
			t.Errorf("%q: no error", source)
		}
	}
}
