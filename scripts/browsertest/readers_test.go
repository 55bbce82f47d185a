package browsertest

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/andybalholm/brotli"

	"jianzheng/scripts/chrome"
	"jianzheng/shared/qr"
)

var (
	corpora = flag.String("corpus", "", "directories of labelled images, separated by spaces, for BenchmarkReaders")
	rounds  = flag.Int("rounds", 5, "how often BenchmarkReaders times each image")
	results = flag.String("results", "", "`file` for what BenchmarkReaders measured of each image, as JSON")
	listed  = flag.Bool("list", false, "BenchmarkReaders lists the images that only one of both reads")
)

//go:embed readers.js
var readersJS []byte

// readersPage starts a worker and hands it one task at a time.
const readersPage = `<!doctype html><meta charset="utf-8"><title>readers</title><link rel="icon" href="data:,"><script>
const start = () => new Worker('/readers.js', { type: 'module' });
const ask = (worker, task) => new Promise((resolve, reject) => {
	worker.onerror = (event) => reject(new Error(event.message));
	worker.onmessage = ({ data }) => data.fault ? reject(new Error(data.fault)) : resolve(data.result);
	worker.postMessage(task);
});
const worker = start();
const cold = async (task) => {
	const fresh = start();
	try { return await ask(fresh, { ...task }); } finally { fresh.terminate(); }
};
</script>`

// answer is what a reader said of an image, and the median time it took.
type answer struct {
	Text *string
	MS   float64
}

// pair is what both readers said of one image, as RGBA and as luma. Video is
// ours for the image as the next frame of a stream, which has a peer only in
// the still luma of the other.
type pair struct {
	image         labelled
	Width, Height int
	Ours          answer `json:"ours_rgba"`
	Zxing         answer `json:"zxing_rgba"`
	OursLuma      answer `json:"ours_luma"`
	ZxingLuma     answer `json:"zxing_luma"`
	Video         answer `json:"ours_video"`
}

// BenchmarkReaders reads every image of the corpora in Chromium with our decoder
// and with zxing-wasm, by turns and from the same pixels, and prints a table.
func BenchmarkReaders(b *testing.B) {
	if *corpora == "" {
		b.Skip("no images: make bench-qr names them")
	}
	chrome.Build(b)
	root, err := chrome.Root()
	if err != nil {
		b.Fatal(err)
	}
	engine, peer := filepath.Join(root, "dist", "engine"), filepath.Join(root, "node_modules", "zxing-wasm", "dist")
	if _, err := os.Stat(peer); err != nil {
		b.Fatalf("zxing-wasm is not installed: npm ci (%v)", err)
	}
	var sets []corpus
	for _, dir := range strings.Fields(*corpora) {
		c, err := readCorpus(dir)
		if err != nil {
			b.Fatal(err)
		}
		sets = append(sets, c)
	}
	server := serveReaders(b, engine, peer, sets)
	page := chrome.Start(b, chrome.Options{}).Open(server.URL)
	for b.Loop() {
		var table bytes.Buffer
		out := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
		writeHead(out)
		var notes []string
		var all [][]pair
		for i, c := range sets {
			pairs := make([]pair, len(c.images))
			for k, image := range c.images {
				page.Eval(fmt.Sprintf("ask(worker, { task: 'compare', url: '/image/%d/%d', rounds: %d })", i, k, *rounds), &pairs[k])
				pairs[k].image = image
				notes = append(notes, remarks(c.name, pairs[k])...)
			}
			writeCorpus(out, c.name, pairs)
			all = append(all, pairs)
		}
		writeSums(out, slices.Concat(all...))
		out.Flush()
		fmt.Printf("\nour decoder and zxing-wasm 3.1.4 in Chromium, median of %d rounds per image; a ratio is the median of ours/theirs per image:\n"+
			"RGBA, luma (theirs as PGM), and ours as a frame of a video against their luma\n%s", *rounds, &table)
		for _, note := range notes {
			fmt.Println(note)
		}
		for i, pairs := range all {
			writeClips(sets[i].name, pairs, page, i)
		}
		writeCold(b, page)
		writeMemory(page)
		writeBytes(b, engine, peer)
		if *results != "" {
			if err := writeResults(*results, sets, all); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(0, "ns/op") // of the whole run: tells nothing
}

// serveReaders serves the page, both readers and the images, image k of corpus i
// as /image/i/k. Nothing may be cached, so that a cold start is one.
func serveReaders(b *testing.B, engine, peer string, sets []corpus) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, readersPage)
	})
	mux.HandleFunc("GET /readers.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Write(readersJS)
	})
	mux.Handle("GET /engine/", http.StripPrefix("/engine", http.FileServer(http.Dir(engine))))
	mux.Handle("GET /zxing/", http.StripPrefix("/zxing", http.FileServer(http.Dir(peer))))
	cold := drawCold(b)
	mux.HandleFunc("GET /cold.png", func(w http.ResponseWriter, _ *http.Request) { w.Write(cold) })
	mux.HandleFunc("GET /image/{corpus}/{image}", func(w http.ResponseWriter, r *http.Request) {
		var i, k int
		_, err := fmt.Sscan(r.PathValue("corpus")+" "+r.PathValue("image"), &i, &k)
		if err != nil || i < 0 || i >= len(sets) || k < 0 || k >= len(sets[i].images) {
			http.NotFound(w, r)
			return
		}
		http.ServeFile(w, r, sets[i].images[k].path)
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// An isolated page has a clock of 5 µs instead of 100.
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		w.Header().Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	}))
	b.Cleanup(server.Close)
	return server
}

// coldStarts is how many workers each reader is started in.
const coldStarts = 41

// coldText is on the first image that a fresh worker reads.
const coldText = "CH1:DEMO COLD START 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789"

// drawCold returns an image of coldText as PNG.
func drawCold(b *testing.B) []byte {
	b.Helper()
	symbol, err := qr.Encode(coldText, qr.M)
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, symbol.Image(6, 4)); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// writeCold prints the time from nothing loaded to the first text.
func writeCold(b *testing.B, page *chrome.Page) {
	times := map[string][]float64{}
	for range coldStarts {
		for _, name := range []string{"ours", "zxing"} {
			var a answer
			page.Eval("cold({ task: 'cold', url: '/cold.png', name: "+quoteJS(name)+" })", &a)
			if a.Text == nil || *a.Text != coldText {
				b.Fatalf("cold start: %s did not read the drawing", name)
			}
			times[name] = append(times[name], a.MS)
		}
	}
	fmt.Printf("\ncold start to the first text, median of %d fresh workers: ours %.1f ms, zxing-wasm %.1f ms\n",
		coldStarts, quantile(times["ours"], 0.5), quantile(times["zxing"], 0.5))
}

// writeMemory prints what each reader holds after frames of 1080p.
func writeMemory(page *chrome.Page) {
	var got struct{ Ours, Zxing float64 }
	page.Eval("cold({ task: 'memory', url: '/cold.png', width: 1920, height: 1080 })", &got)
	fmt.Printf("memory after frames of 1920×1080: ours %.1f MiB, zxing-wasm %.1f MiB\n", got.Ours/(1<<20), got.Zxing/(1<<20))
}

// writeBytes prints what each reader makes a page load.
func writeBytes(b *testing.B, engine, peer string) {
	for _, reader := range []struct {
		name  string
		files []string
	}{
		{"ours", []string{filepath.Join(engine, "decoder.wasm"), filepath.Join(engine, "decoder.js"), filepath.Join(engine, "wasm_exec.js")}},
		{"zxing-wasm", []string{filepath.Join(peer, "reader", "zxing_reader.wasm"), filepath.Join(peer, "es", "reader", "index.js"), filepath.Join(peer, "es", "share.js")}},
	} {
		raw, packed := 0, 0
		for _, name := range reader.files {
			data, err := os.ReadFile(name)
			if err != nil {
				b.Fatal(err)
			}
			var out bytes.Buffer
			w := brotli.NewWriterLevel(&out, brotli.BestCompression)
			w.Write(data) // into memory: cannot fail
			w.Close()
			raw, packed = raw+len(data), packed+out.Len()
		}
		fmt.Printf("bytes of %-10s raw %8d, brotli %7d\n", reader.name, raw, packed)
	}
}

// quantile returns the value below which the share q of values lies.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
