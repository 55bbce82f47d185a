package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Sections of a module that we read (WebAssembly core specification, §5.5).
const (
	customSection = 0
	importSection = 2
	codeSection   = 10
	dataSection   = 11
)

var errModule = errors.New("not a WebAssembly module that we can read")

// function is one function of a module with the bytes of its body.
type function struct {
	name string
	size int
}

// module is what breakDown wants to know of a WebAssembly file.
type module struct {
	functions []function
	data      int // bytes of the data section: type and line tables, constants
	other     int // bytes outside code, data and names
}

// reader walks over bytes; once it ran past the end, bad stays true and all
// reads give zero values.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n < 0 || n > len(r.b) {
		r.bad = true
		return nil
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head
}

// number reads an unsigned LEB128.
func (r *reader) number() int {
	n, length := binary.Uvarint(r.b)
	if length <= 0 || n > 1<<31 {
		r.bad = true
		return 0
	}
	r.take(length)
	return int(n)
}

func (r *reader) text() string { return string(r.take(r.number())) }

// parseModule reads the functions, named by the name section, of a module.
func parseModule(b []byte) (module, error) {
	var m module
	r := &reader{b: b}
	if string(r.take(4)) != "\x00asm" {
		return m, errModule
	}
	r.take(4) // version
	var imported int
	var bodies []int
	names := map[int]string{}
	for len(r.b) > 0 && !r.bad {
		id := r.take(1)
		content := &reader{b: r.take(r.number())}
		if r.bad {
			break
		}
		length := len(content.b)
		switch id[0] {
		case importSection:
			m.other += length
			imported = countImportedFunctions(content)
		case codeSection:
			for n := content.number(); n > 0 && !content.bad; n-- {
				size := content.number()
				content.take(size)
				bodies = append(bodies, size)
			}
		case dataSection:
			m.data = length
		case customSection:
			if content.text() == "name" {
				readFunctionNames(content, names)
			} else {
				m.other += length
			}
		default:
			m.other += length
		}
		if content.bad {
			return m, fmt.Errorf("section %d: %w", id[0], errModule)
		}
	}
	if r.bad {
		return m, errModule
	}
	for i, size := range bodies {
		m.functions = append(m.functions, function{names[imported+i], size})
	}
	return m, nil
}

// countImportedFunctions reads the import section; imported functions come
// first in the numbering of functions.
func countImportedFunctions(r *reader) int {
	count := 0
	for n := r.number(); n > 0 && !r.bad; n-- {
		r.text() // module
		r.text() // name
		kind := r.take(1)
		if r.bad {
			break
		}
		switch kind[0] {
		case 0: // function: its type
			r.number()
			count++
		case 1: // table: element type and limits
			r.take(1)
			r.limits()
		case 2: // memory
			r.limits()
		case 3: // global: type and mutability
			r.take(2)
		default:
			r.bad = true
		}
	}
	return count
}

func (r *reader) limits() {
	flags := r.number()
	r.number()
	if flags&1 != 0 {
		r.number()
	}
}

// readFunctionNames reads subsection 1 of the name section (appendix of the
// specification, "Function Names") into names, by function number.
func readFunctionNames(r *reader, names map[int]string) {
	for len(r.b) > 0 && !r.bad {
		id := r.take(1)
		sub := &reader{b: r.take(r.number())}
		if r.bad || id[0] != 1 {
			continue
		}
		for n := sub.number(); n > 0 && !sub.bad; n-- {
			index := sub.number()
			names[index] = sub.text()
		}
		r.bad = r.bad || sub.bad
	}
}
