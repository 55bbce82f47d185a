// Command wasm is the engine in the browser: it hands frames and requests from
// JavaScript to package app and the answers back, and does nothing else.
//
// JavaScript writes into the memory of the engine and calls synchronous
// exports, which costs a thousandth of a call through js.Func. Nothing here
// waits, so a call returns with its answer.
package main

import (
	"crypto/rand"
	"runtime"
	"runtime/debug"
	"unsafe"

	"jianzheng/wasm/app"
	"jianzheng/wasm/simd/edge"
)

// gcPercent keeps the heap small: frames are reused, so little is collected.
const gcPercent = 50

var (
	engine = app.New(rand.Reader)
	input  []byte // what JavaScript writes into
	output []byte // the last answer
)

// buffer makes room for n bytes and returns its address. It stays valid until
// the next call of buffer with a greater n.
//
//go:wasmexport buffer
func buffer(n int32) unsafe.Pointer {
	if n < 1 {
		n = 1
	}
	if int(n) > cap(input) {
		// Doubling keeps a run of growing frames from leaving a run of holes.
		input = make([]byte, max(int(n), 2*cap(input)))
	}
	input = input[:cap(input)]
	return unsafe.Pointer(unsafe.SliceData(input))
}

// call answers the JSON request of n bytes in the buffer and returns the length
// of the answer, which answer points to.
//
//go:wasmexport call
func call(n int32) int32 {
	if n < 0 || int(n) > len(input) {
		n = 0
	}
	output = engine.Call(input[:n])
	return int32(len(output))
}

// scan reads the luma frame in the buffer, width by height pixels of one byte
// in rows of stride bytes, and answers as call does. Mode 0 is a video frame,
// 1 a still image that is worth more time.
//
//go:wasmexport scan
func scan(width, height, stride, mode int32) int32 {
	output = engine.Scan(input, int(width), int(height), int(stride), mode == 1)
	return int32(len(output))
}

// answer is the address of the last answer.
//
//go:wasmexport answer
func answer() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(output)) }

// heap is the memory in use by the engine, in bytes.
//
//go:wasmexport heap
func heap() int32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int32(m.Sys)
}

func main() {
	edge.Use()
	debug.SetGCPercent(gcPercent)
	select {} // the exports are called while main waits
}
