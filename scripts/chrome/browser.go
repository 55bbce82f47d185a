package chrome

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// What [Options.Camera] may say instead of the path of a file.
const (
	NoCamera      = ""        // the machine has none
	DeniedCamera  = "denied"  // there is one and the person said no
	PendingCamera = "pending" // there is one and nobody answers the question
)

// patience is how long [Page.WaitFor] and page loads may take. It is a guard
// against waiting for ever on a busy machine, not a measure.
const patience = 30 * time.Second

// Options say what browser a test wants. The zero value is a light, Chinese
// browser on a counter's PC without a camera.
type Options struct {
	// Camera is the absolute path of a Y4M file that plays as the camera, again
	// and again, or one of [NoCamera], [DeniedCamera], [PendingCamera].
	// Chromium opens the file when a page starts the camera, so until then it
	// may be written.
	Camera        string
	Width, Height int    // CSS pixels; zero means 1366 by 768
	Dark          bool   // prefers-color-scheme: dark
	Lang          string // navigator.language; empty means zh-CN
	Profile       string // folder of the profile; empty means a fresh one

	// Hold changes the command that starts the browser, as to take it into a control
	// group; nil changes nothing.
	Hold func(*exec.Cmd)
	// Line is how far away the servers are.
	Line Line
}

// Line is what lies between the browser and all servers. The zero value is nothing.
type Line struct {
	Host    string        // loopback address of the far end; empty means 127.0.0.1
	Latency time.Duration // of a round trip: a request and the begin of its answer, or a new connection
}

// Browser is one running Chromium.
type Browser struct {
	t       testing.TB
	ctx     context.Context
	options Options
	proxy   *proxy
	quiet   quiet
	shell   bool // without a face: it asks nobody, so nobody can say no
	stop    func()
}

// Stop ends the browser before its test does, so that its profile can be used again.
func (b *Browser) Stop() { b.stop() }

// Start starts a browser that ends with the test.
func Start(t testing.TB, o Options) *Browser {
	t.Helper()
	if os.Getenv("SKIP_BROWSER") == "1" {
		t.Skip("SKIP_BROWSER=1: not run in a browser")
	}
	path, err := Find()
	if err != nil {
		t.Fatal(err)
	}
	if o.Width == 0 || o.Height == 0 {
		o.Width, o.Height = 1366, 768
	}
	if o.Lang == "" {
		o.Lang = "zh-CN"
	}
	if o.Profile == "" {
		o.Profile = t.TempDir()
	}
	b := &Browser{t: t, options: o, proxy: startProxy(t, o.Line)}
	options := flags(path, o, b.proxy.address())
	if o.Hold != nil {
		options = append(options, chromedp.ModifyCmdFunc(o.Hold))
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	b.ctx, _ = chromedp.NewContext(allocator, chromedp.WithErrorf(b.quiet.logf(t)))
	b.stop = sync.OnceFunc(func() {
		b.quiet.hush()
		// A graceful end first, so that the profile is written out.
		ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
		defer cancel()
		_ = chromedp.Cancel(ctx)
		stop()
	})
	t.Cleanup(b.stop)
	if err := chromedp.Run(b.ctx); err != nil {
		t.Fatalf("chrome: start %s: %v", path, err)
	}
	product, err := version(b.ctx)
	if err != nil {
		t.Fatalf("chrome: version of %s: %v", path, err)
	}
	b.shell = strings.HasPrefix(product, "HeadlessChrome/")
	return b
}

// flags are those under which a browser behaves the same everywhere and speaks
// only to the proxy, loopback addresses included.
func flags(path string, o Options, proxy string) []chromedp.ExecAllocatorOption {
	list := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.UserDataDir(o.Profile),
		chromedp.NoFirstRun,
		chromedp.Flag("headless", true),
		chromedp.Flag("no-sandbox", os.Geteuid() == 0), // Chromium refuses to run as root with it
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("enable-unsafe-swiftshader", true), // WebGL, in software
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-default-apps", true),
		chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("disable-client-side-phishing-detection", true),
		chromedp.Flag("disable-features", "NetworkTimeServiceQuerying,OptimizationHints,MediaRouter,Translate,AcceptCHFrame"),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("accept-lang", o.Lang),
		chromedp.Env("LC_ALL=" + strings.ReplaceAll(o.Lang, "-", "_") + ".UTF-8"), // for those that do not know the flag
		chromedp.Flag("proxy-server", proxy),
		chromedp.Flag("proxy-bypass-list", "<-loopback>"),
	}
	switch o.Camera {
	case NoCamera:
	case DeniedCamera, PendingCamera:
		list = append(list, chromedp.Flag("use-fake-device-for-media-stream", true))
	default:
		list = append(list,
			chromedp.Flag("use-fake-ui-for-media-stream", true), // answers every question with yes
			chromedp.Flag("use-fake-device-for-media-stream", true),
			chromedp.Flag("use-file-for-fake-video-capture", filepath.Clean(o.Camera)))
	}
	return list
}

// Version starts the browser at path and returns what it calls itself, as
// Chrome/156.0.7654.32. An old one says HeadlessChrome: it is headless_shell, for
// which newer have a mode of the browser itself.
func Version(path string) (string, error) {
	profile, err := os.MkdirTemp("", "version")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(profile)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), flags(path, Options{Lang: "en", Profile: profile}, "http://127.0.0.1:9")...)
	defer stop()
	ctx, end := chromedp.NewContext(allocator)
	defer end()
	if err := chromedp.Run(ctx); err != nil {
		return "", fmt.Errorf("chrome: start %s: %w", path, err)
	}
	return version(ctx)
}

// version asks the browser of a context.
func version(ctx context.Context) (string, error) {
	_, product, _, _, _, err := browser.GetVersion().Do(executor(ctx))
	return product, err
}

// executor speaks to the browser of a context, not to one of its tabs.
func executor(ctx context.Context) context.Context {
	return cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser)
}

// deny answers the camera question of every page with no.
func (b *Browser) deny() error {
	return browser.SetPermission(&browser.PermissionDescriptor{Name: "camera"}, browser.PermissionSettingDenied).Do(executor(b.ctx))
}

// Offline takes every network away from pages and workers, or gives it back.
// Pages hear of it as from a pulled cable.
func (b *Browser) Offline(offline bool) { b.proxy.setOffline(offline) }

// BlockSockets refuses WebSockets, as some proxies do, or lets them through again.
func (b *Browser) BlockSockets(block bool) { b.proxy.setBlocked(block) }

// Traffic lists what pages and workers have sent so far, in the order in which
// it began.
func (b *Browser) Traffic() []Request { return b.proxy.requests() }

// quiet stops logging at the end of a test, after which a test must not log.
type quiet struct {
	mu   sync.Mutex
	done bool
}

func (q *quiet) hush() {
	q.mu.Lock()
	q.done = true
	q.mu.Unlock()
}

func (q *quiet) logf(t testing.TB) func(string, ...any) {
	return func(format string, args ...any) {
		q.mu.Lock()
		defer q.mu.Unlock()
		if !q.done {
			t.Logf(format, args...)
		}
	}
}
