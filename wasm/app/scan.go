package app

import (
	"jianzheng/shared/qr"
	"jianzheng/shared/reason"
)

// ScanAnswer is what was seen in a still image.
type ScanAnswer struct {
	Text    *string      `json:"text"`
	Corners [][2]float64 `json:"corners,omitempty"` // px of the image
}

// nothing is the answer for an image without a code.
var nothing = []byte(`{"text":null}`)

// Scan looks for a code in a still image of one byte of luma a pixel. Like Call
// it never panics.
func (a *App) Scan(pix []byte, width, height, stride int) (answer []byte) {
	defer func() {
		if p := recover(); p != nil {
			answer = failure(refuse(reason.EngineCrashed, "%v", p))
		}
	}()
	symbol, err := a.decoder.Decode(qr.Luma{Pix: pix, Width: width, Height: height, Stride: stride}, qr.Still)
	if err != nil {
		return nothing
	}
	a.stained = true
	s := ScanAnswer{Text: &symbol.Text}
	for _, c := range symbol.Corners {
		s.Corners = append(s.Corners, [2]float64{c.X, c.Y})
	}
	return encode(s)
}

// Sight is a [qr.Sight] as it lies in memory for the page: numbers of four
// bytes, one after another in this order. web/engine/sight.js reads them there.
type Sight struct {
	Corners [4][2]float32 `json:"corners"`
	Module  float32       `json:"module"`
	Blur    float32       `json:"blur"`
	Smear   float32       `json:"smear"`
	Clipped float32       `json:"clipped"`
	Light   float32       `json:"light"`
	Dark    float32       `json:"dark"`
	Seen    float32       `json:"seen"` // 0 or 1
}

// Watch looks for a code in the next frame of a video and says in *seen what the
// frame showed. It allocates nothing unless there is a text. ok is false without
// one; a fault of this program is a panic, for the caller to end the engine.
func (a *App) Watch(pix []byte, width, height, stride int, seen *Sight) (text string, ok bool) {
	l := qr.Luma{Pix: pix, Width: width, Height: height, Stride: stride}
	symbol, err := a.decoder.Decode(l, qr.Video)
	s := a.decoder.Sight(l)
	if err == nil {
		// Of several codes the outline is around the one that was read.
		s.Seen = true
		a.stained = true
		copy(s.Corners[:], symbol.Corners)
	}
	*seen = Sight{
		Module: float32(s.Module), Blur: float32(s.Blur), Smear: float32(s.Smear),
		Clipped: float32(s.Clipped), Light: float32(s.Light), Dark: float32(s.Dark),
	}
	if s.Seen {
		seen.Seen = 1
	}
	for i, c := range s.Corners {
		seen.Corners[i] = [2]float32{float32(c.X), float32(c.Y)}
	}
	return symbol.Text, err == nil
}
