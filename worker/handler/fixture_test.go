package handler

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
	"jianzheng/worker/conform"
	"jianzheng/worker/core"
	"jianzheng/worker/gate"
	"jianzheng/worker/mail"
	"jianzheng/worker/store"
)

// fixture is a handler on a memory store with a clock that stands still.
type fixture struct {
	site    *conform.Site
	config  Config
	handler http.Handler
	store   *brittle
	pages   string // folder
	lost    map[string]bool
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
type authority struct {
	site *conform.Site
	lost map[string]bool
}

func (a authority) Trust(time.Time) ([]byte, error)  { return a.site.Trust, nil }
func (a authority) Policy(time.Time) ([]byte, error) { return a.site.Policy, nil }
func (a authority) Anchor() *cwt.Key                 { return a.site.Anchor.Public() }

func (a authority) Status(n int, _ time.Time) ([]byte, bool, error) {
	return a.site.Status, n == 1, nil
}

func (authority) People() []Person {
	return []Person{{"valid", "演示·张三", "DEMO Zhang San", "有效的轻证", "a valid light card"}, {"broken", "演示·李四", "DEMO Li Si", "", ""}}
}

func (authority) IssueCard(person string, holder *cwt.Key, _ time.Time) (Issued, error) {
	if person == "broken" {
		return Issued{}, errDisk
	}
	b, err := holder.MarshalCBOR()
	return Issued{Card: b, Loss: goodTicket}, err
}

func (authority) IssuePrinted(person string, _ time.Time) (Issued, error) {
	if person == "broken" {
		return Issued{}, errDisk
	}
	return Issued{Text: "ID1:" + strings.ToUpper(person), Loss: goodTicket}, nil
}

// Tickets of losses: one that is known and one with which the authority fails.
const (
	goodTicket   = "AAAA"
	brokenTicket = "BBBB"
)

func (a authority) ReportLoss(ticket string, lost bool) (bool, error) {
	if ticket == brokenTicket {
		return false, errDisk
	}
	a.lost[ticket] = lost
	return ticket == goodTicket, nil
}

func (authority) Inspector() []byte { return []byte("inspector") }

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{
		store: &brittle{Store: store.NewMemory()},
		pages: t.TempDir(),
		log:   &bytes.Buffer{},
		now:   time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC),
	}
	f.site = conform.NewSite(t, f.now)
	endpoint, err := core.New(f.site.Core())
	if err != nil {
		t.Fatal(err)
	}
	conform.WritePages(t, f.pages)
	root, err := os.OpenRoot(f.pages)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	lists := authority{f.site, map[string]bool{}}
	f.lost = lists.lost
	f.config = Config{
		Endpoint: endpoint, Store: f.store, Mail: mail.New(func() time.Time { return f.now }), Lists: lists, Demo: lists, Losses: lists, Pages: root.FS(),
		Party: Party{"demo-cafe", "演示网吧 DEMO Internet café"}, Purpose: f.site.Settings.Purpose, Statuses: []string{"/v1/status/1"},
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
	return f.site.Ticket(t, core.Caller{Party: party, Terminal: terminal}, f.now, draws.New(terminal))
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
