// The endpoint on Cloudflare Workers. One program is started in two ways by
// worker/edge/worker.mjs:
//
//   - hot: one instance that stays, for challenges, redemptions and way A. It is
//     called by the functions exported below, which never wait; see worker/edge/hot.
//   - otherwise an instance for one request, which worker/handler answers as it does
//     on the native server, through github.com/syumai/workers.
package main

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"os"
	"runtime/debug"
	"syscall/js"
	"time"
	"unsafe"

	"jianzheng/shared/cwt"
	"jianzheng/worker/core"
	"jianzheng/worker/edge/hot"
)

func main() {
	if binding().Get("hot").Truthy() {
		// Some 4 MB are alive, and worker.mjs lets an instance grow to 48.
		debug.SetGCPercent(300)
		select {}
	}
	if err := serveOne(); err != nil {
		fmt.Fprintln(os.Stderr, "edge:", err)
		os.Exit(1)
	}
}

// binding is what worker.mjs hands over.
func binding() js.Value { return js.Global().Get("context").Get("binding") }

// The hot instance: the memory that requests are written to, and what answers them.
var (
	buffer []byte
	server *hot.Server
)

// request makes room for a request of so many bytes and returns where it is. It
// stays there until more is asked for.
//
//go:wasmexport request
func request(size int32) unsafe.Pointer {
	buffer = make([]byte, size)
	return unsafe.Pointer(unsafe.SliceData(buffer))
}

// boot makes the server from what the context holds and returns a reply whose Body is
// what worker.mjs has to know, or with status 500 why there is none.
//
//go:wasmexport boot
func boot(now float64) unsafe.Pointer {
	about, err := start(time.UnixMilli(int64(now)))
	if err != nil {
		return reply(hot.Reply{Status: 500, Body: []byte(err.Error())}.Append(nil))
	}
	return reply(hot.Reply{Status: 200, Body: about}.Append(nil))
}

func start(now time.Time) (about []byte, err error) {
	s, err := openSite(now)
	if err != nil {
		return nil, err
	}
	endpoint, err := core.New(s.Core)
	if err != nil {
		return nil, err
	}
	rate, err := addressRate()
	if err != nil {
		return nil, err
	}
	jwk, ok := s.Core.Key.JWK()
	sign := hot.Signer(s.Core.Key.Sign)
	if ok {
		sign = outside(s.Core.Key.Public())
	}
	// Each draw is a call to JavaScript, so many nonces are drawn for at once.
	server = hot.New(endpoint, s.Core.Party, rate, sign, bufio.NewReaderSize(rand.Reader, 4096))
	if !ok {
		return hot.About(nil)
	}
	return hot.About(jwk)
}

// signature is where the engine's own cryptography writes one, as DER or raw.
var signature [256]byte

// signOutside signs size bytes at data with the operator's key and returns the
// length of what it wrote to signature.
//
//go:wasmimport endpoint sign
func signOutside(data unsafe.Pointer, size int32, signature unsafe.Pointer) int32

// outside makes signatures there.
func outside(k *cwt.Key) hot.Signer {
	return func(toBeSigned []byte) ([]byte, error) {
		n := signOutside(unsafe.Pointer(unsafe.SliceData(toBeSigned)), int32(len(toBeSigned)), unsafe.Pointer(&signature))
		if n < 0 || int(n) > len(signature) {
			return nil, fmt.Errorf("edge: signature of %d bytes", n)
		}
		return k.RawSignature(signature[:n])
	}
}

// call answers the request of so many bytes that was written. The reply is good
// until the next call.
//
//go:wasmexport call
func call(op, size int32, now float64) unsafe.Pointer {
	return reply(server.Call(hot.Op(op), buffer[:size], time.UnixMilli(int64(now))))
}

// reply keeps a reply where the garbage collector sees it.
func reply(b []byte) unsafe.Pointer {
	kept = b
	return unsafe.Pointer(unsafe.SliceData(b))
}

var kept []byte
