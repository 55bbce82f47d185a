package engine

import (
	"errors"
	"fmt"

	"jianzheng/wasm/basepoint"
)

// ErrLayout is returned for an engine whose tables are not laid out as this
// package knows them: it is left as it was.
var ErrLayout = errors.New("engine: tables of another toolchain")

// Strip blanks, in place, what the engine does without. That is what only a
// printed stack trace reads, and the engine prints none: files, lines, inlined
// calls, arguments, and the names of functions, a ninth of what is sent. And it
// is what the engine computes when it starts, by package basepoint: another ninth.
// The bytes stay, as zeros, which compress to nothing.
//
// It returns how many bytes were blanked. The error is [ErrLayout].
func Strip(wasm []byte) (int, error) {
	memory, segments, err := dataOf(wasm)
	if err != nil {
		return 0, err
	}
	t, err := findTable(memory)
	if err != nil {
		return 0, err
	}
	blanked, err := basepoint.Blank(memory)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrLayout, err)
	}
	blanked += t.blank()
	for _, s := range segments {
		copy(wasm[s.at:s.at+s.size], memory[s.address:])
	}
	return blanked, nil
}
