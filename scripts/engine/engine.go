// Package engine says how the engines for the browser are compiled, for the programs that
// build it and that take it apart.
package engine

// hot are the packages in which functions are inlined: those of the loops over
// pixels and over the limbs of field elements, what these call, and the runtime's
// own, which every allocation passes. Inlined everywhere, an engine is a
// thirtieth larger and no faster; without it here, frames and signatures take
// twice as long.
var hot = []string{
	"jianzheng/shared/qr", "jianzheng/wasm/decoder/luma", "jianzheng/wasm/basepoint",
	"crypto/internal/fips140/nistec/...",
	"crypto/internal/fips140/edwards25519/...",
	"crypto/internal/fips140/bigmod",
	"github.com/emmansun/gmsm/internal/sm2ec/...",
	"runtime", "internal/runtime/...",
	"math/bits", "math", "encoding/binary", "internal/byteorder", "slices", "cmp",
}

// Flags are the arguments of go build beside -o, -ldflags and the package. The
// last -gcflags whose pattern fits a package counts.
func Flags() []string {
	flags := []string{"-trimpath", "-buildvcs=false", "-gcflags=all=-l"}
	for _, pkg := range hot {
		flags = append(flags, "-gcflags="+pkg+"=")
	}
	return flags
}

// EdgeFlags are those of the edge worker. HTTP/2, which its engine speaks and it
// does not, is left out: 130 kB of 3 MB.
func EdgeFlags() []string {
	return append([]string{"-tags=nethttpomithttp2"}, "-trimpath", "-buildvcs=false")
}

// Environment makes go build for the browser.
var Environment = []string{"GOOS=js", "GOARCH=wasm"}
