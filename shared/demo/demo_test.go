package demo

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
	"jianzheng/shared/qr"
	"jianzheng/shared/register"
	"jianzheng/shared/status"
	"jianzheng/shared/trust"
)

var clock = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

// The public key that lies there ready belongs to the private one.
func TestInspector(t *testing.T) {
	k, err := register.GenerateKey(bytes.NewReader(InspectorSeed()))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(k.Public(), Inspector()) {
		t.Error("inspector.pub is of another key")
	}
}

func TestFilesComeBack(t *testing.T) {
	a, err := New(draws.New("authority"), clock)
	if err != nil {
		t.Fatal(err)
	}
	files, err := a.Files(clock)
	if err != nil {
		t.Fatal(err)
	}
	twin, err := New(draws.New("authority"), clock)
	if err != nil {
		t.Fatal(err)
	}
	again, err := twin.Files(clock)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		if !bytes.Equal(b, again[name]) {
			t.Errorf("%s differs between two authorities of one seed", name)
		}
	}
	back, err := Load(func(name string) ([]byte, error) {
		b, ok := files[name]
		if !ok {
			return nil, fmt.Errorf("no file %s", name)
		}
		return b, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !back.Anchor().Equal(a.Anchor()) || !back.Operator().Equal(a.Operator().Public()) {
		t.Error("keys came back different")
	}
	if _, err := Load(func(string) ([]byte, error) { return nil, errors.New("gone") }); err == nil {
		t.Error("loaded from nothing")
	}
}

func TestListsAreRenewed(t *testing.T) {
	a, err := New(draws.New("authority"), clock)
	if err != nil {
		t.Fatal(err)
	}
	first, err := a.Trust(clock)
	if err != nil {
		t.Fatal(err)
	}
	if same, _ := a.Trust(clock.Add(trustLife / 3)); !bytes.Equal(first, same) {
		t.Error("renewed before half of its life")
	}
	later := clock.Add(trustLife * 2 / 3)
	second, err := a.Trust(later)
	if err != nil {
		t.Fatal(err)
	}
	l, err := trust.Open(second, a.Anchor())
	if err != nil {
		t.Fatal(err)
	}
	old, err := trust.Open(first, a.Anchor())
	if err != nil {
		t.Fatal(err)
	}
	if l.Stale(later) || l.Newer(old.Sequence) != nil || l.Sequence == old.Sequence {
		t.Error("the renewed list is stale or not newer")
	}
}

func TestEverybodySaysDemo(t *testing.T) {
	a, err := New(draws.New("authority"), clock)
	if err != nil {
		t.Fatal(err)
	}
	phone, err := cwt.GenerateKey(cwt.ES256, nil, draws.New("phone"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range People() {
		if !strings.Contains(p.Zh, "演示") || !strings.Contains(p.En, "DEMO") {
			t.Errorf("%s is not marked", p.ID)
		}
		if _, err := a.IssueCard(p.ID, phone.Public(), draws.New("salts"), clock); err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
	}
	if _, err := a.IssueCard("nobody", phone.Public(), draws.New("salts"), clock); !errors.Is(err, ErrPerson) {
		t.Errorf("a card for nobody: %v", err)
	}
}

// A printed card fits a code of level M that a webcam reads, and no card of paper
// lives longer than verifiers take it for.
func TestPrintedCards(t *testing.T) {
	a, err := New(draws.New("authority"), clock)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range People() {
		text, err := a.IssuePrinted(p.ID, draws.New("places"), clock)
		if err != nil {
			t.Errorf("%s: %v", p.ID, err)
			continue
		}
		c, err := credential.Read(text)
		if err != nil {
			t.Errorf("%s: %v", p.ID, err)
			continue
		}
		if c.Family != credential.Printed || c.Expires.Sub(c.IssuedAt) > 2*365*day || p.ID != "altered" && c.Expires.Sub(c.IssuedAt) > 366*day {
			t.Errorf("%s: %v until %v", p.ID, c.IssuedAt, c.Expires)
		}
		if err := c.Peek(); err != nil || len(c.Person.Photo) == 0 || !strings.Contains(c.Person.Name, "演示") {
			t.Errorf("%s: %+v, %v", p.ID, c.Disclosed, err)
		}
		m, err := qr.Encode(text, qr.M)
		if err != nil {
			t.Fatal(err)
		}
		if m.Size > 17+4*22 {
			t.Errorf("%s: %d characters, %d modules a side", p.ID, len(text), m.Size)
		}
	}
	if _, err := a.IssuePrinted("nobody", draws.New("places"), clock); !errors.Is(err, ErrPerson) {
		t.Errorf("a card for nobody: %v", err)
	}
}

// A card that was reported is suspended in the next list, and no other.
func TestLosses(t *testing.T) {
	a, err := New(draws.New("authority"), clock)
	if err != nil {
		t.Fatal(err)
	}
	phone, err := cwt.GenerateKey(cwt.ES256, nil, draws.New("phone"))
	if err != nil {
		t.Fatal(err)
	}
	place := func(person, seed string) (uint64, string) {
		t.Helper()
		b, err := a.IssueCard(person, phone.Public(), draws.New(seed), clock)
		if err != nil {
			t.Fatal(err)
		}
		c, err := credential.ReadIssued(b)
		if err != nil {
			t.Fatal(err)
		}
		at, _, _, err := status.ReferenceFrom(c.Claims())
		if err != nil {
			t.Fatal(err)
		}
		ticket, err := a.LossTicket(c)
		if err != nil {
			t.Fatal(err)
		}
		return at, ticket
	}
	read := func(at uint64) uint8 {
		t.Helper()
		b, _, err := a.Status(1, clock)
		if err != nil {
			t.Fatal(err)
		}
		list, err := status.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := list.Verify(a.keys[keyStatus].Public()); err != nil {
			t.Fatal(err)
		}
		v, err := list.At(at)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	mine, ticket := place("valid", "one")
	other, _ := place("valid", "two")
	suspended, none := place("suspended", "one")
	if mine == other || none != "" || read(mine) != status.Valid || read(suspended) != status.Suspended {
		t.Fatalf("places %d and %d, ticket of the suspended %q", mine, other, none)
	}
	for _, lost := range []bool{true, true, false, true} {
		if err := a.ReportLoss(ticket, lost); err != nil {
			t.Fatal(err)
		}
		want := status.Valid
		if lost {
			want = status.Suspended
		}
		if read(mine) != want || read(other) != status.Valid || read(suspended) != status.Suspended {
			t.Errorf("lost %v: %d, the other %d", lost, read(mine), read(other))
		}
	}
	forged := "B" + ticket[1:]
	for _, bad := range []string{"", "AAAA", ticket + "A", forged, ticket[:26] + "!"} {
		if err := a.ReportLoss(bad, true); !errors.Is(err, ErrTicket) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
