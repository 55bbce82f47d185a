package engine

import (
	"encoding/binary"
	"slices"
)

// AppendSection returns a module with a custom section of that name and content
// behind all others (WebAssembly core specification, 5.5.3).
func AppendSection(wasm []byte, name string, content []byte) []byte {
	content = slices.Concat(binary.AppendUvarint(nil, uint64(len(name))), []byte(name), content)
	return slices.Concat(wasm, []byte{0}, binary.AppendUvarint(nil, uint64(len(content))), content)
}
