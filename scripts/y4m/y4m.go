package y4m

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
)

var (
	// ErrFrames says that there are no frames or that their sizes differ or are odd.
	ErrFrames = errors.New("y4m: no frames, or sizes differ or are odd")
	// ErrRate says that the frame rate is not 1 to 120 a second.
	ErrRate = errors.New("y4m: frame rate out of range")
)

// Write writes frames as YUV4MPEG2, planar 4:2:0 without colour: a header line,
// then for each frame a line and the planes Y, U and V. fps is frames a second.
// The error is [ErrFrames], [ErrRate] or comes from w.
func Write(w io.Writer, frames []*image.Gray, fps int) error {
	if fps < 1 || fps > 120 {
		return ErrRate
	}
	if len(frames) == 0 {
		return ErrFrames
	}
	size := frames[0].Rect.Size()
	if size.X <= 0 || size.Y <= 0 || size.X%2 != 0 || size.Y%2 != 0 {
		return ErrFrames
	}
	for _, f := range frames {
		if f.Rect.Size() != size {
			return ErrFrames
		}
	}
	out := bufio.NewWriterSize(w, 1<<16)
	fmt.Fprintf(out, "YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420\n", size.X, size.Y, fps)
	neutral := bytes.Repeat([]byte{128}, size.X*size.Y/2)
	for _, f := range frames {
		out.WriteString("FRAME\n")
		for y := range size.Y {
			out.Write(f.Pix[y*f.Stride:][:size.X])
		}
		out.Write(neutral)
	}
	return out.Flush() // keeps the first error of all writes
}
