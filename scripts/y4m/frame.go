// Package y4m makes camera files for tests and benchmarks: frames as a webcam
// would see a phone that shows a QR code, and the file format (YUV4MPEG2) that
// Chromium plays as a camera with --use-file-for-fake-video-capture.
//
// The same options give the same pixels.
package y4m

import (
	"image"
	"math"
	"math/rand/v2"

	"jianzheng/shared/qr"
)

// FrameOptions says how a frame is drawn. The zero value is an upright, sharp
// picture without noise, 1280×720, the symbol three quarters as high as the frame.
type FrameOptions struct {
	Width, Height    int     // pixels, both even; 0 is 1280 and 720
	Module           float64 // pixels a module, before tilt; 0 chooses by the height
	Yaw, Pitch, Roll float64 // radians, of the phone
	DX, DY           float64 // pixels, of the symbol's centre from the frame's
	Blur             float64 // standard deviation in pixels
	Noise            float64 // standard deviation in grey levels
	Inverted         bool    // the phone shows light modules on dark
	Seed             uint64  // of the noise
}

// Webcam is the usual picture: held by hand a little askew, slightly out of
// focus, noisy. seed varies the noise and the hand.
func Webcam(seed uint64) FrameOptions {
	r := rand.New(rand.NewPCG(seed, 1))
	about := func(x float64) float64 { return x * (2*r.Float64() - 1) }
	return FrameOptions{
		Yaw: about(0.12), Pitch: about(0.12), Roll: about(0.1), DX: about(40), DY: about(10),
		Blur: 0.6, Noise: 4, Seed: seed,
	}
}

// Grey levels of the scene, inside the range of video luma (16 to 235).
const (
	deskLevel  = 140
	phoneLevel = 40
	lightLevel = 225
	darkLevel  = 35
)

// Frame draws a phone on a grey desk, showing a symbol with its quiet zone. With
// no symbol (nil) its screen is empty.
func Frame(m *qr.Modules, opt FrameOptions) *image.Gray {
	w, h := opt.Width, opt.Height
	if w == 0 || h == 0 {
		w, h = 1280, 720
	}
	const quiet = 4
	size := 57.0 // modules; the room of an empty screen
	if m != nil {
		size = float64(m.Size)
	}
	module := opt.Module
	if module == 0 {
		module = 0.75 * float64(h) / size
	}
	toPlane := camera(opt, w, h)
	screen := (size/2 + quiet) * module // half the width of the symbol with its quiet zone
	level := func(x, y float64) float64 {
		u, v := toPlane(x, y)
		ax, ay := math.Abs(u), math.Abs(v)
		switch {
		case ax > screen*1.12 || ay > screen*1.5:
			return deskLevel + 25*(x/float64(w)-y/float64(h)) // light from one side
		case ax > screen*1.05 || ay > screen*1.4:
			return phoneLevel
		}
		dark := false
		if m != nil {
			dark = m.At(int(math.Floor(u/module+size/2)), int(math.Floor(v/module+size/2)))
		}
		if dark != opt.Inverted {
			return darkLevel
		}
		return lightLevel
	}
	pix := make([]float32, w*h)
	for y := range h {
		for x := range w {
			fx, fy := float64(x), float64(y)
			pix[y*w+x] = float32(level(fx+0.25, fy+0.25)+level(fx+0.75, fy+0.25)+
				level(fx+0.25, fy+0.75)+level(fx+0.75, fy+0.75)) / 4
		}
	}
	blur(pix, w, h, opt.Blur)
	r := rand.New(rand.NewPCG(opt.Seed, 2))
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i, v := range pix {
		if opt.Noise > 0 {
			v += float32(r.NormFloat64() * opt.Noise)
		}
		img.Pix[i] = byte(min(max(v+0.5, 16), 235))
	}
	return img
}

// camera returns the mapping from pixels to the plane of the screen, in pixels
// from the symbol's centre as if it were upright, for a camera whose focal
// length is 1.2 frame widths.
func camera(opt FrameOptions, w, h int) func(x, y float64) (u, v float64) {
	f := 1.2 * float64(w)
	sy, cy := math.Sincos(opt.Yaw)
	sp, cp := math.Sincos(opt.Pitch)
	sr, cr := math.Sincos(opt.Roll)
	// The screen's axes in space: roll first, then pitch, then yaw.
	ux, uy, uz := cr*cy+sr*sp*sy, sr*cp, -cr*sy+sr*sp*cy
	vx, vy, vz := -sr*cy+cr*sp*sy, cr*cp, sr*sy+cr*sp*cy
	cx, cyy := float64(w)/2+opt.DX, float64(h)/2+opt.DY
	return func(x, y float64) (u, v float64) {
		// f·(u·ux + v·vx) = px·(f + u·uz + v·vz), and the same in y.
		px, py := x-cx, y-cyy
		a, b := f*ux-px*uz, f*vx-px*vz
		c, d := f*uy-py*uz, f*vy-py*vz
		det := a*d - b*c
		return (px*f*d - b*py*f) / det, (a*py*f - px*f*c) / det
	}
}

// blur is a Gaussian, cut off at three standard deviations.
func blur(pix []float32, w, h int, sigma float64) {
	if sigma <= 0 {
		return
	}
	reach := int(math.Ceil(3 * sigma))
	kernel := make([]float32, 2*reach+1)
	var sum float32
	for i := range kernel {
		d := float64(i - reach)
		kernel[i] = float32(math.Exp(-d * d / (2 * sigma * sigma)))
		sum += kernel[i]
	}
	line := make([]float32, max(w, h))
	pass := func(start, step, n int) {
		for i := range n {
			var s float32
			for k, weight := range kernel {
				s += weight * pix[start+min(max(i+k-reach, 0), n-1)*step]
			}
			line[i] = s / sum
		}
		for i := range n {
			pix[start+i*step] = line[i]
		}
	}
	for y := range h {
		pass(y*w, 1, w)
	}
	for x := range w {
		pass(x, w, h)
	}
}
