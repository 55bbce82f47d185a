package demo

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
	"jianzheng/shared/register"
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
