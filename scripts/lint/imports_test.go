package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
)

const module = "jianzheng/"

// sharedImports names, for each package below shared/, which others there it
// may import; "*" stands for all. Folders below a package follow its line.
var sharedImports = map[string][]string{
	"answer":     {},
	"base45":     {},
	"challenge":  {"base45", "cwt", "reason"}, // a receipt names the reason
	"credential": {"base45", "cwt", "sdcwt"},
	"cwt":        {},
	"demo":       {"*"},
	"draws":      {},
	"policy":     {"cwt"},
	"qr":         {},
	"reason":     {},
	"register":   {"cwt"}, // checkpoints are CWTs, lines its strict CBOR
	"sdcwt":      {"cwt"},
	"sequence":   {"base45"},
	"status":     {"cwt"},
	"trust":      {"cwt"},
	"verify":     {"*"},
}

// forTests names packages that only tests may import, and beside them the
// folders given here. Randomness that anybody can make again is one: vectors are
// made and played with it, no key that counts may be.
var forTests = map[string][]string{
	"shared/cwt/cwttest": {},
	"shared/draws":       {"scripts/vectors", "shared/cwt/cwttest", "wasm/app/replay", "worker/conform"},
	"worker/conform":     {"worker/conform"},
}

// programImports names, for each part of the two programs, the folders it may
// import from. The longest name that fits a package counts.
var programImports = map[string][]string{
	"wasm":           {"wasm", "shared"},
	"wasm/app":       {"wasm/app", "shared"},
	"wasm/webgl":     {"wasm/webgl"},
	"worker":         {"worker", "shared"},
	"worker/conform": {"worker/conform", "worker/core", "shared"},
	"worker/core":    {"worker/core", "shared"},
	"worker/edge":    {"worker/core", "worker/edge", "worker/gate", "worker/handler", "worker/site", "shared"},
	"worker/gate":    {"worker/core", "shared"},
	"worker/handler": {"worker/core", "worker/gate", "worker/handler", "worker/mail", "worker/store", "shared"},
	"worker/site":    {"worker/core", "worker/handler", "worker/site", "shared"},
	"worker/mail":    {"worker/mail", "worker/core", "shared"},
	"worker/store":   {"worker/store", "shared"},
	"scripts":        {"scripts", "shared", "wasm", "worker"},
}

// pure names the folders whose code can be replayed in a test: it sees
// neither browser, network, files, log, clock nor randomness of its own.
var pure = []string{"shared", "wasm/app", "worker/core"}

var impureImports = []string{"syscall/js", "net/http", "os", "log", "crypto/rand", "math/rand"}

// source is one parsed Go file that is not a test.
type source struct {
	path string // from the root of the repository
	file *ast.File
}

// sources parses all Go files of ours but tests, whatever their build tags.
func sources(t *testing.T, files *token.FileSet) []source {
	t.Helper()
	var found []source
	root := os.DirFS("../..")
	for _, folder := range []string{"shared", "wasm", "worker", "scripts"} {
		if _, err := fs.Stat(root, folder); err != nil {
			continue
		}
		err := fs.WalkDir(root, folder, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() && entry.Name() == "testdata" {
				return fs.SkipDir
			}
			if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
				return nil
			}
			text, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			file, err := parser.ParseFile(files, name, text, parser.SkipObjectResolution)
			found = append(found, source{name, file})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// imports lists the import paths of a file.
func imports(t *testing.T, file *ast.File) []string {
	t.Helper()
	var paths []string
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, name)
	}
	return paths
}

// within tells whether name is folder or lies below it.
func within(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

func withinAny(name string, folders []string) bool {
	for _, folder := range folders {
		if within(name, folder) {
			return true
		}
	}
	return false
}

func TestImportsPointOneWay(t *testing.T) {
	for _, src := range sources(t, token.NewFileSet()) {
		folder := path.Dir(src.path)
		for _, name := range imports(t, src.file) {
			target, ours := strings.CutPrefix(name, module)
			if ours && !mayImport(folder, target) {
				t.Errorf("%s imports %s: not in the tables of scripts/lint", src.path, target)
			}
		}
	}
}

func mayImport(from, to string) bool {
	if folders, ok := forTests[to]; ok {
		return withinAny(from, folders)
	}
	if rest, ok := strings.CutPrefix(from, "shared/"); ok {
		name, _, _ := strings.Cut(rest, "/")
		if within(to, "shared/"+name) {
			return true
		}
		for _, allowed := range sharedImports[name] {
			if within(to, "shared/"+allowed) || allowed == "*" && within(to, "shared") {
				return true
			}
		}
		return false
	}
	part := ""
	for name := range programImports {
		if within(from, name) && len(name) > len(part) {
			part = name
		}
	}
	return withinAny(to, programImports[part])
}

func TestMayImport(t *testing.T) {
	tests := []struct {
		from, to string
		want     bool
	}{
		{"shared/sdcwt", "shared/cwt", true},
		{"shared/cwt", "shared/sdcwt", false},
		{"shared/qr/pattern", "shared/qr", true},
		{"shared/qr", "shared/cwt", false},
		{"shared/verify", "shared/trust", true},
		{"shared/verify", "worker/core", false},
		{"shared/new", "shared/cwt", false},
		{"wasm", "wasm/app", true},
		{"wasm/app", "wasm/webgl", false},
		{"wasm/app", "worker/core", false},
		{"worker", "worker/handler", true},
		{"worker/core", "worker/store", false},
		{"worker/core", "shared/challenge", true},
		{"worker/store/sqlite", "worker/store", true},
		{"scripts/jz", "shared/verify", true},
		{"worker", "scripts/chrome", false},
		{"wasm/app/replay", "shared/draws", true},
		{"shared/cwt/cwttest", "shared/draws", true},
		{"shared/demo", "shared/draws", false},
		{"shared/cwt", "shared/cwt/cwttest", false},
		{"shared/trust", "shared/cwt/cwttest", false},
		{"worker", "shared/draws", false},
		{"worker", "worker/conform", false},
		{"worker/handler", "worker/conform", false},
		{"worker/conform", "worker/handler", false},
		{"scripts/jz", "shared/draws", false},
	}
	for _, test := range tests {
		if got := mayImport(test.from, test.to); got != test.want {
			t.Errorf("mayImport(%q, %q) = %v, want %v", test.from, test.to, got, test.want)
		}
	}
}

func TestPurePackages(t *testing.T) {
	files := token.NewFileSet()
	for _, src := range sources(t, files) {
		if !withinAny(path.Dir(src.path), pure) {
			continue
		}
		for _, name := range imports(t, src.file) {
			if withinAny(name, impureImports) {
				t.Errorf("%s imports %s", src.path, name)
			}
		}
		ast.Inspect(src.file, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := selector.X.(*ast.Ident); ok && pkg.Name == "time" {
				switch selector.Sel.Name {
				case "Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick":
					t.Errorf("%v: time.%s: time comes in as an argument", files.Position(node.Pos()), selector.Sel.Name)
				}
			}
			return true
		})
	}
}
