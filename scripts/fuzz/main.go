// Fuzz runs every fuzz target of the module, one after another, since go test
// fuzzes only one at a time.
//
// It is run from the root of the repository:
//
//	go run ./scripts/fuzz [-time 10s] [-run regexp]
//
// It ends with status 1 when a target failed; go test has then written the
// input that did it below testdata/fuzz of the package.
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// target is one fuzz function and the package it lies in, as go test takes them.
type target struct {
	pkg, name string
}

var declaration = regexp.MustCompile(`(?m)^func (Fuzz\w*)\(\w+ \*testing\.F\)`)

func main() {
	limit := flag.Duration("time", 10*time.Second, "how long to fuzz each target")
	run := flag.String("run", "", "only targets whose package or name matches `regexp`")
	flag.Parse()
	if err := fuzz(*limit, *run); err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

func fuzz(limit time.Duration, run string) error {
	wanted, err := regexp.Compile(run)
	if err != nil {
		return err
	}
	targets, err := find(os.DirFS("."))
	if err != nil {
		return err
	}
	var passed int
	var failed []string
	for _, t := range targets {
		if !wanted.MatchString(t.pkg + "." + t.name) {
			continue
		}
		fmt.Printf("== %s %s\n", t.pkg, t.name)
		cmd := exec.Command("go", "test", "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", limit.String(), "-fuzzminimizetime", "10x", t.pkg)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			failed = append(failed, t.pkg+" "+t.name)
			continue
		}
		passed++
	}
	for _, name := range failed {
		fmt.Println("FAIL", name)
	}
	fmt.Printf("%d passed, %d failed\n", passed, len(failed))
	if passed+len(failed) == 0 {
		return fmt.Errorf("no target found")
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d targets failed", len(failed))
	}
	return nil
}

// find lists the fuzz targets below root in the order of their files.
func find(root fs.FS) ([]target, error) {
	var targets []target
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "dist" || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		for _, match := range declaration.FindAllSubmatch(source, -1) {
			targets = append(targets, target{"./" + filepath.ToSlash(filepath.Dir(path)), string(match[1])})
		}
		return nil
	})
	return targets, err
}
