// Build makes the engine and the native server in dist/:
//
//	dist/engine/engine.wasm    the browser engine, from ./wasm
//	dist/engine/decoder.wasm   the scanner alone, from ./wasm/decoder
//	dist/engine/decoder.js     its module for JavaScript, from web/engine
//	dist/engine/wasm_exec.js   the Go runtime's script of the same toolchain
//	dist/engine/*.br *.gz      the same, compressed once for all requests
//	dist/server                the native server, from ./worker
//	dist/edge/                 the edge worker, from ./worker and worker/edge
//
// It is run from the root of the repository:
//
//	go run ./scripts/build [-fast] [-edge]
//
// With -fast the edge worker and the compressed copies are left out, and old copies
// removed so that none is served beside a newer engine. With -edge nothing but the
// edge worker is built. Equal sources and an equal toolchain
// give equal files: paths and version control are kept out of them.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"jianzheng/scripts/engine"
	"jianzheng/scripts/packed"
	"jianzheng/wasm/simd"
)

func main() {
	fast := flag.Bool("fast", false, "leave out the edge worker and the compressed copies")
	edge := flag.Bool("edge", false, "build the edge worker alone")
	flag.Parse()
	err := error(nil)
	if !*edge {
		err = build(*fast)
	}
	if err == nil && !*fast {
		err = buildEdge()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func build(fast bool) error {
	const engineDir = "dist/engine"
	wasm := filepath.Join(engineDir, "engine.wasm")
	decoder := filepath.Join(engineDir, "decoder.wasm")
	decoderJS := filepath.Join(engineDir, "decoder.js")
	runtimeJS := filepath.Join(engineDir, "wasm_exec.js")
	if err := os.MkdirAll(engineDir, 0o755); err != nil {
		return err
	}
	for name, pkg := range map[string]string{wasm: "./wasm", decoder: "./wasm/decoder"} {
		// What the linker wrote stays as it is, so that it is not linked again.
		linked := filepath.Join("dist", "linked", filepath.Base(name))
		if err := goBuild(linked, pkg, engine.Flags(), engine.Environment...); err != nil {
			return err
		}
		if err := finish(name, linked); err != nil {
			return err
		}
	}
	if err := copyFile(decoderJS, filepath.Join("web", "engine", "decoder.js")); err != nil {
		return err
	}
	if err := copyRuntime(runtimeJS); err != nil {
		return err
	}
	if err := goBuild("dist/server", "./worker", []string{"-trimpath", "-buildvcs=false"}); err != nil {
		return err
	}
	for _, name := range []string{wasm, decoder, decoderJS, runtimeJS} {
		if fast {
			os.Remove(name + ".br")
			os.Remove(name + ".gz")
		} else if err := packed.File(name); err != nil {
			return err
		}
	}
	return nil
}

// buildEdge makes the folder that workerd and wrangler take the edge worker from.
func buildEdge() error {
	const dir = "dist/edge"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	linked := filepath.Join("dist", "linked", "edge.wasm")
	if err := goBuild(linked, "./worker", engine.EdgeFlags(), engine.Environment...); err != nil {
		return err
	}
	wasm, err := os.ReadFile(linked)
	if err != nil {
		return err
	}
	stripped, blanked, err := engine.StripTables(wasm)
	switch {
	case errors.Is(err, engine.ErrLayout):
		fmt.Printf("%-28s keeps its line tables: %v\n", dir, err)
		stripped = wasm
	case err != nil:
		return err
	}
	fmt.Printf("%-28s %9d bytes, %d blanked\n", filepath.Join(dir, "edge.wasm"), len(stripped), blanked)
	if err := copyRuntime(filepath.Join(dir, "wasm_exec.js")); err != nil {
		return err
	}
	modules, err := filepath.Glob("worker/edge/*.mjs")
	if err != nil {
		return err
	}
	for _, module := range modules {
		if err := copyFile(filepath.Join(dir, filepath.Base(module)), module); err != nil {
			return err
		}
	}
	// Last, since make takes it for the whole.
	return os.WriteFile(filepath.Join(dir, "edge.wasm"), stripped, 0o644)
}

// goBuild builds the command in folder pkg into the file out.
func goBuild(out, pkg string, flags []string, env ...string) error {
	args := append([]string{"build", "-ldflags=-s -w"}, flags...)
	cmd := exec.Command("go", append(args, "-o", out, pkg)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go build %s: %w", pkg, err)
	}
	info, err := os.Stat(out)
	if err != nil {
		return err
	}
	fmt.Printf("%-28s %9d bytes\n", out, info.Size())
	return nil
}

// finish makes an engine of what was linked: blanks the tables that only stack
// traces read, and adds the kernel as a custom section. An engine of a toolchain
// whose tables are unknown keeps them, and the build says so.
func finish(out, linked string) error {
	wasm, err := os.ReadFile(linked)
	if err != nil {
		return err
	}
	stripped, blanked, err := engine.Strip(wasm)
	switch {
	case errors.Is(err, engine.ErrLayout):
		fmt.Printf("%-28s keeps its line tables: %v\n", out, err)
		stripped = wasm
	case err != nil:
		return err
	}
	stripped = engine.AppendSection(stripped, simd.Section, simd.Module)
	fmt.Printf("%-28s %9d bytes, %d blanked\n", out, len(stripped), blanked)
	return os.WriteFile(out, stripped, 0o644)
}

// copyRuntime copies wasm_exec.js of the toolchain in use; the engine runs
// only beside the script of the version that compiled it.
func copyRuntime(out string) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	return copyFile(out, filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
}

func copyFile(out, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(out, data, 0o644)
}
