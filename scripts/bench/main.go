// Command bench measures how long a camera frame takes to become text, natively
// and as WebAssembly in node. It runs the benchmark of shared/qr and prints the
// median and the 95th percentile of a 1280×720 frame for each scene.
//
//	go run ./scripts/bench [-n frames]
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func main() {
	n := flag.Int("n", 200, "frames of each scene")
	flag.Parse()
	if *n < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(os.Stdout, *n); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, n int) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	js := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "go_js_wasm_exec")
	for _, target := range []struct {
		name string
		env  []string
		args []string
	}{
		{"native", nil, nil},
		{"wasm", []string{"GOOS=js", "GOARCH=wasm"}, []string{"-exec=" + js}},
	} {
		args := append([]string{"test", "-run=^$", "-bench=^BenchmarkVideoFrame720p$", "-benchtime=" + strconv.Itoa(n) + "x"}, target.args...)
		cmd := exec.Command("go", append(args, "jianzheng/shared/qr")...)
		cmd.Env = append(os.Environ(), target.env...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", target.name, err, out)
		}
		if err := table(w, target.name, out); err != nil {
			return fmt.Errorf("%s: %w", target.name, err)
		}
	}
	return nil
}

// table prints a line for each line of benchmark output.
func table(w io.Writer, target string, out []byte) error {
	fmt.Fprintf(w, "%-8s %-12s %10s %10s %8s %8s\n", "target", "scene", "median", "p95", "read", "memory")
	lines := 0
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		f := strings.Fields(s.Text())
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		values := map[string]float64{} // by unit
		for i := 2; i+1 < len(f); i += 2 {
			v, err := strconv.ParseFloat(f[i], 64)
			if err != nil {
				return fmt.Errorf("line %q: %w", s.Text(), err)
			}
			values[f[i+1]] = v
		}
		_, scene, _ := strings.Cut(f[0], "/")
		scene, _, _ = strings.Cut(scene, "-") // the number of processors
		ms := func(unit string) string {
			return time.Duration(values[unit]).Round(10 * time.Microsecond).String()
		}
		fmt.Fprintf(w, "%-8s %-12s %10s %10s %7.0f%% %5.0f MB\n",
			target, scene, ms("median-ns"), ms("p95-ns"), values["%read"], values["sys-MB"])
		lines++
	}
	if lines == 0 {
		return errors.New("no benchmark ran")
	}
	return nil
}
