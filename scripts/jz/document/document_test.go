package document

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
	"jianzheng/shared/policy"
	"jianzheng/shared/trust"
)

var clock = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

// The shipped catalogue goes through its document and back unchanged.
func TestPolicyComesBack(t *testing.T) {
	want := &policy.Catalogue{Sequence: 3, IssuedAt: clock, Expires: clock.Add(day), Purposes: policy.Default()}
	b, err := Encode(FromPolicy(want))
	if err != nil {
		t.Fatal(err)
	}
	var d Policy
	if err := Decode(b, &d); err != nil {
		t.Fatal(err)
	}
	got, err := d.Catalogue(d.Sequence, clock, clock.Add(day))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A trust list with every algorithm goes through its document and back.
func TestTrustComesBack(t *testing.T) {
	want := &trust.List{Sequence: 9, IssuedAt: clock, Expires: clock.Add(day)}
	entry := trust.Entry{
		ID: "https://id.example/gz", Region: "CN-44", NameZh: "演示省", NameEn: "DEMO Province",
		Roles: []trust.Role{trust.RoleCardLight, trust.RoleStatus}, Types: []string{"https://id.example/light"},
		StatusURIs: []string{"https://id.example/v1/status/1"},
	}
	for i, name := range Algorithms() {
		alg, err := ParseAlgorithm(name)
		if err != nil {
			t.Fatal(err)
		}
		k, err := cwt.GenerateKey(alg, []byte{byte(i), 0xff}, draws.New(name))
		if err != nil {
			t.Fatal(err)
		}
		entry.Keys = append(entry.Keys, trust.Key{Key: k.Public(), NotBefore: clock, NotAfter: clock.Add(day), Roles: entry.Roles[:1], Revoked: i == 1})
	}
	want.Entries = []trust.Entry{entry}
	d, err := FromTrust(want)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	var again Trust
	if err := Decode(b, &again); err != nil {
		t.Fatal(err)
	}
	if err := again.Check(clock); err != nil {
		t.Error(err)
	}
	got, err := again.List(again.Sequence, clock, clock.Add(day))
	if err != nil {
		t.Fatal(err)
	}
	anchor, err := cwt.GenerateKey(cwt.ES256, []byte("anchor"), draws.New("anchor"))
	if err != nil {
		t.Fatal(err)
	}
	wantBytes, err := trust.Sign(want, anchor)
	if err != nil {
		t.Fatal(err)
	}
	gotBytes, err := trust.Sign(got, anchor)
	if err != nil || !bytes.Equal(gotBytes, wantBytes) {
		t.Errorf("another list came back: %v", err)
	}
}

// Every place is given exactly once, the last ones too, and not in order.
func TestAllocate(t *testing.T) {
	for _, size := range []uint64{1, 7, 8, 9, 100} {
		s, err := NewStatus("https://id.example/v1/status/1", 2, size)
		if err != nil {
			t.Fatal(err)
		}
		random := draws.New("places")
		var all []uint64
		for s.Free() > 0 {
			places, err := s.Allocate(1, random)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, places...)
		}
		if size == 100 && slices.IsSorted(all) {
			t.Error("places are given in order")
		}
		slices.Sort(all)
		for i := range size {
			if all[i] != i {
				t.Fatalf("size %d: place %d given twice or never: %v", size, i, all)
			}
		}
		if _, err := s.Allocate(1, random); !errors.Is(err, ErrFull) {
			t.Errorf("one more than there are: %v", err)
		}
		if err := s.Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestStatusRefused(t *testing.T) {
	good := func() *Status {
		s, err := NewStatus("u", 2, 12)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, spoil := range map[string]func(*Status){
		"no uri":           func(s *Status) { s.URI = "" },
		"no size":          func(s *Status) { s.Size = 0 },
		"allocated short":  func(s *Status) { s.Allocated = s.Allocated[:1] },
		"allocated beyond": func(s *Status) { s.Allocated[1] = 0x10 },
		"entry beyond":     func(s *Status) { s.Entries[12] = Revoked },
		"unknown state":    func(s *Status) { s.Entries[1] = "lost" },
		"too few bits":     func(s *Status) { s.Bits = 1; s.Entries[1] = Suspended },
	} {
		s := good()
		spoil(s)
		if err := s.Check(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeyIDs(t *testing.T) {
	for _, id := range [][]byte{[]byte("gz-light-1"), {0}, []byte("0xab"), []byte("a b"), []byte("演示"), bytes.Repeat([]byte("k"), 64)} {
		got, err := ParseKeyID(KeyIDText(id))
		if err != nil || !bytes.Equal(got, id) {
			t.Errorf("%q became %q, %v", id, got, err)
		}
	}
	for _, s := range []string{"", "0x", "0xa", "0xzz", "a b", "-a"} {
		if _, err := ParseKeyID(s); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestLengths(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0d": 0, "60d": 60 * day, "12h": 12 * time.Hour, "90m": 90 * time.Minute, "1h30m": 90 * time.Minute, "10s": 10 * time.Second,
	} {
		var l Length
		if err := l.UnmarshalText([]byte(text)); err != nil || time.Duration(l) != want {
			t.Errorf("%s: %v, %v", text, time.Duration(l), err)
		}
		written, err := l.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var again Length
		if err := again.UnmarshalText(written); err != nil || again != l {
			t.Errorf("%s was written as %s", text, written)
		}
	}
	for _, text := range []string{"", "d", "-1d", "-1h", "1.5d", "1ms", "70000d", "soon"} {
		if err := new(Length).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestDecodeIsStrict(t *testing.T) {
	for _, text := range []string{``, `[]`, `{"sequence":1} {}`, `{"sequence":1}x`, `{"sequences":1}`, `{"sequence":-1}`} {
		if err := Decode([]byte(text), new(Trust)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
