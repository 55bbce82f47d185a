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
	"jianzheng/wasm/basepoint"
	"jianzheng/wasm/simd/edge"
	"jianzheng/wasm/webgl"
)

// gcPercent keeps the heap small: frames are reused, so little is collected.
const gcPercent = 50

var (
	engine = app.New(rand.Reader)
	input  []byte // what JavaScript writes into
	output []byte // the last answer
	seen   app.Sight
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

// wipe writes over what is left of the last person once none of it is needed any
// more, and else does nothing. Every buffer that a check has used is garbage by then,
// and so are its strings; the runtime writes over what it frees, as the page has
// asked it to (GODEBUG in web/engine/worker.js).
//
//go:wasmexport wipe
func wipe() {
	if !engine.Spent() {
		return
	}
	engine.Wipe()
	clear(input[:cap(input)])
	clear(output[:cap(output)])
	seen = app.Sight{}
	// What the pools of encoding/json and others keep outlives one collection.
	runtime.GC()
	runtime.GC()
}

// feed hands the n bytes in the buffer to the check of a register that a request
// began, and answers as call does. A register of a counter is a hundred megabytes,
// which would not go through JSON in time.
//
//go:wasmexport feed
func feed(n int32) int32 {
	if n < 0 || int(n) > len(input) {
		n = 0
	}
	output = engine.Feed(input[:n])
	return int32(len(output))
}

// scan reads the luma in the buffer, a still image of width by height pixels of
// one byte in rows of stride bytes, and answers as call does.
//
//go:wasmexport scan
func scan(width, height, stride int32) int32 {
	output = engine.Scan(input, int(width), int(height), int(stride))
	return int32(len(output))
}

// watch reads the luma in the buffer as the next frame of a video. It returns the
// length of the text, which is the answer, or -1; what else was seen is in sight.
//
//go:wasmexport watch
func watch(width, height, stride int32) int32 {
	s, ok := engine.Watch(input, int(width), int(height), int(stride), &seen)
	if !ok {
		return -1
	}
	output = append(output[:0], s...)
	return int32(len(output))
}

// sight is the address of an app.Sight, which watch fills.
//
//go:wasmexport sight
func sight() unsafe.Pointer { return unsafe.Pointer(&seen) }

// prepareWebGL makes what the worker reads frames with on the graphics processor;
// see package webgl. It returns 0 where there is none, or only one in software
// and slow is 0.
//
//go:wasmexport prepareWebGL
func prepareWebGL(slow int32) int32 {
	if err := webgl.Prepare(slow != 0); err != nil {
		return 0
	}
	return 1
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
	basepoint.Restore()
	select {} // the exports are called while main waits
}
