package y4m

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"strings"
	"testing"

	"jianzheng/shared/qr"
)

// text is as long as n characters of an answer, in the alphabet of Base45.
func text(n int) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	b := []byte("KB1:")
	for x := uint32(1); len(b) < n; {
		x = x*1664525 + 1013904223
		b = append(b, alphabet[x>>16%45])
	}
	return string(b)
}

// parse reads what Write wrote.
func parse(t *testing.T, file []byte) []qr.Luma {
	t.Helper()
	head, rest, ok := bytes.Cut(file, []byte("\n"))
	var w, h, fps int
	if _, err := fmt.Sscanf(string(head), "YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420", &w, &h, &fps); !ok || err != nil {
		t.Fatalf("header %q: %v", head, err)
	}
	var out []qr.Luma
	for len(rest) > 0 {
		line, planes, _ := bytes.Cut(rest, []byte("\n"))
		if string(line) != "FRAME" || len(planes) < w*h*3/2 {
			t.Fatalf("frame %d: line %q, %d bytes left", len(out), line, len(planes))
		}
		out = append(out, qr.Luma{Pix: planes[:w*h], Width: w, Height: h, Stride: w})
		rest = planes[w*h*3/2:]
	}
	return out
}

func TestFramesReadBack(t *testing.T) {
	tests := []struct {
		chars   int
		level   qr.Level
		version int
		// module is the least size in pixels that must be read.
		module float64
	}{
		{400, qr.L, 11, 3},
		{590, qr.M, 15, 3},
		{1074, qr.L, 19, 3},
		{1074, qr.M, 22, 3},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d-%v", tt.version, tt.level), func(t *testing.T) {
			want := text(tt.chars)
			m, err := qr.Encode(want, tt.level)
			if err != nil {
				t.Fatal(err)
			}
			if m.Version != tt.version {
				t.Fatalf("version %d, want %d", m.Version, tt.version)
			}
			var frames []*image.Gray
			for seed := range uint64(3) {
				frames = append(frames, Frame(m, Webcam(seed)))
				small := Webcam(seed)
				small.Module = tt.module
				frames = append(frames, Frame(m, small))
			}
			inverted := Webcam(9)
			inverted.Inverted = true
			frames = append(frames, Frame(m, inverted), Frame(m, FrameOptions{}))
			var file bytes.Buffer
			if err := Write(&file, frames, 15); err != nil {
				t.Fatal(err)
			}
			d := qr.NewDecoder()
			for i, l := range parse(t, file.Bytes()) {
				// A camera shows the same for many frames. Thirty are enough to forget where
				// the last symbol was and to take every turn.
				var s qr.Symbol
				for range 30 {
					if s, err = d.Decode(l, qr.Video); err == nil {
						break
					}
				}
				if err != nil || s.Text != want {
					t.Errorf("frame %d: error %v, text right %v", i, err, s.Text == want)
				}
			}
		})
	}
}

func TestFrameIsReproducible(t *testing.T) {
	m, err := qr.Encode("CH1:ABC", qr.M)
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := Frame(m, Webcam(1)), Frame(m, Webcam(1)), Frame(m, Webcam(2))
	if !bytes.Equal(a.Pix, b.Pix) || bytes.Equal(a.Pix, c.Pix) {
		t.Error("the seed does not decide the picture")
	}
	if got := Frame(nil, FrameOptions{Width: 640, Height: 480}).Rect.Size(); got != image.Pt(640, 480) {
		t.Errorf("size %v", got)
	}
	if _, err := qr.NewDecoder().Decode(qr.FromImage(Frame(nil, Webcam(1))), qr.Still); err != qr.ErrNone {
		t.Errorf("empty screen: %v", err)
	}
}

func TestWriteRefuses(t *testing.T) {
	gray := func(w, h int) *image.Gray { return image.NewGray(image.Rect(0, 0, w, h)) }
	tests := []struct {
		name   string
		frames []*image.Gray
		fps    int
		err    error
	}{
		{"none", nil, 15, ErrFrames},
		{"odd", []*image.Gray{gray(3, 2)}, 15, ErrFrames},
		{"empty", []*image.Gray{gray(0, 0)}, 15, ErrFrames},
		{"differ", []*image.Gray{gray(2, 2), gray(4, 2)}, 15, ErrFrames},
		{"no rate", []*image.Gray{gray(2, 2)}, 0, ErrRate},
	}
	for _, tt := range tests {
		var out strings.Builder
		if err := Write(&out, tt.frames, tt.fps); !errors.Is(err, tt.err) || out.Len() > 0 {
			t.Errorf("%s: error %v, %d bytes written", tt.name, err, out.Len())
		}
	}
}
