// Package webgl turns video frames into luma on the graphics processor, for
// browsers that do not hand out the planes of a frame. It is set up once through
// syscall/js. What is done for each frame are three functions of the browser, with
// their arguments bound, that the worker calls itself: Go is not entered, so a
// frame costs no js.Func and allocates nothing here.
//
// A frame is drawn into a picture of a quarter of its width: each pixel there
// holds the luma of four, so that reading it back gives width × height bytes in
// rows, top first, as package qr takes them.
package webgl

import "errors"

// ErrNone says that the browser has no WebGL 2 in a worker, or lost it.
var ErrNone = errors.New("webgl: no WebGL 2")
