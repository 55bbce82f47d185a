package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"jianzheng/scripts/engine"
)

const modulePrefix = "jianzheng/"

// breakDown prints the code of the engine in folder of by package, largest first, each with
// the shortest way by which it is imported. It builds the engine once more,
// with the names of its functions.
func breakDown(of string, top int) error {
	dir, err := os.MkdirTemp("", "size")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	named := filepath.Join(dir, "engine.wasm")
	if _, err := goTool(append(append([]string{"build"}, engine.Flags()...), "-o", named, "./"+of)...); err != nil {
		return err
	}
	data, err := os.ReadFile(named)
	if err != nil {
		return err
	}
	m, err := parseModule(data)
	if err != nil {
		return err
	}
	list, err := goTool("list", "-deps", "-json=ImportPath,Imports,ImportMap", "./"+of)
	if err != nil {
		return err
	}
	imports, err := readImports(strings.NewReader(string(list)))
	if err != nil {
		return err
	}
	chains := shortestChains(imports, modulePrefix+of)
	code := codeByPackage(m.functions, imports, modulePrefix+of)
	var total int
	var names []string
	for name, bytes := range code {
		total += bytes
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(code[b]-code[a], cmp.Compare(a, b)) })

	fmt.Printf("\nengine, raw bytes: code %d, data %d, other %d\n\n", total, m.data, m.other)
	fmt.Printf("%9s %5s  %-44s %s\n", "code", "%", "package", "pulled in by")
	var rest int
	for i, name := range names {
		if i >= top {
			rest += code[name]
			continue
		}
		fmt.Printf("%9d %5.1f  %-44s %s\n", code[name], percent(code[name], total), name, strings.Join(chains[name], " > "))
	}
	if rest > 0 {
		fmt.Printf("%9d %5.1f  %d more packages\n", rest, percent(rest, total), len(names)-top)
	}
	return nil
}

func percent(part, whole int) float64 { return 100 * float64(part) / float64(whole) }

// goTool runs the go command for the engine's target.
func goTool(args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w", args[0], err)
	}
	return out, nil
}

// readImports reads the output of go list -json: what each package imports.
func readImports(list io.Reader) (map[string][]string, error) {
	imports := map[string][]string{}
	for decoder := json.NewDecoder(list); ; {
		var pkg struct {
			ImportPath string
			Imports    []string
			ImportMap  map[string]string // vendored packages of the standard library
		}
		err := decoder.Decode(&pkg)
		if errors.Is(err, io.EOF) {
			return imports, nil
		}
		if err != nil {
			return nil, err
		}
		for i, name := range pkg.Imports {
			if real, ok := pkg.ImportMap[name]; ok {
				pkg.Imports[i] = real
			}
		}
		imports[pkg.ImportPath] = pkg.Imports
	}
}

// shortestChains gives for each package the shortest row of importers from
// root to it, without itself, names of ours without the module.
func shortestChains(imports map[string][]string, root string) map[string][]string {
	chains := map[string][]string{root: {}}
	for queue := []string{root}; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		for _, to := range imports[from] {
			if _, ok := chains[to]; ok {
				continue
			}
			chains[to] = append(slices.Clone(chains[from]), strings.TrimPrefix(from, modulePrefix))
			queue = append(queue, to)
		}
	}
	return chains
}

// mangled is what Go's linker replaces by _ in the names of WebAssembly functions.
var mangled = regexp.MustCompile(`[^\w.]`)

// codeByPackage sums the functions by the package that their name begins with, root
// for those of the command;
// what fits none (equality and hash functions of types) is generated.
func codeByPackage(functions []function, imports map[string][]string, root string) map[string]int {
	prefixes := map[string]string{"main.": root}
	for name := range imports {
		// The symbols of gopkg.in/yaml.v3 are written with gopkg.in/yaml%2ev3.
		last := strings.LastIndex(name, "/") + 1
		escaped := name[:last] + strings.ReplaceAll(name[last:], ".", "%2e")
		prefixes[mangled.ReplaceAllString(escaped, "_")+"."] = name
	}
	code := map[string]int{}
	for _, f := range functions {
		owner := "(generated)"
		longest := 0
		for i := range f.name {
			if f.name[i] != '.' {
				continue
			}
			if name, ok := prefixes[f.name[:i+1]]; ok && i > longest {
				owner, longest = name, i
			}
		}
		code[owner] += f.size
	}
	return code
}
