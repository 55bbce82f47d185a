package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// event is one line of go test -json (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string // instead of Package in build output
	Test       string
	Elapsed    float64
	Output     string
}

// goNative tests every package but those that belong to other stages.
func goNative(o options) (tally, error) {
	packages, err := goList(nil, "./...")
	if err != nil {
		return tally{}, err
	}
	packages = slices.DeleteFunc(packages, func(name string) bool {
		return slices.Contains([]string{"jianzheng/scripts/lint", "jianzheng/scripts/chrome", "jianzheng/scripts/webdriver", "jianzheng/scripts/browsertest"}, name)
	})
	return goTest(o, nil, packages)
}

// goWasm runs what the browser and the edge run, in node. Programs in
// scripts/ are for computers of developers and stay out.
func goWasm(o options) (tally, error) {
	if err := needNode(); err != nil {
		return tally{}, err
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return tally{}, fmt.Errorf("go env GOROOT: %w", err)
	}
	runner := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "go_js_wasm_exec")
	packages, err := goList(wasmEnv(), below(portable())...)
	if err != nil {
		return tally{}, err
	}
	return goTest(o, wasmEnv(), packages, "-exec="+runner)
}

// portable names the folders whose Go code runs in the browser and at the edge
// as well as natively.
func portable() []string {
	return slices.DeleteFunc([]string{"shared", "wasm", "worker"}, func(folder string) bool {
		_, err := os.Stat(folder)
		return err != nil
	})
}

// below turns folders into patterns of the packages below them.
func below(folders []string) []string {
	patterns := make([]string, len(folders))
	for i, folder := range folders {
		patterns[i] = "./" + folder + "/..."
	}
	return patterns
}

// wasmEnv is the environment of the GOOS=js stages. Go's runtime for node
// takes arguments and environment together up to 12 kB, which the variables of
// a busy machine exceed, so only those that matter are handed on.
func wasmEnv() []string {
	env := []string{"GOOS=js", "GOARCH=wasm"}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		keep := []string{"PATH", "HOME", "TMPDIR", "CI", "VECTORS", "CORPUS", "XDG_CACHE_HOME"}
		if slices.Contains(keep, name) || strings.HasPrefix(name, "GO") && name != "GOOS" && name != "GOARCH" {
			env = append(env, pair)
		}
	}
	return env
}

// goList resolves patterns into import paths; env nil means the current one.
func goList(env []string, patterns ...string) ([]string, error) {
	cmd := exec.Command("go", append([]string{"list"}, patterns...)...)
	cmd.Env = env
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", strings.Join(patterns, " "), err)
	}
	return strings.Fields(string(out)), nil
}

// goTest runs go test on packages and reports each as it ends.
func goTest(o options, env, packages []string, flags ...string) (tally, error) {
	args := append([]string{"test", "-json"}, flags...)
	if o.run != "" {
		args = append(args, "-run", o.run)
	}
	if o.show {
		args = append(args, "-count=1")
	}
	cmd := exec.Command("go", append(args, packages...)...)
	cmd.Env = env
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return tally{}, err
	}
	if err := cmd.Start(); err != nil {
		return tally{}, err
	}
	var out io.Writer = os.Stdout
	switch {
	case o.out != nil:
		out = o.out
	case o.conformance != nil:
		out = o.conformance
	}
	total, err := readEvents(events, out, o.show)
	if err != nil {
		return total, err
	}
	if err := cmd.Wait(); err != nil && total.failed == 0 {
		return total, fmt.Errorf("go test: %w", err)
	}
	return total, nil
}

// readEvents counts the tests in the output of go test -json, subtests
// included, and writes to out one line for each package that has tests, the
// output of failed and skipped tests, and with show that of all.
// A package that fails outside its tests, as when it does not compile, counts
// as one failure.
func readEvents(events io.Reader, out io.Writer, show bool) (tally, error) {
	var total tally
	counts := map[string]*tally{}
	logs := map[string]*strings.Builder{} // by package, or package and test
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(out, lines.Text()) // go itself speaks
			continue
		}
		if e.Package == "" {
			if e.Action == "build-output" {
				fmt.Fprint(out, e.Output)
			}
			continue
		}
		count := counts[e.Package]
		if count == nil {
			count = new(tally)
			counts[e.Package] = count
		}
		key := e.Package + "\x00" + e.Test
		switch e.Action {
		case "output":
			if logs[key] == nil {
				logs[key] = new(strings.Builder)
			}
			logs[key].WriteString(e.Output)
			continue
		case "pass", "fail", "skip":
		default:
			continue
		}
		log := ""
		if logs[key] != nil {
			log = logs[key].String()
			delete(logs, key)
		}
		if e.Test == "" {
			reportPackage(out, e, log, count)
			total.add(*count)
			continue
		}
		switch e.Action {
		case "pass":
			count.passed++
		case "fail":
			count.failed++
		case "skip":
			count.skipped++
		}
		if show || e.Action != "pass" {
			fmt.Fprint(out, tidy(log))
		}
	}
	return total, lines.Err()
}

// reportPackage writes the closing line of a package, and all it said if it
// failed although none of its tests did.
func reportPackage(out io.Writer, e event, log string, count *tally) {
	if e.Action == "fail" && count.failed == 0 {
		count.failed++
		fmt.Fprint(out, log)
	}
	if *count == (tally{}) {
		return
	}
	word := "ok  "
	if count.failed > 0 {
		word = "FAIL"
	}
	fmt.Fprintf(out, "%s %-32s %v, %.1f s\n", word, e.Package, *count, e.Elapsed)
}

// tidy drops the lines by which a test says that it runs.
func tidy(log string) string {
	var kept strings.Builder
	for line := range strings.Lines(log) {
		word := strings.TrimLeft(line, " ")
		if strings.HasPrefix(word, "=== ") || strings.HasPrefix(word, "--- PASS") {
			continue
		}
		kept.WriteString(line)
	}
	return kept.String()
}
