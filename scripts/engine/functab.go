package engine

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// pclntab is the head of the runtime's function table (src/runtime/symtab.go,
// type pcHeader, and src/internal/abi/symtab.go), for a little-endian machine
// with 8-byte pointers and 1-byte instructions, which js/wasm is:
//
//	magic(4) 0 0 minLC(1) ptrSize(1) nfunc(8) nfiles(8) textStart(8)
//	funcnameOffset(8) cuOffset(8) filetabOffset(8) pctabOffset(8) pclnOffset(8)
var pclntab = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}

// Where the runtime's moduledata (src/runtime/symtab.go) says at which addresses
// the further data of functions begin and the whole table ends. moduledata
// begins with pointers to the head of the table and to the names.
const (
	gofunc   = 320
	epclntab = 328
)

// Fields of a function's record (src/runtime/runtime2.go, type _func), by
// offset. All are 4 bytes wide but the last. Behind the record stand the offsets
// of its tables in pctab, then those of its further data behind gofunc.
const (
	recordName   = 4
	recordPCSP   = 16
	recordFile   = 20
	recordLine   = 24
	recordTables = 28 // how many tables
	recordUnit   = 32 // of compilation, to find files
	recordStart  = 36 // line
	recordData   = 43 // how many further data
	recordSize   = 44
)

// What only a stack trace or the preemption that WebAssembly does not have reads,
// by index (src/internal/abi/symtab.go).
var (
	idleTables = []int{0, 2, 3} // UnsafePoint, InlTreeIndex, ArgLiveIndex
	idleData   = []int{3, 5, 6} // InlTree, ArgInfo, ArgLiveInfo
)

const (
	noTable = 0
	noData  = 0xffffffff
)

// function is what the table holds of one function. The slices are the engine's
// memory.
type function struct {
	record       []byte
	tables, data offsets
}

// offsets are 4 bytes each.
type offsets []byte

func (o offsets) at(i int) int { return int(binary.LittleEndian.Uint32(o[4*i:])) }

// drop puts none in the place of the offset at i, and notes it.
func (o offsets) drop(i int, none uint32, dropped map[int]bool) {
	if 4*i >= len(o) {
		return
	}
	if at := o.at(i); at != int(none) {
		dropped[at] = true
	}
	binary.LittleEndian.PutUint32(o[4*i:], none)
}

// table is the function table in memory.
type table struct {
	names, files, pctab, data []byte
	functions                 []function
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
	n, names, units, files, pctab, pcln := head[0], at+head[3], at+head[4], at+head[5], at+head[6], at+head[7]
	if !(at < names && names <= units && units <= files && files <= pctab && pctab <= pcln) || pcln+8*n > len(memory) {
		return nil, fmt.Errorf("%w: order of the function table", ErrLayout)
	}
	data, err := findData(memory, at, names)
	if err != nil {
		return nil, err
	}
	t := &table{names: memory[names:units], files: memory[files:pctab], pctab: memory[pctab:pcln], data: data}
	for i := range n {
		f, err := t.function(memory, pcln+int(binary.LittleEndian.Uint32(memory[pcln+8*i+4:])))
		if err != nil {
			return nil, err
		}
		t.functions = append(t.functions, f)
	}
	return t, nil
}

// findData finds the further data of functions by way of moduledata.
func findData(memory []byte, pcHeader, names int) ([]byte, error) {
	start := binary.LittleEndian.AppendUint64(nil, uint64(pcHeader))
	start = binary.LittleEndian.AppendUint64(start, uint64(names))
	module := bytes.Index(memory, start)
	if module < 0 || bytes.Contains(memory[module+1:], start) || module+epclntab+8 > len(memory) {
		return nil, fmt.Errorf("%w: no moduledata", ErrLayout)
	}
	at := binary.LittleEndian.Uint64(memory[module+gofunc:])
	end := binary.LittleEndian.Uint64(memory[module+epclntab:])
	if at < uint64(names) || end < at || end > uint64(len(memory)) {
		return nil, fmt.Errorf("%w: data of functions", ErrLayout)
	}
	return memory[at:end], nil
}

// function reads the record at an address and checks that what it points to is
// there.
func (t *table) function(memory []byte, at int) (f function, err error) {
	bad := func(what string) (function, error) {
		return f, fmt.Errorf("%w: %s of a function", ErrLayout, what)
	}
	if at+recordSize > len(memory) {
		return bad("record")
	}
	f.record = memory[at : at+recordSize]
	tables, data := offsets(f.record).at(recordTables/4), int(f.record[recordData])
	at += recordSize
	if tables > 64 || data > 64 || at+4*(tables+data) > len(memory) {
		return bad("record")
	}
	f.tables, f.data = memory[at:at+4*tables], memory[at+4*tables:at+4*(tables+data)]
	if offsets(f.record).at(recordName/4) >= len(t.names) {
		return bad("name")
	}
	for _, field := range []int{recordPCSP, recordFile, recordLine} {
		if offsets(f.record).at(field/4) >= len(t.pctab) {
			return bad("table")
		}
	}
	for i := range tables {
		if f.tables.at(i) >= len(t.pctab) {
			return bad("table")
		}
	}
	for i := range data {
		if o := f.data.at(i); o != noData && o >= len(t.data) {
			return bad("data")
		}
	}
	return f, nil
}

// blank zeroes all that is not needed and returns how much that is.
func (t *table) blank() int {
	n := t.blankNames() + zero(t.files)
	idle, used := map[int]bool{}, map[int]bool{noTable: true}
	idleD, usedD := map[int]bool{}, map[int]bool{}
	for _, f := range t.functions {
		record := offsets(f.record)
		record.drop(recordFile/4, noTable, idle)
		record.drop(recordLine/4, noTable, idle)
		used[record.at(recordPCSP/4)] = true
		clear(f.record[recordUnit : recordStart+4])
		for _, i := range idleTables {
			f.tables.drop(i, noTable, idle)
		}
		for i := range len(f.tables) / 4 {
			used[f.tables.at(i)] = true
		}
		for _, i := range idleData {
			f.data.drop(i, noData, idleD)
		}
		for i := range len(f.data) / 4 {
			usedD[f.data.at(i)] = true
		}
	}
	return n + blankBetween(t.pctab, idle, used) + blankBetween(t.data, idleD, usedD)
}

// blankBetween zeroes what stands at the idle offsets of b, each up to the next
// offset, unless it is used as well: equal pieces are stored once. The last one
// stays, since nothing says where it ends.
func blankBetween(b []byte, idle, used map[int]bool) int {
	var starts []int
	for _, set := range []map[int]bool{idle, used} {
		for at := range set {
			starts = append(starts, at)
		}
	}
	slices.Sort(starts)
	n := 0
	for at := range idle {
		i, _ := slices.BinarySearch(starts, at)
		for i < len(starts) && starts[i] == at {
			i++
		}
		if !used[at] && i < len(starts) && starts[i] <= len(b) {
			n += zero(b[at:starts[i]])
		}
	}
	return n
}

// blankNames leaves one name, for all functions of the runtime, since the
// scheduler tells its own goroutines by a name that begins with "runtime.".
func (t *table) blankNames() int {
	const keep = "runtime.main"
	kept := bytes.Index(t.names, []byte("\x00"+keep+"\x00")) + 1
	if kept == 0 {
		return 0
	}
	for _, f := range t.functions {
		name := f.record[recordName:][:4]
		to := 0
		if bytes.HasPrefix(t.names[binary.LittleEndian.Uint32(name):], []byte("runtime.")) {
			to = kept
		}
		binary.LittleEndian.PutUint32(name, uint32(to))
	}
	return zero(t.names[:kept]) + zero(t.names[kept+len(keep):])
}

// zero blanks b and returns how many bytes were not zero.
func zero(b []byte) int {
	n := len(b) - bytes.Count(b, []byte{0})
	clear(b)
	return n
}
