package browsertest

import (
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"jianzheng/scripts/chrome"
)

// benchFrames is how many frames are measured.
const benchFrames = 200

// frameToVerdict runs in the page: an engine of its own, the camera, and for
// each frame the time from the frame's arrival to the verdict. The time at
// which the challenge was issued is handed in as the clock, so that one answer
// lasts for all frames.
const frameToVerdict = `(async (frames, challenge, now) => {
	const { Engine } = await import('/web/engine/client.js');
	const engine = await new Promise((done) => { const e = new Engine({ onReady: () => setTimeout(() => done(e)), onCrash: console.error }); });
	const text = async (url) => {
		const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
		return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
	};
	const config = await (await fetch('/config.json')).json();
	await engine.call('boot', {
		now, anchor: config.anchor, trust: await text('/v1/trust'), policy: await text('/v1/policy'),
		status: [await text(config.status[0])], party: config.party, demo: true, highest: 0,
	});
	await engine.call('challenge.adopt', { now, text: challenge });
	const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 } });
	const video = document.createElement('video');
	video.muted = true;
	video.srcObject = stream;
	await video.play();
	const took = [], scan = [];
	let missed = 0, reason = '', last = '';
	while (took.length < frames) {
		await new Promise((next) => video.requestVideoFrameCallback(next));
		const since = performance.now();
		const report = await engine.scanFrame(new VideoFrame(video));
		if (!report?.text) { if (++missed > 10 * frames) break; continue; }
		scan.push(performance.now() - since);
		const { result } = await engine.call('verify', { now, text: report.text, purpose: '' });
		took.push(performance.now() - since);
		reason = result.reason;
		last = report.text;
	}
	stream.getTracks().forEach((track) => track.stop());
	// The check alone, as the worker times it: the same answer again and again.
	const check = [];
	for (let i = 0; i < frames; i++) {
		await engine.call('verify', { now, text: last, purpose: '' });
		check.push(engine.took);
	}
	return { took, scan, check, missed, reason, memory: engine.memory, width: video.videoWidth };
})`

// BenchmarkFrameToVerdict measures, in Chromium at 1280 by 720, the time from a
// camera frame to the provisional verdict: copy, scan, parse, every signature.
func BenchmarkFrameToVerdict(b *testing.B) {
	server := chrome.StartServer(b)
	var issued struct {
		Challenge string
		Issued    string
	}
	if status := post(b, server.URL+"v1/challenges", map[string]string{"purpose": "internet-cafe"}, &issued); status != http.StatusCreated {
		b.Fatalf("challenge: status %d", status)
	}
	camera := filepath.Join(b.TempDir(), "camera.y4m")
	film(b, camera, newPhone(b, server).answer("valid", issued.Challenge))
	page := chrome.Start(b, chrome.Options{Camera: camera}).Open(server.URL + "web/card/")
	var got struct {
		Took, Scan, Check []float64

		Missed int
		Reason string
		Memory float64
		Width  int
	}
	for b.Loop() {
		page.Eval(frameToVerdict+"("+quoteJS(benchFrames)+", "+quoteJS(issued.Challenge)+", Date.parse("+quoteJS(issued.Issued)+") + 1000)", &got)
	}
	if got.Reason != "ok" || got.Width != 1280 || len(got.Took) != benchFrames {
		b.Fatalf("reason %q, width %d, %d frames", got.Reason, got.Width, len(got.Took))
	}
	for _, times := range [][]float64{got.Took, got.Scan, got.Check} {
		slices.Sort(times)
	}
	median := func(times []float64) float64 { return times[len(times)/2] }
	b.ReportMetric(0, "ns/op") // of the whole run: tells nothing
	b.ReportMetric(median(got.Check), "ms-verify-median")
	b.ReportMetric(median(got.Scan), "ms-scan-median")
	b.ReportMetric(median(got.Took), "ms-median")
	b.ReportMetric(got.Took[len(got.Took)*95/100], "ms-p95")
	b.ReportMetric(float64(got.Missed), "frames-missed")
	b.ReportMetric(got.Memory/(1<<20), "MB-engine")
}
