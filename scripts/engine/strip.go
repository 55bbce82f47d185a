package engine

import (
	"errors"
	"fmt"

	"jianzheng/wasm/basepoint"
)

// ErrLayout is returned for an engine whose tables are not laid out as this
// package knows them: it is left as it was.
var ErrLayout = errors.New("engine: tables of another toolchain")

// Strip blanks what the engine does without. That is what only a
// printed stack trace reads, and the engine prints none: files, lines, inlined
// calls, arguments, and the names of functions, a ninth of what is sent. And it
// is what the engine computes when it starts, by package basepoint: another ninth.
// Memory begins as zeros, so these are left out.
//
// It returns the program without them and how many bytes were blanked; wasm stays as
// it is. The error is [ErrLayout].
func Strip(wasm []byte) (stripped []byte, blanked int, err error) {
	return strip(wasm, basepoint.Blank)
}

// StripTables is Strip for a program that computes nothing when it starts: the
// edge's, which is started for each request of some kinds.
func StripTables(wasm []byte) (stripped []byte, blanked int, err error) {
	return strip(wasm, func([]byte) (int, error) { return 0, nil })
}

func strip(wasm []byte, blank func(memory []byte) (int, error)) (stripped []byte, blanked int, err error) {
	memory, section, err := dataOf(wasm)
	if err != nil {
		return nil, 0, err
	}
	t, err := findTable(memory)
	if err != nil {
		return nil, 0, err
	}
	if blanked, err = blank(memory); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrLayout, err)
	}
	blanked += t.blank()
	stripped = append(stripped, wasm[:section.start]...)
	stripped = append(stripped, dataSectionOf(memory)...)
	return append(stripped, wasm[section.end:]...), blanked, nil
}
