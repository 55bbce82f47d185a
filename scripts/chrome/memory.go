package chrome

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Memory is what a page or worker holds after its garbage was collected.
type Memory struct {
	// Strings are all strings of the JavaScript heap, cut after a thousand
	// characters as V8 writes them down.
	Strings []string
	// Buffers are the contents of every ArrayBuffer, and of the linear memory of
	// every WebAssembly module.
	Buffers [][]byte
}

// Memory collects the page's garbage and looks at what is left.
func (p *Page) Memory() Memory {
	p.t.Helper()
	m, err := memory(p.Context, func(action chromedp.Action) error { return p.try(action) })
	if err != nil {
		p.t.Fatalf("chrome: memory: %v", err)
	}
	return m
}

// Memory is [Page.Memory] for a worker. One that reads a camera does not come to it.
func (w *Worker) Memory() (m Memory) {
	w.page.t.Helper()
	m, err := memory(w.Context, func(action chromedp.Action) error {
		ctx, cancel := context.WithTimeout(w.Context, patience)
		defer cancel()
		return chromedp.Run(ctx, action)
	})
	if err != nil {
		w.page.t.Fatalf("chrome: memory of %s: %v", w.script, err)
	}
	return m
}

func memory(target context.Context, run func(chromedp.Action) error) (m Memory, err error) {
	err = run(chromedp.ActionFunc(func(ctx context.Context) error {
		// Once more for what finalizers and weak references let go.
		for range 3 {
			if err := heapprofiler.CollectGarbage().Do(ctx); err != nil {
				return err
			}
		}
		// The snapshot first: what is read of the buffers lands on the heap.
		if m.Strings, err = heapStrings(target, ctx); err != nil {
			return err
		}
		m.Buffers, err = buffers(ctx)
		return err
	}))
	return m, err
}

// heapStrings takes a heap snapshot and gives its strings.
func heapStrings(target, ctx context.Context) ([]string, error) {
	var mu sync.Mutex
	var text strings.Builder
	listening, stop := context.WithCancel(target)
	defer stop()
	chromedp.ListenTarget(listening, func(event any) {
		if e, ok := event.(*heapprofiler.EventAddHeapSnapshotChunk); ok {
			mu.Lock()
			text.WriteString(e.Chunk)
			mu.Unlock()
		}
	})
	if err := heapprofiler.TakeHeapSnapshot().Do(ctx); err != nil {
		return nil, err
	}
	mu.Lock()
	defer mu.Unlock()
	var snapshot struct{ Strings []string }
	err := json.Unmarshal([]byte(text.String()), &snapshot)
	return snapshot.Strings, err
}

// buffers reads all live ArrayBuffers, in pieces.
func buffers(ctx context.Context) (list [][]byte, err error) {
	prototype, _, err := runtime.Evaluate(`ArrayBuffer.prototype`).Do(ctx)
	if err != nil {
		return nil, err
	}
	all, err := runtime.QueryObjects(prototype.ObjectID).Do(ctx)
	if err != nil {
		return nil, err
	}
	defer runtime.ReleaseObject(all.ObjectID).Do(ctx)
	memories, err := linearMemories(ctx)
	if err != nil {
		return nil, err
	}
	for _, object := range []runtime.RemoteObjectID{all.ObjectID, memories} {
		for n := 0; ; n++ {
			b, err := buffer(ctx, object, n)
			if err != nil {
				return nil, err
			}
			if b == nil {
				break
			}
			list = append(list, b)
		}
	}
	return list, nil
}

// linearMemories are the buffers of the WebAssembly modules, which need not be
// among the others.
func linearMemories(ctx context.Context) (runtime.RemoteObjectID, error) {
	prototype, _, err := runtime.Evaluate(`WebAssembly.Memory.prototype`).Do(ctx)
	if err != nil {
		return "", err
	}
	all, err := runtime.QueryObjects(prototype.ObjectID).Do(ctx)
	if err != nil {
		return "", err
	}
	list, _, err := runtime.CallFunctionOn(`function () { return this.map((memory) => memory.buffer); }`).WithObjectID(all.ObjectID).Do(ctx)
	if err != nil {
		return "", err
	}
	return list.ObjectID, nil
}

// buffer reads the n-th of a list of ArrayBuffers; nil where the list ends.
func buffer(ctx context.Context, list runtime.RemoteObjectID, n int) (b []byte, err error) {
	const piece = 1 << 20
	b = []byte{}
	for at := 0; ; at += piece {
		part, _, err := runtime.CallFunctionOn(`function (n, at, piece) {
			const buffer = this[n];
			if (!buffer) return null;
			if (at >= buffer.byteLength) return '';
			const bytes = new Uint8Array(buffer, at, Math.min(piece, buffer.byteLength - at));
			let text = '';
			for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
			return btoa(text);
		}`).WithObjectID(list).WithReturnByValue(true).WithArguments([]*runtime.CallArgument{argument(n), argument(at), argument(piece)}).Do(ctx)
		if err != nil {
			return nil, err
		}
		var text *string
		if err := json.Unmarshal(part.Value, &text); err != nil {
			return nil, err
		}
		switch {
		case text == nil:
			return nil, nil
		case *text == "":
			return b, nil
		}
		bytes, err := base64.StdEncoding.DecodeString(*text)
		if err != nil {
			return nil, err
		}
		b = append(b, bytes...)
	}
}

func argument(n int) *runtime.CallArgument {
	b, _ := json.Marshal(n) // numbers never fail
	return &runtime.CallArgument{Value: b}
}
