package browsertest

import (
	"testing"

	"jianzheng/scripts/chrome"
	"jianzheng/shared/qr"
)

// readDrawing runs in a page: it draws modules on a canvas and gives what
// decoder.js reads there.
const readDrawing = `(async (size, dark) => {
	const { init, decode } = await import('/dist/engine/decoder.js');
	await init();
	const scale = 4, side = (size + 8) * scale;
	const context = new OffscreenCanvas(side, side).getContext('2d');
	context.fillStyle = '#fff';
	context.fillRect(0, 0, side, side);
	context.fillStyle = '#000';
	for (const [x, y] of dark) context.fillRect((x + 4) * scale, (y + 4) * scale, scale, scale);
	return decode(context.getImageData(0, 0, side, side).data, side, side);
})`

// TestDecoderUnderPolicy loads decoder.js in a page of ours, under its content
// security policy with Trusted Types.
func TestDecoderUnderPolicy(t *testing.T) {
	server := chrome.StartServer(t)
	const want = "DEMO 演示 见证"
	symbol, err := qr.Encode(want, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	var dark [][2]int
	for y := range symbol.Size {
		for x := range symbol.Size {
			if symbol.At(x, y) {
				dark = append(dark, [2]int{x, y})
			}
		}
	}
	page := chrome.Start(t, chrome.Options{}).Open(server.URL + "web/card/")
	var got string
	page.Eval(readDrawing+"("+quoteJS(symbol.Size)+", "+quoteJS(dark)+")", &got)
	if got != want {
		t.Errorf("read %q, want %q", got, want)
	}
}
