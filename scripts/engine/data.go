package engine

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// span is where a section stands in a module, its head included.
type span struct{ start, end int }

const (
	dataSection = 11
	maxMemory   = 64 << 20
	// maxSegments is half of what browsers take; the linker goes up to all of that.
	maxSegments = 50_000
	// minGap is the least run of zeros that is left out: a segment has a head of some 8 bytes.
	minGap = 16
)

// dataOf lays the one data section out as the memory will be.
func dataOf(wasm []byte) (memory []byte, section span, err error) {
	c := &cursor{b: wasm, at: 8}
	if !bytes.HasPrefix(wasm, []byte("\x00asm\x01\x00\x00\x00")) {
		return nil, span{}, fmt.Errorf("%w: no module", ErrLayout)
	}
	bad := fmt.Errorf("%w: data segment", ErrLayout)
	for c.at < len(wasm) && !c.bad {
		start := c.at
		id := c.byte()
		end := c.uvarint() + c.at
		if id != dataSection {
			c.at = end
			continue
		}
		section = span{start, end}
		for n := c.uvarint(); n > 0 && !c.bad; n-- {
			// Mode 0, then the constant expression i32.const ADDRESS end.
			if c.uvarint() != 0 || c.byte() != 0x41 {
				return nil, span{}, bad
			}
			address := c.varint()
			if c.byte() != 0x0b {
				return nil, span{}, bad
			}
			size := c.uvarint()
			if address < 0 || address+size > maxMemory || c.at+size > len(wasm) {
				return nil, span{}, bad
			}
			if more := address + size - len(memory); more > 0 {
				memory = append(memory, make([]byte, more)...)
			}
			copy(memory[address:], wasm[c.at:c.at+size])
			c.at += size
		}
		if c.at != end {
			return nil, span{}, bad
		}
	}
	if c.bad || len(memory) == 0 {
		return nil, span{}, fmt.Errorf("%w: no data", ErrLayout)
	}
	return memory, section, nil
}

// dataSectionOf writes the section that makes memory out of zeros.
func dataSectionOf(memory []byte) []byte {
	segments, count := segmentsOf(memory, minGap)
	for gap := 2 * minGap; count > maxSegments; gap *= 2 {
		segments, count = segmentsOf(memory, gap)
	}
	head := binary.AppendUvarint(nil, uint64(count))
	section := binary.AppendUvarint([]byte{dataSection}, uint64(len(head)+len(segments)))
	return append(append(section, head...), segments...)
}

// segmentsOf writes what stands between runs of gap zeros and more.
func segmentsOf(memory []byte, gap int) (segments []byte, count int) {
	for at := 0; at < len(memory); {
		if memory[at] == 0 {
			at++
			continue
		}
		end, zeros := at+1, 0
		for i := end; i < len(memory) && zeros < gap; i++ {
			if zeros++; memory[i] != 0 {
				end, zeros = i+1, 0
			}
		}
		segments = append(segments, 0, 0x41)
		segments = appendVarint(segments, at)
		segments = append(segments, 0x0b)
		segments = binary.AppendUvarint(segments, uint64(end-at))
		segments = append(segments, memory[at:end]...)
		count++
		at = end
	}
	return segments, count
}

// appendVarint appends a number that is not negative as signed LEB128.
func appendVarint(b []byte, n int) []byte {
	for n >= 0x40 {
		b = append(b, byte(n&0x7f)|0x80)
		n >>= 7
	}
	return append(b, byte(n))
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
