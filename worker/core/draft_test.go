package core

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/draws"
)

// Answers put together from drafts are the JSON of the types that describe them,
// to the byte.
func TestDraftAnswers(t *testing.T) {
	c := config(t)
	c.ResponseURI = "https://jz.example/v1/challenges"
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	var scratch Scratch // used again, also by shorter ones and in another second
	now := now
	for _, pageKey := range [][]byte{nil, bytes.Repeat([]byte{7}, 32), bytes.Repeat([]byte{7}, 65), nil} {
		now = now.Add(700 * time.Millisecond)
		request := IssueRequest{Purpose: "hotel", Party: "demo-hotel", PageKey: pageKey}
		issued, err := e.IssueTo(Caller{}, request, now, draws.New("nonce"))
		if err != nil {
			t.Fatal(err)
		}
		d, err := e.DraftIssue(Caller{}, request, now, draws.New("nonce"), &scratch)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := e.Sign(d)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(d.AppendChallenge(nil, signature)), string(encode(t, issued)); got != want {
			t.Errorf("page key of %d bytes:\ngot  %s\nwant %s", len(pageKey), got, want)
		}

		redeem, err := ParseRedeem(encode(t, func() map[string]any {
			body := redemption(issued.Nonce)
			body["party"], body["purpose"] = "demo-hotel", "hotel"
			return body
		}()))
		if err != nil {
			t.Fatal(err)
		}
		redeemed, err := e.RedeemFor(Caller{}, redeem, now)
		if err != nil {
			t.Fatal(err)
		}
		if d, err = e.DraftRedeem(Caller{}, redeem, now); err != nil {
			t.Fatal(err)
		}
		if signature, err = e.Sign(d); err != nil {
			t.Fatal(err)
		}
		receipt, answer := d.Receipt(signature)
		if want := string(encode(t, redeemed.Answer())); !bytes.Equal(receipt, redeemed.Receipt) || string(answer) != want {
			t.Errorf("got  %s\nwant %s", answer, want)
		}
		var read Redeemed
		if err := json.Unmarshal(answer, &read); err != nil || read.Receipt != base64.RawURLEncoding.EncodeToString(receipt) {
			t.Errorf("%v, %+v", err, read)
		}
	}
}

// More kinds of challenges than are kept are issued all the same.
func TestManyTemplates(t *testing.T) {
	c := config(t)
	for i := range maxTemplates + 8 {
		c.Parties = append(c.Parties, Party{ID: fmt.Sprintf("hotel-%d", i), Name: "DEMO", Kind: "hotel", Open: true})
	}
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxTemplates + 8 {
		party := fmt.Sprintf("hotel-%d", i)
		d, err := e.DraftIssue(Caller{}, IssueRequest{Purpose: "hotel", Party: party}, now, zeros{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := challenge.Parse(challenge.Text(d.Finish(make([]byte, 64))))
		if err != nil || signed.PartyID != party {
			t.Fatalf("%v, challenge of %q for %q", err, signed.PartyID, party)
		}
	}
	kept := 0
	for _, m := range e.parties {
		for _, a := range m.asks {
			for i := range a.templates {
				if a.templates[i].Load() != nil {
					kept++
				}
			}
		}
	}
	if kept != maxTemplates {
		t.Errorf("%d templates are kept, at most %d", kept, maxTemplates)
	}
}
