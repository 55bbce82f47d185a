package engine

import (
	"bytes"
	"fmt"
	"slices"
)

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
