package main

import (
	"crypto/sha256"
	"fmt"
	mrand "math/rand/v2"
	"strings"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/qr"
	"jianzheng/shared/reason"
	"jianzheng/shared/sdcwt"
)

// formatBudgets are the bytes that the design measured for each format: what
// is shown as a code has to stay readable by a cheap webcam.
var formatBudgets = map[string]int{
	"challenge, with page key and response address": 400,
	"answer: name, id, over 18":                     713,
	"answer: over 18":                               639,
	"light card, as issued, over 18 shown":          573,
	"printed card, bare":                            232,
	"printed card, portrait of 400 bytes":           639,
	"receipt":                                       263,
}

// formats prints the sizes of cards, answers and challenges, with the versions
// of the symbols that hold them, and tells whether all budgets are kept.
func formats() (bool, error) {
	s := &samples{clock: time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC), rand: mrand.NewChaCha8(sha256.Sum256([]byte("size")))}
	if err := s.make(); err != nil {
		return false, fmt.Errorf("formats: %w", err)
	}
	within := true
	fmt.Printf("\n%-48s %8s %8s %8s\n", "format", "bytes", "symbol", "budget")
	for _, f := range s.out {
		budget := formatBudgets[f.name]
		fmt.Printf("%-48s %8d %8s", f.name, f.bytes, f.symbol)
		if budget > 0 {
			fmt.Printf(" %8d", budget)
		}
		if budget > 0 && f.bytes > budget {
			within = false
			fmt.Printf(" OVER by %d", f.bytes-budget)
		}
		fmt.Println()
	}
	return within, nil
}

type sample struct {
	name   string
	bytes  int
	symbol string // such as 19-L, 22-M; empty for what no code holds
}

type samples struct {
	clock time.Time
	rand  *mrand.ChaCha8
	out   []sample
}

// text adds what is shown as a code: its bytes are those inside the Base45.
func (s *samples) text(name, text string) error {
	var symbols []string
	for _, level := range []qr.Level{qr.L, qr.M} {
		m, err := qr.Encode(text, level)
		if err != nil {
			return err
		}
		symbols = append(symbols, fmt.Sprintf("%d-%v", m.Version, level))
	}
	s.out = append(s.out, sample{name, (len(text) - len(credential.PrefixPresentation)) * 2 / 3, strings.Join(symbols, " ")})
	return nil
}

func (s *samples) make() error {
	a, err := demo.New(s.rand, s.clock)
	if err != nil {
		return err
	}
	if err := s.challenges(a); err != nil {
		return err
	}
	if err := s.cards(a); err != nil {
		return err
	}
	receipt, err := challenge.Receipt{
		Operator: demo.OperatorID, Redeemed: s.clock, Party: demo.PartyID, Purpose: "internet-cafe", Reason: reason.OK,
		Class: "A", Labels: []string{"name", "id", "over18"}, Hash: make([]byte, sha256.Size), Sequence: uint64(s.clock.Unix()),
	}.Sign(a.Operator())
	s.out = append(s.out, sample{"receipt", len(receipt), ""})
	return err
}

func (s *samples) challenges(a *demo.Authority) error {
	expires := s.clock.Add(challenge.Honoured)
	nonce, err := challenge.OwnNonce(s.rand, expires)
	if err != nil {
		return err
	}
	c := challenge.Challenge{
		Operator: demo.OperatorID, Issued: s.clock, Expires: expires, Nonce: nonce, PartyID: demo.PartyID, PartyName: demo.PartyName,
		Purpose: "internet-cafe", Claims: []string{"name", "id", "over18"},
	}
	text, err := challenge.Sign(c, a.Operator())
	if err != nil {
		return err
	}
	if err := s.text("challenge", text); err != nil {
		return err
	}
	c.PageKey, c.ResponseURI = make([]byte, 32), demo.OperatorID+"/v1/challenges/0123456789abcdef/response"
	if text, err = challenge.Sign(c, a.Operator()); err != nil {
		return err
	}
	return s.text("challenge, with page key and response address", text)
}

func (s *samples) cards(a *demo.Authority) error {
	phone, err := cwt.GenerateKey(cwt.ES256, nil, s.rand)
	if err != nil {
		return err
	}
	card, err := a.IssueCard("valid", phone.Public(), s.rand, s.clock)
	if err != nil {
		return err
	}
	least, err := credential.Choose(card, []string{credential.ClaimOver18})
	if err != nil {
		return err
	}
	s.out = append(s.out, sample{"light card, as issued, over 18 shown", len(least), ""})
	for _, answer := range []struct {
		name   string
		claims []string
	}{
		{"answer: over 18", []string{credential.ClaimOver18}},
		{"answer: name, id, over 18", []string{credential.ClaimName, credential.ClaimID, credential.ClaimOver18}},
	} {
		u, err := credential.Present(card, answer.claims, cwt.ES256, sdcwt.Binding{Audience: demo.PartyID, IssuedAt: s.clock, Nonce: make([]byte, challenge.NonceSize)})
		if err != nil {
			return err
		}
		sig, err := phone.Sign(u.ToBeSigned())
		if err != nil {
			return err
		}
		b, err := u.Finish(sig)
		if err != nil {
			return err
		}
		if err := s.text(answer.name, credential.Text(b)); err != nil {
			return err
		}
	}
	return s.printed()
}

func (s *samples) printed() error {
	issuer, err := cwt.GenerateKey(cwt.ES256, []byte("demo-l"), s.rand)
	if err != nil {
		return err
	}
	revocable := &credential.StatusReference{Index: 7, URI: demo.StatusURI}
	for _, p := range []struct {
		name   string
		photo  []byte
		status *credential.StatusReference
	}{
		{"printed card, bare", nil, nil},
		{"printed card, portrait of 400 bytes", make([]byte, 400), nil},
		{"printed card, portrait and status", make([]byte, 400), revocable},
	} {
		text, err := credential.IssuePrinted(issuer, credential.Request{
			Issuer: demo.IssuerID, IssuedAt: s.clock, Expires: s.clock.AddDate(1, 0, 0),
			Proofing: credential.Proofing{Tier: credential.Light, Factors: 1, Proofed: s.clock},
			Person:   credential.Person{ID: "990101199003077012", Name: "演示·张三", Birth: credential.Date{Year: 1990, Month: 3, Day: 7}, Sex: credential.Male, Photo: p.photo},
			Status:   p.status,
		})
		if err != nil {
			return err
		}
		if err := s.text(p.name, text); err != nil {
			return err
		}
	}
	return nil
}
