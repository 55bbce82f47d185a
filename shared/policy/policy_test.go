package policy

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/cwt/cwttest"
)

var (
	issued  = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	expires = issued.Add(30 * day)
)

func shipped() *Catalogue {
	return &Catalogue{Sequence: 7, IssuedAt: issued, Expires: expires, Purposes: Default()}
}

// open signs a catalogue and opens it again.
func open(t testing.TB, c *Catalogue) *Catalogue {
	t.Helper()
	k := cwttest.Key(t, "anchor")
	b, err := Sign(c, k)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Open(b, k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDefaultRoundTrip(t *testing.T) {
	want := shipped()
	got := open(t, want)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("came back different:\n got %+v\nwant %+v", got, want)
	}
	b, err := Sign(want, cwttest.Key(t, "anchor"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d purposes, signed: %d bytes", len(want.Purposes), len(b))
}

func TestDefaultRows(t *testing.T) {
	c := open(t, shipped())
	const office = FactorPIN8 | FactorTerminal
	for _, want := range []struct {
		code, tier string
		factors    uint8
		classes    string
		minAge     int
		handle     bool
		sealed     int
		basis      bool
	}{
		{"internet-cafe", TierLight, 0, "ABCD", 18, true, 2, true},
		{"hotel", TierLight, FactorFace, "AB", 0, true, 4, true},
		{"railway", TierLight, 0, "ABC", 0, false, 0, true},
		{"delivery", TierLight, 0, "AB", 0, true, 0, false},
		{"household-registration", TierFull, office, "A", 0, false, 2, false},
		{"driving-licence", TierFull, office, "A", 0, false, 2, false},
		{"bank-account", TierFull, office, "A", 0, false, 2, true},
		{"business-registration", TierFull, office, "A", 0, false, 2, true},
		{"court", TierFull, FactorFace | FactorVoice, "A", 0, false, 2, true},
		{"online-login", TierLight, 0, "A", 0, true, 0, false},
	} {
		t.Run(want.code, func(t *testing.T) {
			p, ok := c.Find(want.code)
			if !ok {
				t.Fatal("not in the catalogue")
			}
			if p.Tier != want.tier || p.Factors != want.factors || strings.Join(p.Classes, "") != want.classes ||
				p.MinAge != want.minAge || p.Handle != want.handle || len(p.Seal) != want.sealed {
				t.Errorf("got %+v", p)
			}
			if got := p.Rule != ""; got != want.basis {
				t.Errorf("rule %q", p.Rule)
			}
			if p.Factors != 0 && p.FactorMaxAge == 0 {
				t.Error("factors never grow old")
			}
			if p.NameZh == "" || p.NameEn == "" {
				t.Error("a name is missing")
			}
		})
	}
	if len(c.Purposes) != 10 {
		t.Errorf("%d purposes, 10 tested", len(c.Purposes))
	}
	if _, ok := c.Find("casino"); ok {
		t.Error("found a purpose that is not listed")
	}
}

func TestInternetCafe(t *testing.T) {
	p, _ := open(t, shipped()).Find("internet-cafe")
	if want := []string{ClaimName, ClaimID, ClaimOver18}; !slices.Equal(p.Request, want) {
		t.Errorf("request %v, want %v", p.Request, want)
	}
	if want := []string{ClaimName, ClaimID}; !slices.Equal(p.Seal, want) {
		t.Errorf("seal %v, want %v", p.Seal, want)
	}
	if p.Retention != 60*day {
		t.Errorf("retention %v", p.Retention)
	}
	for claim, want := range map[string]bool{ClaimName: true, ClaimID: true, ClaimOver18: true, ClaimPhoto: true, ClaimBirth: false, ClaimAddress: false} {
		if p.MayShow(claim) != want {
			t.Errorf("MayShow(%s) = %v", claim, !want)
		}
	}
	if !p.OpenTo("internet-cafe") || p.OpenTo("hotel") {
		t.Error("open to the wrong kinds of relying party")
	}
}

func TestDeliveryAsksNothing(t *testing.T) {
	p, _ := open(t, shipped()).Find("delivery")
	if len(p.Request)+len(p.Optional)+len(p.Show)+len(p.Seal) != 0 || !p.Handle {
		t.Errorf("got %+v", p)
	}
}

func TestAsksPerson(t *testing.T) {
	for _, c := range []struct {
		class                   string
		compare, portrait, want bool
	}{
		{"A", true, false, false},
		{"A", true, true, true},
		{"A", false, true, false},
		{"B", true, false, false},
		{"B", true, true, true},
		{"C", false, false, true},
		{"C", true, true, true},
		{"D", false, false, true},
		{"D", false, true, true},
		{"", false, false, true},
	} {
		if got := (Purpose{Compare: c.compare}).AsksPerson(c.class, c.portrait); got != c.want {
			t.Errorf("class %q compare %v portrait %v: got %v", c.class, c.compare, c.portrait, got)
		}
	}
}

// Every combination of factor bits against every purpose.
func TestFactors(t *testing.T) {
	for _, p := range Default() {
		for have := range allFactors + 1 {
			missing := p.MissingFactors(have)
			if (missing == 0) != (have&p.Factors == p.Factors) || missing&have != 0 || missing&^p.Factors != 0 {
				t.Errorf("%s: have %05b, require %05b, missing %05b", p.Code, have, p.Factors, missing)
			}
		}
	}
}

func TestFactorsFresh(t *testing.T) {
	p := Purpose{Factors: FactorFace, FactorMaxAge: 10 * day}
	for _, c := range []struct {
		name string
		p    Purpose
		age  time.Duration
		want bool
	}{
		{"new", p, 0, true},
		{"last second", p, 10 * day, true},
		{"one second late", p, 10*day + time.Second, false},
		{"no limit", Purpose{Factors: FactorFace}, 10000 * day, true},
		{"no factors", Purpose{FactorMaxAge: day}, 10000 * day, true},
	} {
		if got := c.p.FactorsFresh(issued, issued.Add(c.age)); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

func TestTiers(t *testing.T) {
	light, full := Purpose{Tier: TierLight}, Purpose{Tier: TierFull}
	if !light.CoveredBy(TierLight) || !light.CoveredBy(TierFull) || !full.CoveredBy(TierFull) {
		t.Error("a card of sufficient tier is refused")
	}
	if full.CoveredBy(TierLight) || full.CoveredBy("") || light.CoveredBy("") || light.CoveredBy("gold") {
		t.Error("a card of too low or unknown tier passes")
	}
}

func TestStaleAndRollback(t *testing.T) {
	c := open(t, shipped())
	if c.Stale(expires.Add(-time.Second)) || !c.Stale(expires) {
		t.Error("stale at the wrong second")
	}
	if err := c.Newer(7); err != nil {
		t.Errorf("same sequence: %v", err)
	}
	if err := c.Newer(8); !errors.Is(err, ErrRollback) {
		t.Errorf("older sequence: %v", err)
	}
}

// A new purpose is data: nothing but the catalogue changes.
func TestPurposeAddedByData(t *testing.T) {
	c := shipped()
	c.Sequence++
	c.Purposes = append(c.Purposes, Purpose{
		Code: "library", NameZh: "图书借阅", NameEn: "Library loan", Tier: TierLight,
		Classes: []string{"A", "B"}, Request: []string{ClaimName}, Show: []string{ClaimName}, Handle: true,
	})
	p, ok := open(t, c).Find("library")
	if !ok || !p.Accepts("B") || p.Accepts("C") || !p.OpenTo("anybody") || p.Rule != "" {
		t.Errorf("got %+v, %v", p, ok)
	}
}

func TestHandle(t *testing.T) {
	key := bytes.Repeat([]byte{1}, MinPeriodKey)
	other := bytes.Repeat([]byte{2}, MinPeriodKey)
	const issuer, number = "https://id.example/gz", "99000020000101001X"
	h := Handle(key, issuer, number)
	// Fixed, since a venue's records depend on it: HMAC-SHA-256 computed apart from
	// this package.
	if want := "6sprvamln42mqljvi533whgq"; h != want {
		t.Errorf("got %s, want %s", h, want)
	}
	if Handle(key, issuer, strings.ToLower(number)) != h {
		t.Error("a small x makes another person")
	}
	for name, o := range map[string]string{
		"another venue or period": Handle(other, issuer, number),
		"another issuer":          Handle(key, issuer+"/2", number),
		"another number":          Handle(key, issuer, "990000200001010028"),
		"boundary moved":          Handle(key, issuer+"9", number[1:]),
		"subject spelt alike":     SubjectHandle(key, issuer, number),
	} {
		if o == h || len(o) != 24 {
			t.Errorf("%s: handle %q", name, o)
		}
	}
	for name, o := range map[string]string{
		"short key":  Handle(key[1:], issuer, number),
		"no issuer":  Handle(key, "", number),
		"no number":  Handle(key, issuer, ""),
		"no subject": SubjectHandle(key, issuer, ""),
	} {
		if o != "" {
			t.Errorf("%s: handle %q, want none", name, o)
		}
	}
}
