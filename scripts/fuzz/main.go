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
	"io"
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
		out, err := t.run(limit)
		if err != nil && endedLate(out) {
			fmt.Println("== once more: its time ended in the middle of an input")
			_, err = t.run(limit)
		}
		if err != nil {
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

// run fuzzes one target, shows what it prints, and returns that.
func (t target) run(limit time.Duration) (string, error) {
	var out strings.Builder
	cmd := exec.Command("go", "test", "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", limit.String(), "-fuzzminimizetime", "10x", t.pkg)
	cmd.Stdout = io.MultiWriter(os.Stdout, &out)
	cmd.Stderr = os.Stderr
	err := cmd.Run()
	return out.String(), err
}

// endedLate tells a run that go test calls failed because its time was over
// while an input was being tried, which is no finding: then it says so and
// writes no input down.
func endedLate(out string) bool {
	return strings.Contains(out, "context deadline exceeded") && !strings.Contains(out, "Failing input written")
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
