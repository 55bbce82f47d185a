package browsertest

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"text/tabwriter"

	"jianzheng/scripts/chrome"
	"jianzheng/scripts/y4m"
	"jianzheng/shared/qr"
)

var cameraFrames = flag.Int("frames", 120, "frames that BenchmarkCamera measures of each way")

// cameraPage reads the camera by one way after another. For ours the time runs from
// when a frame is in hand to when its text is in the page, to the worker and back;
// for zxing-wasm, which works in the page itself, from the same frame through a
// canvas to the text. Both wait for a new picture each time.
const cameraPage = `<!doctype html><meta charset="utf-8"><title>camera</title><link rel="icon" href="data:,"><script type="module">
import { Engine } from '/web/engine/client.js';
import { prepareZXingModule, readBarcodes } from '/zxing/es/reader/index.js';

await prepareZXingModule({ overrides: { locateFile: (name) => '/zxing/reader/' + name }, fireImmediately: true });
const options = { formats: ['QRCode'], tryHarder: true, textMode: 'Plain', maxNumberOfSymbols: 1 };
const canvas = document.createElement('canvas');
const context = canvas.getContext('2d', { willReadFrequently: true });
const engine = await new Promise((done) => { const e = new Engine({ onReady: () => setTimeout(() => done(e)), onCrash: console.error }); });
const video = document.createElement('video');
video.muted = true;
const picture = () => new Promise((next) => video.requestVideoFrameCallback(next));

async function open() {
	video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 } });
	await video.play();
	await picture();
}

function close() {
	for (const track of video.srcObject.getTracks()) track.stop();
}

const ways = {
	async zxing() {
		const since = performance.now();
		canvas.width === video.videoWidth || Object.assign(canvas, { width: video.videoWidth, height: video.videoHeight });
		context.drawImage(video, 0, 0);
		const [symbol] = await readBarcodes(context.getImageData(0, 0, canvas.width, canvas.height), options);
		return { ms: performance.now() - since, text: symbol?.isValid ? symbol.text : null, rung: 'zxing' };
	},
	async one(first) {
		if (engine.firstRung !== first) engine.ladder(first);
		const since = performance.now();
		const { text, rung } = await engine.scanFrame(new VideoFrame(video));
		return { ms: performance.now() - since, text, rung };
	},
};

async function measure(way, frames) {
	const got = [];
	if (way === 'processor') {
		engine.ladder('processor');
		const { readable } = new MediaStreamTrackProcessor({ track: video.srcObject.getVideoTracks()[0].clone(), maxBufferSize: 1 });
		await new Promise((done, fail) => {
			const end = engine.follow(readable, {
				onFrame: ({ text, rung }, since) => {
					got.push({ ms: performance.now() - since, text, rung });
					if (got.length === frames) { end(); done(); }
				},
				onEnd: fail,
			});
		});
		return got;
	}
	while (got.length < frames) {
		await picture();
		got.push(await (way === 'zxing' ? ways.zxing() : ways.one(way)));
	}
	return got;
}
globalThis.camera = { open, close, measure };
</script>`

// cameraFrame is what one way said of one frame.
type cameraFrame struct {
	MS   float64
	Text *string
	Rung string
}

// BenchmarkCamera measures, in Chromium at 1280 by 720, a camera's frame to its text:
// each rung of our ladder, and zxing-wasm behind a canvas, by turns in one page.
func BenchmarkCamera(b *testing.B) {
	chrome.Build(b)
	root, err := chrome.Root()
	if err != nil {
		b.Fatal(err)
	}
	peer := filepath.Join(root, "node_modules", "zxing-wasm", "dist")
	if _, err := os.Stat(peer); err != nil {
		b.Fatalf("zxing-wasm is not installed: npm ci (%v)", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, cameraPage)
	})
	for folder, at := range map[string]string{"/web/": filepath.Join(root, "web"), "/dist/": filepath.Join(root, "dist"), "/zxing/": peer} {
		mux.Handle("GET "+folder, http.StripPrefix(folder, http.FileServer(http.Dir(at))))
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// An isolated page has a clock of 5 µs instead of 100.
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		mux.ServeHTTP(w, r)
	}))
	b.Cleanup(server.Close)
	const code = "KB1:DEMO CAMERA "
	text := code + string(bytes.Repeat([]byte("0123456789ABCDEF/:"), 58))
	symbol, err := qr.Encode(text, qr.M)
	if err != nil {
		b.Fatal(err)
	}
	camera := filepath.Join(b.TempDir(), "camera.y4m")
	for b.Loop() {
		var table bytes.Buffer
		out := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(out, "camera\tway\tread\tmedian ms\tp95 ms\tratio\t")
		for _, scene := range []struct {
			name   string
			symbol *qr.Modules
			want   string
		}{{fmt.Sprintf("%d-%v", symbol.Version, symbol.Level), symbol, text}, {"no code", nil, ""}} {
			filmOf(b, camera, scene.symbol)
			page := chrome.Start(b, chrome.Options{Camera: camera}).Open(server.URL)
			page.Allow("GPU stall due to ReadPixels") // WebGL in software says so
			page.WaitFor("globalThis.camera")
			page.Eval("camera.open()", nil)
			times, read := map[string][]float64{}, map[string]int{}
			const turns = 2
			for turn := range turns + 1 {
				for _, way := range []string{"processor", "zxing", "frame", "webgl", "canvas"} {
					var frames []cameraFrame
					page.Eval(fmt.Sprintf("camera.measure(%q, %d)", way, *cameraFrames/turns), &frames)
					if turn == 0 {
						continue // to warm up
					}
					for _, f := range frames {
						if f.Rung != way {
							b.Fatalf("%s was read by %s", way, f.Rung)
						}
						if f.Text != nil && *f.Text != scene.want {
							b.Fatalf("%s: wrong text", way)
						}
						if f.Text != nil {
							read[way]++
						}
						if f.Text != nil || scene.symbol == nil {
							times[way] = append(times[way], f.MS)
						}
					}
				}
			}
			page.Eval("camera.close()", nil)
			for _, way := range []string{"processor", "frame", "webgl", "canvas", "zxing"} {
				name := way
				if way == "zxing" {
					name = "canvas + zxing-wasm 3.1.4"
				}
				fmt.Fprintf(out, "%s\t%s\t%d of %d\t%.2f\t%.2f\t%.2f\t\n", scene.name, name, read[way], *cameraFrames/turns*turns,
					quantile(times[way], 0.5), quantile(times[way], 0.95), quantile(times[way], 0.5)/quantile(times["zxing"], 0.5))
			}
		}
		out.Flush()
		fmt.Printf("\ncamera of 1280×720 to text in Chromium, times of frames that were read; ratio of medians to zxing-wasm's\n%s", &table)
	}
	b.ReportMetric(0, "ns/op") // of the whole run: tells nothing
}

// filmOf writes eight frames of a webcam that sees a symbol, or none.
func filmOf(b *testing.B, file string, symbol *qr.Modules) {
	b.Helper()
	var frames []*image.Gray
	for i := range uint64(8) {
		frames = append(frames, y4m.Frame(symbol, y4m.Webcam(200+i)))
	}
	out, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	if err := y4m.Write(out, frames, 30); err != nil {
		b.Fatal(err)
	}
}
