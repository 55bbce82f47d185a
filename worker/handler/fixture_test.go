package handler

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
	"jianzheng/shared/policy"
	"jianzheng/worker/core"
	"jianzheng/worker/gate"
	"jianzheng/worker/mail"
	"jianzheng/worker/store"
)

// fixture is a handler on a memory store with a clock that stands still.
type fixture struct {
	config  Config
	handler http.Handler
	store   *brittle
	pages   string // folder
	log     *bytes.Buffer
	now     time.Time
}

// brittle is a store that can be made to fail.
type brittle struct {
	store.Store
	fails bool
}

var errDisk = errors.New("disk is gone")

func (b *brittle) Redeem(ctx context.Context, r store.Redemption) error {
	if b.fails {
		return errors.Join(store.ErrUnavailable, errDisk)
	}
	return b.Store.Redeem(ctx, r)
}

func (b *brittle) Ping(ctx context.Context) error {
	if b.fails {
		return errors.Join(store.ErrUnavailable, errDisk)
	}
	return b.Store.Ping(ctx)
}

// authority stands in for the demonstration authority.
type authority struct{ anchor *cwt.PrivateKey }

func (authority) Trust(time.Time) ([]byte, error)  { return []byte("trust list"), nil }
func (authority) Policy(time.Time) ([]byte, error) { return []byte("catalogue"), nil }
func (a authority) Anchor() *cwt.Key               { return a.anchor.Public() }

func (authority) Status(n int, _ time.Time) ([]byte, bool, error) {
	return []byte("status list"), n == 1, nil
}

func (authority) People() []Person {
	return []Person{{"valid", "演示·张三", "DEMO Zhang San", "有效的轻证", "a valid light card"}, {"broken", "演示·李四", "DEMO Li Si", "", ""}}
}

func (authority) IssueCard(person string, holder *cwt.Key, _ time.Time) ([]byte, error) {
	if person == "broken" {
		return nil, errDisk
	}
	return holder.MarshalCBOR()
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{
		store: &brittle{Store: store.NewMemory()},
		pages: t.TempDir(),
		log:   &bytes.Buffer{},
		now:   time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC),
	}
	key, err := cwt.GenerateKey(cwt.ES256, []byte("demo-op1"), draws.New("operator"))
	if err != nil {
		t.Fatal(err)
	}
	endpoint, err := core.New(core.Config{
		Operator: "https://jz.example", Key: key, Secret: bytes.Repeat([]byte{1}, challenge.MinSecretSize),
		Party: "demo-cafe", Parties: []core.Party{
			{ID: "demo-cafe", Name: "演示网吧 DEMO Internet café", Kind: "internet-cafe", Open: true},
			{ID: "demo-hotel", Name: "演示酒店 DEMO Hotel", Kind: "hotel", Open: true},
			{ID: "bank", Name: "演示银行 DEMO Bank", Kind: "bank", Origins: []string{"https://bank.example"}, Rate: core.Rate{PerMinute: 60, Burst: 4}},
		},
		Revoked: []string{"bank/desk-9"}, Purposes: policy.Default(),
		ResponseURI: "https://jz.example/v1/challenges",
	})
	if err != nil {
		t.Fatal(err)
	}
	f.addPages(t)
	root, err := os.OpenRoot(f.pages)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	lists := authority{key}
	f.config = Config{
		Endpoint: endpoint, Store: f.store, Mail: mail.New(func() time.Time { return f.now }), Lists: lists, Demo: lists, Pages: root.FS(),
		Party: Party{"demo-cafe", "演示网吧 DEMO Internet café"}, Purpose: "internet-cafe", Statuses: []string{"/v1/status/1"},
		Limiter: gate.NewBuckets(), ListMaxAge: time.Minute,
		Now: func() time.Time { return f.now }, Rand: draws.New("nonces"),
		Log: slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	f.remake(t, func(*Config) {})
	return f
}

// ticket makes an enrolment ticket for a terminal of the fixture's endpoint.
func (f *fixture) ticket(t testing.TB, party, terminal string) string {
	t.Helper()
	sealer, err := challenge.NewSealer(bytes.Repeat([]byte{1}, challenge.MinSecretSize))
	if err != nil {
		t.Fatal(err)
	}
	text, err := core.MakeTicket(sealer, core.Caller{Party: party, Terminal: terminal}, f.now, f.now.Add(core.TicketLife), draws.New(terminal))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// remake builds the handler again after a change of its configuration.
func (f *fixture) remake(t testing.TB, change func(*Config)) {
	t.Helper()
	change(&f.config)
	var err error
	if f.handler, err = New(f.config); err != nil {
		t.Fatal(err)
	}
}

// addPages writes pages, and files beside them that must not be given out.
func (f *fixture) addPages(t testing.TB) {
	t.Helper()
	built := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for name, content := range map[string]string{
		"index.html": "<title>staff</title>", "web/card/index.html": "<title>card</title>",
		"web/lib/flow.js": "export {}", "web/lib/old.mjs": "export {}", "web/styles/base.css": "body{}",
		"web/notes.txt": "notes", "web/.hidden.js": "hidden", "web/.git/config.json": "{}", "web/empty/readme.md": "no index",
		"dist/engine/engine.wasm": "\x00asm plain", "dist/engine/engine.wasm.br": "brotli", "dist/engine/engine.wasm.gz": "gzip",
		"engine/late.wasm":     "\x00asm of built pages",
		"web/stale.js":         "new",
		"web/stale.js.br":      "of an earlier build",
		"dist/server":          "binary",
		"dist/other/secret.js": "not engine",
		"data/secret":          "secret", "data/secret.json": "{}", "go.mod": "module", "package.json": "{}",
		"shared/reason/reason.go": "package reason", "worker/index.html": "no page",
	} {
		path := filepath.Join(f.pages, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		when := built
		if name == "web/stale.js" {
			when = built.Add(time.Hour)
		}
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
}
