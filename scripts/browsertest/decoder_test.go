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

// breaking has the first instance of a WebAssembly module throw when it is to read.
const breaking = `(() => {
	const make = WebAssembly.instantiate;
	WebAssembly.instantiate = async (...all) => {
		WebAssembly.instantiate = make;
		const { exports } = await make(...all);
		return { exports: { ...exports, read: () => { throw new WebAssembly.RuntimeError('memory access out of bounds'); } } };
	};
})()`

// printedText is a text, and which squares of its symbol are dark.
const printedText = "DEMO 演示 见证"

func darkModules(t *testing.T) string {
	t.Helper()
	symbol, err := qr.Encode(printedText, qr.M)
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
	return "(" + quoteJS(symbol.Size) + ", " + quoteJS(dark) + ")"
}

// TestDecoderUnderPolicy loads decoder.js in a page of ours, under its content
// security policy with Trusted Types.
func TestDecoderUnderPolicy(t *testing.T) {
	server := chrome.StartServer(t)
	page := chrome.Start(t, chrome.Options{}).Open(server.URL + "web/card/")
	var got string
	page.Eval(readDrawing+darkModules(t), &got)
	if got != printedText {
		t.Errorf("read %q, want %q", got, printedText)
	}
}

// A decoder that broke down in a window reads again, where not at once then soon.
func TestDecoderComesBack(t *testing.T) {
	server := chrome.StartServer(t)
	page := chrome.Start(t, chrome.Options{}).Open(server.URL + "web/card/")
	page.Eval(breaking, nil)
	read := readDrawing + darkModules(t)
	page.Eval("("+read+").then((text) => { if (text !== null) throw new Error('it did not break') })", nil)
	page.WaitFor("(" + read + ").then((text) => text === " + quoteJS(printedText) + ")")
}
