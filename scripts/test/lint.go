package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// check is one lint command, run from the root of the repository. It passes
// when it ends with status 0 and, if quiet is set, prints nothing.
type check struct {
	name  string
	env   []string // nil means the current one
	args  []string
	quiet bool
}

// lint runs the static checks and counts each as one, and the tests of
// scripts/lint one by one.
func lint(o options) (tally, error) {
	if err := needModules(); err != nil {
		return tally{}, err
	}
	staticcheck, err := buildStaticcheck()
	if err != nil {
		return tally{}, err
	}
	checks := []check{
		{name: "gofmt", args: append([]string{"gofmt", "-l", "scripts"}, portable()...), quiet: true},
		{name: "vet", args: []string{"go", "vet", "./..."}},
		{name: "vet js/wasm", env: wasmEnv(), args: append([]string{"go", "vet"}, below(portable())...)},
		{name: "staticcheck", args: []string{staticcheck, "./..."}},
		// U1000 does not know go:wasmexport and takes those functions for unused.
		{name: "staticcheck js/wasm", env: wasmEnv(), args: append([]string{staticcheck, "-checks=inherit,-U1000"}, below(portable())...)},
		{name: "tsc", args: []string{filepath.Join("node_modules", ".bin", "tsc"), "--noEmit"}},
	}
	var total tally
	for _, c := range checks {
		if c.run() {
			total.passed++
			fmt.Printf("ok   %s\n", c.name)
		} else {
			total.failed++
			fmt.Printf("FAIL %s\n", c.name)
		}
	}
	structure, err := goTest(o, nil, []string{"./scripts/lint"})
	total.add(structure)
	return total, err
}

func (c check) run() bool {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Env = c.env
	out, err := cmd.CombinedOutput()
	os.Stdout.Write(out)
	if err != nil {
		fmt.Printf("%s: %v\n", strings.Join(c.args, " "), err)
	}
	return err == nil && !(c.quiet && len(out) > 0)
}

// buildStaticcheck builds the staticcheck pinned in go.mod for this computer
// and returns its path; go tool would build it for GOOS=js in that stage.
func buildStaticcheck() (string, error) {
	path := filepath.Join("dist", "tools", "staticcheck")
	out, err := exec.Command("go", "build", "-o", path, "honnef.co/go/tools/cmd/staticcheck").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build staticcheck: %w\n%s", err, out)
	}
	return path, nil
}
