package credential

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/draws"
	"jianzheng/shared/sdcwt"
)

var clock = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

func keys(t testing.TB) (issuer, phone *cwt.PrivateKey) {
	t.Helper()
	rand := draws.New("keys")
	issuer, err := cwt.GenerateKey(cwt.ES256, []byte("issuer"), rand)
	if err != nil {
		t.Fatal(err)
	}
	if phone, err = cwt.GenerateKey(cwt.ES256, nil, rand); err != nil {
		t.Fatal(err)
	}
	return issuer, phone
}

func request(phone *cwt.Key) Request {
	yes := true
	return Request{
		Issuer: "https://id.example/gz", Type: "https://id.example/light", Subject: "5f1d",
		Proofing: Proofing{Tier: Light, Factors: 1, Proofed: clock}, IssuedAt: clock, Expires: clock.AddDate(1, 0, 0),
		Holder: phone, Status: &StatusReference{Index: 7, URI: "https://id.example/status/1"},
		Person: Person{ID: "990101199003077012", Name: "演示·张三", Birth: Date{1990, 3, 7}, Sex: Male, Address: "演示路", Photo: []byte{0xff, 0xd8}, Over18: &yes},
	}
}

func present(t testing.TB, card []byte, phone *cwt.PrivateKey, names []string) string {
	t.Helper()
	u, err := Present(card, names, phone.Alg, sdcwt.Binding{Audience: "cafe", IssuedAt: clock, Nonce: make([]byte, 28)})
	if err != nil {
		t.Fatal(err)
	}
	sig, err := phone.Sign(u.ToBeSigned())
	if err != nil {
		t.Fatal(err)
	}
	b, err := u.Finish(sig)
	if err != nil {
		t.Fatal(err)
	}
	return Text(b)
}

func TestPhoneCard(t *testing.T) {
	issuer, phone := keys(t)
	card, err := Issue(issuer, request(phone.Public()), draws.New("salts"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ ask, shown []string }{
		{nil, nil},
		{[]string{ClaimOver18}, []string{ClaimOver18}},
		{[]string{ClaimName, ClaimID}, []string{ClaimName, ClaimID}},
		{[]string{ClaimSex}, []string{ClaimBirth, ClaimSex, ClaimAddress}}, // the group travels together
		{[]string{ClaimPhoto}, []string{ClaimPhoto}},
	} {
		shown, err := Read(present(t, card, phone, c.ask))
		if err != nil {
			t.Fatal(err)
		}
		if shown.Person.Name != "" || shown.Disclosed != nil {
			t.Error("a person before the signature was checked")
		}
		if err := shown.Open(issuer.Public()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(shown.Disclosed, c.shown) {
			t.Errorf("asked %v, shown %v, want %v", c.ask, shown.Disclosed, c.shown)
		}
		if err := shown.VerifyBinding(); err != nil {
			t.Error(err)
		}
		if err := shown.Open(phone.Public()); !errors.Is(err, cwt.ErrSignature) {
			t.Errorf("opened with another key: %v", err)
		}
	}
	whole, err := ReadIssued(card)
	if err != nil {
		t.Fatal(err)
	}
	if err := whole.Open(issuer.Public()); err != nil || len(whole.Disclosed) != 7 {
		t.Errorf("the whole card shows %v, %v", whole.Disclosed, err)
	}
}

func TestPrintedCard(t *testing.T) {
	issuer, _ := keys(t)
	r := request(nil)
	text, err := IssuePrinted(issuer, r)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Read(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Open(issuer.Public()); err != nil {
		t.Fatal(err)
	}
	if c.Family != Printed || c.Binding() != nil || c.Person.Name != r.Person.Name || c.Person.Birth != r.Person.Birth || !bytes.Equal(c.Person.Photo, r.Person.Photo) {
		t.Errorf("card %+v", c)
	}
}

func TestAge(t *testing.T) {
	china := time.FixedZone("UTC+8", 8*60*60)
	for _, c := range []struct {
		birth Date
		at    time.Time
		want  int
	}{
		{Date{2008, 3, 1}, time.Date(2026, 2, 28, 23, 59, 59, 0, china), 17},
		{Date{2008, 3, 1}, time.Date(2026, 3, 1, 0, 0, 0, 0, china), 18},
		{Date{2008, 3, 1}, time.Date(2026, 2, 28, 16, 0, 0, 0, time.UTC), 18}, // already the birthday in China
		{Date{2008, 2, 29}, time.Date(2026, 2, 28, 23, 0, 0, 0, china), 17},
		{Date{2008, 2, 29}, time.Date(2026, 3, 1, 0, 0, 0, 0, china), 18},
		{Date{2008, 2, 29}, time.Date(2028, 2, 29, 0, 0, 0, 0, china), 20},
		{Date{1990, 12, 31}, time.Date(2026, 1, 1, 0, 0, 0, 0, china), 35},
	} {
		if got := c.birth.Age(c.at); got != c.want {
			t.Errorf("born %v, at %v: %d, want %d", c.birth, c.at, got, c.want)
		}
	}
}

func TestDates(t *testing.T) {
	for _, s := range []string{"20260301", "2026-03-01"} {
		if d, err := parseDate(s); err != nil || d != (Date{2026, 3, 1}) {
			t.Errorf("%q: %v, %v", s, d, err)
		}
	}
	for _, s := range []string{"", "2026-02-30", "20261301", "00010101", "1.3.2026", "2026-3-1", "20260301Z"} {
		if _, err := parseDate(s); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// What claim 169 may not say, whoever signed it.
func TestPersonsRefused(t *testing.T) {
	for name, tree := range map[string]map[any]any{
		"name a number":         {label169Name: int64(1)},
		"empty name":            {label169Name: ""},
		"long name":             {label169Name: string(make([]byte, maxTextBytes+1))},
		"sex out of range":      {label169Sex: int64(4)},
		"birth a number":        {label169Birth: int64(19900307)},
		"photo a text":          {label169Photo: "x"},
		"photo empty":           {label169Photo: []byte{}},
		"photo too large":       {label169Photo: make([]byte, maxPhotoBytes+1)},
		"over 18 a number":      {label169Over18: int64(1)},
		"group a text":          {label169Group: "x"},
		"sex twice":             {label169Sex: int64(1), label169Group: map[any]any{label169Sex: int64(2)}},
		"birth twice":           {label169Birth: "19900307", label169Group: map[any]any{label169Birth: "19900307"}},
		"wrong inside of group": {label169Group: map[any]any{label169Address: int64(3)}},
	} {
		if _, err := readPerson(tree); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	issuer, phone := keys(f)
	card, err := Issue(issuer, request(phone.Public()), draws.New("salts"))
	if err != nil {
		f.Fatal(err)
	}
	printed, err := IssuePrinted(issuer, request(nil))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{present(f, card, phone, []string{ClaimName, ClaimBirth}), printed, "KB1:", "ID1:BB8", "https://example.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Read(text)
		if err != nil {
			if !errors.Is(err, ErrOther) && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooLarge) {
				t.Fatalf("error without a sentinel: %v", err)
			}
			Kind(text)
			return
		}
		if c.Open(issuer.Public()) == nil && c.Issuer != "https://id.example/gz" {
			t.Fatal("a forged card opened")
		}
	})
}
