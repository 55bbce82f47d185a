package sdcwt

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
)

func newKey(t testing.TB, alg cwt.Algorithm, seed string) *cwt.PrivateKey {
	t.Helper()
	k, err := cwt.GenerateKey(alg, []byte("demo-key"), draws.New(seed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	b, err := cwt.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	issued  = time.Unix(1_780_000_000, 0).UTC()
	expires = issued.Add(30 * 24 * time.Hour)
)

// base gives the claims that every card of these tests has.
func base(t testing.TB, holder *cwt.PrivateKey) map[any]any {
	t.Helper()
	cnf, err := Confirmation(holder.Public())
	if err != nil {
		t.Fatal(err)
	}
	return map[any]any{
		1: "https://id.example/demo", 2: "demo-subject", 4: expires.Unix(), 6: issued.Unix(), 8: cnf,
		11: "https://id.example/light",
	}
}

// demoCard issues a card with all kinds of redaction: claims, a nested one, a
// group, array elements and decoys.
func demoCard(t testing.TB, issuer, holder *cwt.PrivateKey) []byte {
	t.Helper()
	claims := base(t, holder)
	claims[2] = Redact("demo-subject")
	claims[169] = map[any]any{
		1: Redact("DEMO-0001"),
		4: Redact("演示·张三"),
		"group": Redact(map[any]any{
			8: "2000-01-02", 9: 1, 10: Redact(map[any]any{"city": Redact("演示市"), "street": "演示路 1"}),
		}),
		"age_over_18": Redact(true),
		Decoy(1):      nil,
		Decoy(2):      nil,
	}
	claims["regions"] = []any{Redact("demo-a"), Decoy(1), "demo-b", Redact([]any{"demo-c", Redact("demo-d")})}
	card, err := Issue(issuer, IssueHeader{}, claims, draws.New("salts"))
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// show keeps the paths whose text form is listed.
func show(paths ...string) func([]any) bool {
	return func(path []any) bool {
		for _, p := range paths {
			if p == strings.Trim(fmt.Sprint(path), "[]") {
				return true
			}
		}
		return false
	}
}

func reveal(t testing.TB, card []byte) *Claims {
	t.Helper()
	c, err := ParseCard(card)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := c.Reveal()
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestRoundTrip(t *testing.T) {
	for _, alg := range []cwt.Algorithm{cwt.ES256, cwt.ESP256, cwt.ES384, cwt.EdDSA, cwt.Ed25519, cwt.SM2SM3} {
		t.Run(alg.String(), func(t *testing.T) {
			issuer, holder := newKey(t, alg, "issuer"), newKey(t, alg, "holder")
			card, err := Present(demoCard(t, issuer, holder), show("169 age_over_18", "169 group 10 city"))
			if err != nil {
				t.Fatal(err)
			}
			want := Binding{Audience: "https://self-issued.me/v2", IssuedAt: issued.Add(time.Hour), Nonce: []byte("nonce")}
			unsigned, err := BuildPresentation(card, alg, want)
			if err != nil {
				t.Fatal(err)
			}
			signature, err := holder.Sign(unsigned.ToBeSigned())
			if err != nil {
				t.Fatal(err)
			}
			b, err := unsigned.Finish(signature)
			if err != nil {
				t.Fatal(err)
			}

			p, err := ParsePresentation(b)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Verify(); err != nil {
				t.Error(err)
			}
			if err := p.Card.Verify(issuer.Public()); err != nil {
				t.Error(err)
			}
			if err := p.Card.Verify(holder.Public()); !errors.Is(err, cwt.ErrSignature) {
				t.Errorf("issuer's signature with the holder's key: %v", err)
			}
			if !reflect.DeepEqual(p.Binding, want) {
				t.Errorf("binding %+v, want %+v", p.Binding, want)
			}
			claims, err := p.Card.Reveal()
			if err != nil {
				t.Fatal(err)
			}
			wantPaths := [][]any{
				{int64(169), "group", int64(10), "city"}, {int64(169), "group", int64(10)},
				{int64(169), "group"}, {int64(169), "age_over_18"},
			}
			if !samePaths(claims.Disclosed, wantPaths) {
				t.Errorf("disclosed %v, want %v", claims.Disclosed, wantPaths)
			}
			if got, _ := claims.Text(169, "group", 10, "city"); got != "演示市" {
				t.Errorf("city %q", got)
			}
			if got, _ := claims.Value(169, "age_over_18"); got != true {
				t.Errorf("age_over_18 %v", got)
			}
			if _, ok := claims.Value(169, 4); ok {
				t.Error("the name shows")
			}
			if got, _ := claims.Value("regions"); !reflect.DeepEqual(got, []any{"demo-b"}) {
				t.Errorf("regions %v", got)
			}
		})
	}
}

// samePaths compares without order: the order of disclosures is the holder's.
func samePaths(a, b [][]any) bool {
	count := map[string]int{}
	for _, p := range a {
		count[fmt.Sprintf("%#v", p)]++
	}
	for _, p := range b {
		count[fmt.Sprintf("%#v", p)]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestIssueAndPresent(t *testing.T) {
	issuer, holder := newKey(t, cwt.ES256, "issuer"), newKey(t, cwt.ES256, "holder")
	card := demoCard(t, issuer, holder)
	if again := demoCard(t, issuer, holder); !bytes.Equal(card, again) {
		t.Error("the same claims and salts give two cards")
	}
	full := reveal(t, card)
	if got := len(full.Disclosed); got != 10 {
		t.Errorf("%d disclosures, want 10: %v", got, full.Disclosed)
	}
	if got, _ := full.Value("regions"); !reflect.DeepEqual(got, []any{"demo-a", "demo-b", []any{"demo-c", "demo-d"}}) {
		t.Errorf("regions %v", got)
	}

	for _, c := range []struct {
		name string
		keep []string
		want string // disclosed paths as text, in the order of the card
	}{
		{"nothing", nil, "[]"},
		{"one claim", []string{"169 4"}, "[[169 4]]"},
		{"a group without what is hidden in it", []string{"169 group"}, "[[169 group]]"},
		{"inside a group, twice", []string{"169 group 10 city"}, "[[169 group 10 city] [169 group 10] [169 group]]"},
		{"element inside an element", []string{"regions 3 1"}, "[[regions 3 1] [regions 3]]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			shown, err := Present(card, show(c.keep...))
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(reveal(t, shown).Disclosed); got != c.want {
				t.Errorf("disclosed %s, want %s", got, c.want)
			}
			parsed, err := ParseCard(shown)
			if err != nil {
				t.Fatal(err)
			}
			if err := parsed.Verify(issuer.Public()); err != nil {
				t.Error(err)
			}
			if _, there := parsed.Message().Unprotected[headerDisclosures]; there != (len(c.keep) > 0) {
				t.Errorf("sd_claims present: %v", there)
			}
			again, err := Present(shown, func([]any) bool { return true })
			if err != nil || !bytes.Equal(again, shown) {
				t.Errorf("keeping all changes the card (%v)", err)
			}
		})
	}
}

func TestIssueRefuses(t *testing.T) {
	issuer, holder := newKey(t, cwt.ES256, "issuer"), newKey(t, cwt.ES256, "holder")
	with := func(extra map[any]any) map[any]any {
		claims := base(t, holder)
		for k, v := range extra {
			if claims[k] = v; v == "absent" {
				delete(claims, k)
			}
		}
		return claims
	}
	many := []any{}
	for range maxDisclosures + 1 {
		many = append(many, Redact("demo"))
	}
	for _, c := range []struct {
		name   string
		claims map[any]any
		want   error
	}{
		{"no cnf", with(map[any]any{8: "absent"}), ErrStructure},
		{"no sub", with(map[any]any{2: "absent"}), ErrStructure},
		{"iss redacted", with(map[any]any{1: Redact("https://id.example/demo")}), ErrDisclosure},
		{"exp redacted", with(map[any]any{4: "absent", int64(4): Redact(expires.Unix())}), ErrDisclosure},
		{"vct redacted", with(map[any]any{11: Redact("https://id.example/light")}), ErrDisclosure},
		{"status redacted", with(map[any]any{65535: Redact(map[any]any{})}), ErrDisclosure},
		{"part of status redacted", with(map[any]any{65535: map[any]any{"status_list": Redact(1)}}), ErrStructure},
		{"nbf after iat", with(map[any]any{5: issued.Unix() + 1}), ErrTime},
		{"exp at iat", with(map[any]any{4: issued.Unix()}), ErrTime},
		{"date as text", with(map[any]any{4: "2026"}), ErrStructure},
		{"one key as two Go types", with(map[any]any{"a": 1, 70: 1, uint64(70): 2}), ErrStructure},
		{"key of another type", with(map[any]any{1.5: 1}), ErrStructure},
		{"long key", with(map[any]any{strings.Repeat("k", 256): 1}), ErrStructure},
		{"decoy with a value", with(map[any]any{Decoy(1): 1}), ErrStructure},
		{"too many", with(map[any]any{"list": many}), ErrStructure},
		{"redacted twice", with(map[any]any{"a": Redact(Redact(1))}), ErrStructure},
		{"mark where Issue does not look", with(map[any]any{"a": []Redacted{Redact(1)}}), nil},
		{"decoy where Issue does not look", with(map[any]any{"a": []Decoy{1}}), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			card, err := Issue(issuer, IssueHeader{}, c.claims, draws.New("salts"))
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%d bytes, error %v, want %v", len(card), err, c.want)
			}
		})
	}
	if _, err := Issue(issuer, IssueHeader{}, with(map[any]any{"a": Redact(1)}), bytes.NewReader(make([]byte, 15))); err == nil {
		t.Error("issued with a short salt")
	}
}
