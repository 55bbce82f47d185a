package chrome

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Worker is a Web Worker of a page.
type Worker struct {
	// Context is the worker for chromedp's own actions.
	Context context.Context

	page   *Page
	script string // its address
}

// Worker waits for a worker that runs a script of this name, and gives the newest.
func (p *Page) Worker(script string) *Worker {
	p.t.Helper()
	return p.await(script, nil)
}

// Next waits for one that the page has started in this one's place.
func (w *Worker) Next() *Worker {
	w.page.t.Helper()
	return w.page.await(w.script, w)
}

func (p *Page) await(script string, after *Worker) *Worker {
	p.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if w := p.newest(script); w != nil && w != after {
			return w
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("chrome: no worker runs %s", script)
		}
	}
}

func (p *Page) newest(script string) *Worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range slices.Backward(p.workers) {
		if strings.HasSuffix(w.script, script) {
			return w
		}
	}
	return nil
}

// Run runs actions in the worker and fails the test if one fails.
func (w *Worker) Run(actions ...chromedp.Action) {
	w.page.t.Helper()
	ctx, cancel := context.WithTimeout(w.Context, patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		w.page.t.Fatalf("chrome: %s: %v", w.script, err)
	}
}

// Eval evaluates a JavaScript expression in the worker's global scope, as
// [Page.Eval] does in the page's.
func (w *Worker) Eval(expression string, result any) {
	w.page.t.Helper()
	if result == nil {
		var ignored *runtime.RemoteObject
		result = &ignored
	}
	w.Run(chromedp.Evaluate(expression, result))
}
