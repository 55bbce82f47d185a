package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// node runs the tests of plain JavaScript modules: every *.test.js and
// *.test.mjs of the repository, with node's own runner.
func node(options) (tally, error) {
	if err := needNode(); err != nil {
		return tally{}, err
	}
	files, err := nodeTests(os.DirFS("."))
	if err != nil {
		return tally{}, err
	}
	if len(files) == 0 {
		return tally{}, fmt.Errorf("no *.test.js below web/, wasm/ or worker/")
	}
	// The scanner for JavaScript is tested as it is built.
	if out, err := exec.Command("go", "run", "./scripts/build", "-fast").CombinedOutput(); err != nil {
		return tally{}, fmt.Errorf("go run ./scripts/build: %w\n%s", err, out)
	}
	report, err := exec.Command("node", append([]string{"--test", "--test-reporter=tap"}, files...)...).CombinedOutput()
	result, ok := readTAP(string(report))
	if err != nil || !ok || result.failed > 0 || result.skipped > 0 {
		os.Stdout.Write(report)
	}
	if !ok {
		return tally{}, fmt.Errorf("node --test gave no summary")
	}
	if err != nil && result.failed == 0 {
		return result, fmt.Errorf("node --test: %w", err)
	}
	for _, name := range files {
		fmt.Println("ran", name)
	}
	return result, nil
}

// nodeTests lists the test files below the folders that hold JavaScript.
func nodeTests(root fs.FS) ([]string, error) {
	var files []string
	for _, folder := range []string{"web", "wasm", "worker"} {
		if _, err := fs.Stat(root, folder); err != nil {
			continue
		}
		err := fs.WalkDir(root, folder, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && (strings.HasSuffix(path, ".test.js") || strings.HasSuffix(path, ".test.mjs")) {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

var tapSummary = regexp.MustCompile(`(?m)^# (pass|fail|cancelled|skipped|todo) (\d+)$`)

// readTAP reads the summary at the end of node's TAP report. A cancelled test
// counts as failed and one left to do as skipped.
func readTAP(report string) (tally, bool) {
	var t tally
	matches := tapSummary.FindAllStringSubmatch(report, -1)
	for _, match := range matches {
		n, err := strconv.Atoi(match[2])
		if err != nil {
			return tally{}, false
		}
		switch match[1] {
		case "pass":
			t.passed += n
		case "fail", "cancelled":
			t.failed += n
		default:
			t.skipped += n
		}
	}
	return t, len(matches) == 5
}
