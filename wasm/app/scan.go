package app

import (
	"jianzheng/shared/qr"
	"jianzheng/shared/reason"
)

// ScanAnswer is what was seen in a frame.
type ScanAnswer struct {
	Text    *string      `json:"text"`
	Corners [][2]float64 `json:"corners,omitempty"` // px of the frame
}

// nothing is the answer for a frame without a code, which is most of them.
var nothing = []byte(`{"text":null}`)

// Scan looks for a code in a luma frame of one byte a pixel. A still image gets
// more time than a frame of a video. Like Call it never panics.
func (a *App) Scan(pix []byte, width, height, stride int, still bool) (answer []byte) {
	defer func() {
		if p := recover(); p != nil {
			answer = failure(refuse(reason.EngineCrashed, "%v", p))
		}
	}()
	mode := qr.Video
	if still {
		mode = qr.Still
	}
	symbol, err := a.decoder.Decode(qr.Luma{Pix: pix, Width: width, Height: height, Stride: stride}, mode)
	if err != nil {
		return nothing
	}
	s := ScanAnswer{Text: &symbol.Text}
	for _, c := range symbol.Corners {
		s.Corners = append(s.Corners, [2]float64{c.X, c.Y})
	}
	return encode(s)
}
