package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"jianzheng/wasm/basepoint"
)

// ErrLayout is returned for an engine whose tables are not laid out as this
// package knows them: it is left as it was.
var ErrLayout = errors.New("engine: tables of another toolchain")

// pclntab is the head of the runtime's function table (src/runtime/symtab.go,
// type pcHeader, and src/internal/abi/symtab.go), for a little-endian machine
// with 8-byte pointers and 1-byte instructions, which js/wasm is:
//
//	magic(4) 0 0 minLC(1) ptrSize(1) nfunc(8) nfiles(8) textStart(8)
//	funcnameOffset(8) cuOffset(8) filetabOffset(8) pctabOffset(8) pclnOffset(8)
var pclntab = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}

// Fields of a function's record there, by offset; all are 4 bytes wide.
const (
	recordName   = 4
	recordPCSP   = 16
	recordFile   = 20
	recordLine   = 24
	recordTables = 28 // number of further tables, whose offsets follow the record
	recordSize   = 44
)

// Strip blanks, in place, what the engine does without. That is what only a
// printed stack trace reads, and the engine prints none: the tables from
// instruction to file and line, and the names of functions, a seventeenth of
// what is sent. And it is what the engine computes when it starts, by package
// basepoint: an eighth. The bytes stay, as zeros, which compress to nothing. Names that begin with "runtime." are kept, since the scheduler
// tells its own goroutines by them.
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
	tables, err := basepoint.Blank(memory)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrLayout, err)
	}
	blanked := tables + t.blankLines() + t.blankNames()
	for _, s := range segments {
		copy(wasm[s.at:s.at+s.size], memory[s.address:])
	}
	return blanked, nil
}

// segment is a piece of the data section: size bytes at wasm[at:] that belong at
// an address of the memory.
type segment struct{ at, size, address int }

const (
	dataSection = 11
	maxMemory   = 64 << 20
)

// dataOf lays the data section out as the memory will be.
func dataOf(wasm []byte) (memory []byte, segments []segment, err error) {
	c := &cursor{b: wasm, at: 8}
	if !bytes.HasPrefix(wasm, []byte("\x00asm\x01\x00\x00\x00")) {
		return nil, nil, fmt.Errorf("%w: no module", ErrLayout)
	}
	for c.at < len(wasm) && !c.bad {
		id := c.byte()
		end := c.uvarint() + c.at
		if id != dataSection {
			c.at = end
			continue
		}
		for n := c.uvarint(); n > 0 && !c.bad; n-- {
			// Mode 0, then the constant expression i32.const ADDRESS end.
			if c.uvarint() != 0 || c.byte() != 0x41 {
				return nil, nil, fmt.Errorf("%w: data segment", ErrLayout)
			}
			s := segment{address: c.varint()}
			if c.byte() != 0x0b {
				return nil, nil, fmt.Errorf("%w: data segment", ErrLayout)
			}
			s.size = c.uvarint()
			s.at = c.at
			c.at += s.size
			if s.address < 0 || s.address+s.size > maxMemory || c.at > len(wasm) {
				return nil, nil, fmt.Errorf("%w: data segment", ErrLayout)
			}
			segments = append(segments, s)
		}
	}
	if c.bad || len(segments) == 0 {
		return nil, nil, fmt.Errorf("%w: no data", ErrLayout)
	}
	last := slices.MaxFunc(segments, func(a, b segment) int { return a.address + a.size - b.address - b.size })
	memory = make([]byte, last.address+last.size)
	for _, s := range segments {
		copy(memory[s.address:], wasm[s.at:s.at+s.size])
	}
	return memory, segments, nil
}

// cursor reads LEB128 numbers; after a read past the end, bad stays true.
type cursor struct {
	b   []byte
	at  int
	bad bool
}

func (c *cursor) byte() byte {
	if c.bad || c.at < 0 || c.at >= len(c.b) {
		c.bad = true
		return 0
	}
	c.at++
	return c.b[c.at-1]
}

func (c *cursor) uvarint() int {
	n := 0
	for shift := 0; shift < 35; shift += 7 {
		b := c.byte()
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	c.bad = true
	return 0
}

func (c *cursor) varint() int {
	n := 0
	for shift := 0; shift < 35; shift += 7 {
		b := c.byte()
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			if b&0x40 != 0 {
				n -= 1 << (shift + 7)
			}
			return n
		}
	}
	c.bad = true
	return 0
}

// table is the function table in memory.
type table struct {
	names, pctab []byte
	records      [][]byte // one a function, with its further tables' offsets
}

func findTable(memory []byte) (*table, error) {
	at := bytes.Index(memory, pclntab)
	if at < 0 || bytes.Contains(memory[at+1:], pclntab) || at+72 > len(memory) {
		return nil, fmt.Errorf("%w: no function table", ErrLayout)
	}
	var head [8]int // nfunc, nfiles, textStart, funcname, cu, filetab, pctab, pcln
	for i := range head {
		v := binary.LittleEndian.Uint64(memory[at+8+8*i:])
		if v > maxMemory && i != 2 {
			return nil, fmt.Errorf("%w: head of the function table", ErrLayout)
		}
		head[i] = int(v)
	}
	n, names, cu, pctab, pcln := head[0], at+head[3], at+head[4], at+head[6], at+head[7]
	if !(at < names && names <= cu && cu <= pctab && pctab <= pcln) || pcln+8*n > len(memory) {
		return nil, fmt.Errorf("%w: order of the function table", ErrLayout)
	}
	t := &table{names: memory[names:cu], pctab: memory[pctab:pcln]}
	for i := range n {
		f := pcln + int(binary.LittleEndian.Uint32(memory[pcln+8*i+4:]))
		if f+recordSize > len(memory) {
			return nil, fmt.Errorf("%w: record of a function", ErrLayout)
		}
		further := int(binary.LittleEndian.Uint32(memory[f+recordTables:]))
		if further > 64 || f+recordSize+4*further > len(memory) {
			return nil, fmt.Errorf("%w: record of a function", ErrLayout)
		}
		r := memory[f : f+recordSize+4*further]
		for _, field := range []int{recordPCSP, recordFile, recordLine} {
			if t.offset(r, field) >= len(t.pctab) {
				return nil, fmt.Errorf("%w: table of a function", ErrLayout)
			}
		}
		if t.offset(r, recordName) >= len(t.names) {
			return nil, fmt.Errorf("%w: name of a function", ErrLayout)
		}
		t.records = append(t.records, r)
	}
	return t, nil
}

func (t *table) offset(record []byte, field int) int {
	return int(binary.LittleEndian.Uint32(record[field:]))
}

// blankLines lets every function point to no file and line table, offset 0, and
// zeroes those that nothing else shares: equal tables are stored once.
func (t *table) blankLines() int {
	needed := map[int]bool{}
	starts := []int{len(t.pctab)}
	lines := map[int]bool{}
	for _, r := range t.records {
		needed[t.offset(r, recordPCSP)] = true
		for at := recordSize; at < len(r); at += 4 {
			needed[t.offset(r, at)] = true
		}
		lines[t.offset(r, recordFile)], lines[t.offset(r, recordLine)] = true, true
		clear(r[recordFile : recordLine+4])
	}
	for at := range needed {
		starts = append(starts, at)
		delete(lines, at)
	}
	delete(lines, 0)
	for at := range lines {
		starts = append(starts, at)
	}
	slices.Sort(starts)
	blanked := 0
	for at := range lines {
		i, _ := slices.BinarySearch(starts, at)
		blanked += starts[i+1] - at
		clear(t.pctab[at:starts[i+1]])
	}
	return blanked
}

// blankNames zeroes every name but those of the runtime.
func (t *table) blankNames() int {
	blanked := 0
	for at := 0; at < len(t.names); {
		end := bytes.IndexByte(t.names[at:], 0)
		if end < 0 {
			break
		}
		if name := t.names[at : at+end]; !bytes.HasPrefix(name, []byte("runtime.")) {
			clear(name)
			blanked += end
		}
		at += end + 1
	}
	return blanked
}
