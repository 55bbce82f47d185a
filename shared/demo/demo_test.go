package demo

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/trust"
)

var clock = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

type draws struct{ n uint32 }

func (d *draws) Read(p []byte) (int, error) {
	for i := range p {
		if i%sha256.Size == 0 {
			h := sha256.Sum256(fmt.Append(nil, d.n))
			d.n++
			copy(p[i:], h[:])
		}
	}
	return len(p), nil
}

func TestFilesComeBack(t *testing.T) {
	a, err := New(&draws{}, clock)
	if err != nil {
		t.Fatal(err)
	}
	files, err := a.Files(clock)
	if err != nil {
		t.Fatal(err)
	}
	twin, err := New(&draws{}, clock)
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
	a, err := New(&draws{}, clock)
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
	a, err := New(&draws{}, clock)
	if err != nil {
		t.Fatal(err)
	}
	phone, err := cwt.GenerateKey(cwt.ES256, nil, &draws{n: 99})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range People() {
		if !strings.Contains(p.Zh, "演示") || !strings.Contains(p.En, "DEMO") {
			t.Errorf("%s is not marked", p.ID)
		}
		if _, err := a.IssueCard(p.ID, phone.Public(), &draws{n: 7}, clock); err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
	}
	if _, err := a.IssueCard("nobody", phone.Public(), &draws{}, clock); !errors.Is(err, ErrPerson) {
		t.Errorf("a card for nobody: %v", err)
	}
}
