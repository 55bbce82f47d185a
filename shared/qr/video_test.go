package qr_test

import (
	"fmt"
	"image"
	"runtime"
	"slices"
	"testing"
	"time"

	"jianzheng/scripts/y4m"
	"jianzheng/shared/qr"
)

// answer is a text of n characters in the alphabet of Base45, as a presentation has.
func answer(n int) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	b := []byte("KB1:")
	for x := uint32(7); len(b) < n; {
		x = x*1664525 + 1013904223
		b = append(b, alphabet[x>>16%45])
	}
	return string(b)
}

// scenes are what the camera may see, eight frames each.
var scenes = []struct {
	name   string
	chars  int // 0: no code
	level  qr.Level
	module float64 // pixels, 0 for three quarters of the height
}{
	{"challenge", 550, qr.M, 0},
	{"answer19L", 1074, qr.L, 0},
	{"answer22M", 1074, qr.M, 0},
	{"small22M", 1074, qr.M, 3},
	{"none", 0, 0, 0},
}

func sceneFrames(tb testing.TB, chars int, level qr.Level, module float64) []*image.Gray {
	tb.Helper()
	var m *qr.Modules
	if chars > 0 {
		var err error
		if m, err = qr.Encode(answer(chars), level); err != nil {
			tb.Fatal(err)
		}
	}
	frames := make([]*image.Gray, 8)
	for i := range frames {
		opt := y4m.Webcam(uint64(100 + i))
		opt.Module = module
		frames[i] = y4m.Frame(m, opt)
	}
	return frames
}

// TestVideo reads each scene as a stream. At least seven frames of eight must be
// read, and nothing from an empty screen.
func TestVideo(t *testing.T) {
	for _, scene := range scenes {
		t.Run(scene.name, func(t *testing.T) {
			d := qr.NewDecoder()
			read := 0
			for i, f := range sceneFrames(t, scene.chars, scene.level, scene.module) {
				s, err := d.Decode(qr.FromImage(f), qr.Video)
				switch {
				case err == nil && s.Text == answer(scene.chars):
					read++
				case err != qr.ErrNone:
					t.Errorf("frame %d: error %v, %d characters", i, err, len(s.Text))
				}
			}
			if want := 7; scene.chars > 0 && read < want {
				t.Errorf("read %d of 8 frames, want %d", read, want)
			}
		})
	}
}

// BenchmarkVideoFrame720p measures one frame to text, the frame being luma in
// memory. It reports the median and the 95th percentile of a frame in ns, and
// the memory that the whole process has from the system in MB.
func BenchmarkVideoFrame720p(b *testing.B) {
	for _, scene := range scenes {
		b.Run(scene.name, func(b *testing.B) {
			frames := sceneFrames(b, scene.chars, scene.level, scene.module)
			d := qr.NewDecoder()
			read := 0
			var took []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				start := time.Now()
				if _, err := d.Decode(qr.FromImage(frames[len(took)%len(frames)]), qr.Video); err == nil {
					read++
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2]), "median-ns")
			b.ReportMetric(float64(took[len(took)*95/100]), "p95-ns")
			b.ReportMetric(100*float64(read)/float64(len(took)), "%read")
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.Sys)/(1<<20), "sys-MB")
		})
	}
}

func ExampleEncode() {
	m, err := qr.Encode("CH1:EXAMPLE", qr.M)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := qr.NewDecoder().Decode(qr.FromImage(m.Image(4, 4)), qr.Still)
	fmt.Println(s.Text, s.Version, err)
	// Output: CH1:EXAMPLE 1 <nil>
}

// BenchmarkEncode draws a challenge and the largest answer.
func BenchmarkEncode(b *testing.B) {
	for _, scene := range scenes[:3] {
		b.Run(scene.name, func(b *testing.B) {
			text := answer(scene.chars)
			for b.Loop() {
				if _, err := qr.Encode(text, scene.level); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
