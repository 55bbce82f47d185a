// Benchpage measures the pages of a release on a slow machine: it runs the benchmark
// BenchmarkPage of scripts/browsertest in a network namespace with a thin line (see
// scripts/slow). It is run from the root of the repository, after make build, as root.
//
//	go run ./scripts/benchpage [-n 5] [-only visits]
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"jianzheng/scripts/chrome"
	"jianzheng/scripts/slow"
)

func main() {
	n := flag.Int("n", 5, "fresh profiles")
	only := flag.String("only", "", "visits or scanning; empty measures both")
	inside := flag.Bool("inside", false, "this is the namespace (used by benchpage itself)")
	flag.Parse()
	if *n < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	run := enter
	if *inside {
		run = measure
	}
	if err := run(*n, *only); err != nil {
		fmt.Fprintln(os.Stderr, "benchpage:", err)
		os.Exit(1)
	}
}

// enter looks whether everything is there and runs this program again in a namespace.
func enter(n int, only string) error {
	if err := slow.Missing(); err != nil {
		return fmt.Errorf("this machine lacks:\n%w", err)
	}
	if _, err := chrome.Find(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "-inside", "-n", strconv.Itoa(n), "-only", only)
	slow.Apart(cmd)
	return through(cmd)
}

func measure(n int, only string) error {
	runtime.LockOSThread() // which is the one that is hurried, and that starts others
	if err := errors.Join(slow.Shape(), slow.Hurry()); err != nil {
		return err
	}
	return through(exec.Command("go", "test", "-count=1", "-timeout=30m", "-run=^$", "-bench=^BenchmarkPage$/"+only, "-benchtime=1x",
		"./scripts/browsertest", "-profiles", strconv.Itoa(n)))
}

// through runs a command whose output is this program's.
func through(cmd *exec.Cmd) error {
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}
