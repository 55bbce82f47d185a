package sdcwt_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"time"

	"jianzheng/shared/cwt"
	"jianzheng/shared/sdcwt"
)

// fixed is a source of reproducible bytes. Issuers use crypto/rand.
type fixed struct{ sum [32]byte }

func (f *fixed) Read(p []byte) (int, error) {
	f.sum = sha256.Sum256(f.sum[:])
	return copy(p, f.sum[:]), nil
}

// An issuer makes a card, a holder shows from it that she is of age, and a
// verifier checks all three things: who issued it, who holds it, what it says.
func Example() {
	var random io.Reader = &fixed{}
	issuer, err := cwt.GenerateKey(cwt.ES256, []byte("demo-issuer"), random)
	if err != nil {
		log.Fatal(err)
	}
	holder, err := cwt.GenerateKey(cwt.ES256, nil, random)
	if err != nil {
		log.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

	confirmation, err := sdcwt.Confirmation(holder.Public())
	if err != nil {
		log.Fatal(err)
	}
	card, err := sdcwt.Issue(issuer, sdcwt.IssueHeader{}, map[any]any{
		cwt.Issuer:       "https://id.example/demo",
		cwt.Subject:      sdcwt.Redact("demo-subject"),
		cwt.IssuedAt:     now.Unix(),
		cwt.Expires:      now.AddDate(1, 0, 0).Unix(),
		cwt.Confirmation: confirmation,
		cwt.Claim169: map[any]any{
			1:              sdcwt.Redact("DEMO-0001"),
			4:              sdcwt.Redact("DEMO Zhang San"),
			"home":         sdcwt.Redact(map[any]any{8: "2000-01-02", 10: "演示路 1"}), // a group
			"age_over_18":  sdcwt.Redact(true),
			sdcwt.Decoy(1): nil,
		},
	}, random)
	if err != nil {
		log.Fatal(err)
	}

	shown, err := sdcwt.Present(card, func(path []any) bool { return path[len(path)-1] == "age_over_18" })
	if err != nil {
		log.Fatal(err)
	}
	unsigned, err := sdcwt.BuildPresentation(shown, cwt.ES256, sdcwt.Binding{
		Audience: "https://self-issued.me/v2", IssuedAt: now.Add(time.Hour), Nonce: []byte("from the challenge"),
	})
	if err != nil {
		log.Fatal(err)
	}
	signature, err := holder.Sign(unsigned.ToBeSigned())
	if err != nil {
		log.Fatal(err)
	}
	message, err := unsigned.Finish(signature)
	if err != nil {
		log.Fatal(err)
	}

	p, err := sdcwt.ParsePresentation(message)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("issuer:", p.Card.Verify(issuer.Public()))
	fmt.Println("holder:", p.Verify())
	claims, err := p.Card.Reveal()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("shown:", claims.Disclosed)
	ofAge, _ := claims.Value(cwt.Claim169, "age_over_18")
	_, named := claims.Value(cwt.Claim169, 4)
	fmt.Println("of age:", ofAge, "named:", named)
	// Output:
	// issuer: <nil>
	// holder: <nil>
	// shown: [[169 age_over_18]]
	// of age: true named: false
}
