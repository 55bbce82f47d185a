package app

import (
	"jianzheng/shared/qr"
	"jianzheng/shared/reason"
	"jianzheng/shared/sequence"
)

// ScanAnswer is what was seen in a still image. Text is null without a code, and
// for one of several codes that belong together as long as others are missing.
type ScanAnswer struct {
	Text    *string      `json:"text"`
	Corners [][2]float64 `json:"corners,omitempty"` // px of the image
	Have    int          `json:"have"`              // parts that were seen
	Parts   int          `json:"parts"`             // that there are; 0 without any
}

// nothing is the answer for an image without a code.
var nothing = []byte(`{"text":null,"have":0,"parts":0}`)

// collect puts parts of a text together and passes on any other text. It is empty
// while parts are missing, and for a part that nothing comes of.
func (a *App) collect(text string) string {
	if !sequence.Is(text) {
		a.parts.Reset()
		return text
	}
	whole, err := a.parts.Add(text)
	if err != nil {
		return ""
	}
	return whole
}

// CollectRequest is a text that was typed, pasted or sent by a scanner.
type CollectRequest struct {
	Text string `json:"text"`
}

// CollectAnswer is the text as it stands or as its parts gave it; null while parts
// are missing.
type CollectAnswer struct {
	Text  *string `json:"text"`
	Have  int     `json:"have"`
	Parts int     `json:"parts"`
}

func (a *App) collectText(r CollectRequest) (CollectAnswer, error) {
	a.stained = true
	text := a.collect(r.Text)
	p := a.parts.Progress()
	if text == "" {
		return CollectAnswer{nil, p.Have, p.Of}, nil
	}
	return CollectAnswer{&text, p.Have, p.Of}, nil
}

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
	s := ScanAnswer{}
	if text := a.collect(symbol.Text); text != "" || !sequence.Is(symbol.Text) {
		s.Text = &text
	}
	p := a.parts.Progress()
	s.Have, s.Parts = p.Have, p.Of
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
	Seen    float32       `json:"seen"`  // 0 or 1
	Have    float32       `json:"have"`  // parts of a text that were seen, as in ScanAnswer
	Parts   float32       `json:"parts"` // that there are
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
		text = a.collect(symbol.Text)
		ok = text != "" || !sequence.Is(symbol.Text)
	} else {
		a.parts.Look()
	}
	p := a.parts.Progress()
	*seen = Sight{
		Module: float32(s.Module), Blur: float32(s.Blur), Smear: float32(s.Smear),
		Clipped: float32(s.Clipped), Light: float32(s.Light), Dark: float32(s.Dark),
		Have: float32(p.Have), Parts: float32(p.Of),
	}
	if s.Seen {
		seen.Seen = 1
	}
	for i, c := range s.Corners {
		seen.Corners[i] = [2]float32{float32(c.X), float32(c.Y)}
	}
	return text, ok
}
