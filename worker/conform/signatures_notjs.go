//go:build !js

package conform

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"jianzheng/shared/answer"
	"jianzheng/shared/challenge"
	"jianzheng/shared/cwt"
	"jianzheng/shared/policy"
	"jianzheng/shared/register"
	"jianzheng/shared/status"
	"jianzheng/shared/trust"
	"jianzheng/worker/core"
)

func decode(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// lists fetches what a verifier fetches and opens it from the anchor on.
func (u *under) lists(t *testing.T) (*trust.List, *policy.Catalogue) {
	t.Helper()
	var config struct {
		Anchor string
		Status []string
	}
	u.get(t, "/config.json").read(t, http.StatusOK, &config)
	anchor, err := cwt.ParseKey(decode(t, config.Anchor))
	if err != nil {
		t.Fatal(err)
	}
	if u.Site != nil && !anchor.Equal(u.Site.Anchor.Public()) {
		t.Error("another anchor than that of the site")
	}
	list, err := trust.Open(u.get(t, "/v1/trust").body, anchor)
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := policy.Open(u.get(t, "/v1/policy").body, anchor)
	if err != nil {
		t.Fatal(err)
	}
	if len(config.Status) != 1 {
		t.Fatalf("status lists %q", config.Status)
	}
	token, err := status.Parse(u.get(t, config.Status[0]).body)
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := list.Find(token.KeyID, trust.RoleStatus, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Verify(key); err != nil {
		t.Error(err)
	}
	return list, catalogue
}

// signatures checks all that is signed with the key in the trust list, and that
// it says what was asked.
func (u *under) signatures(t *testing.T) {
	list, catalogue := u.lists(t)
	page, err := answer.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var issued core.Issued
	u.post(t, "/v1/challenges", fmt.Sprintf(`{"purpose":%q,"pageKey":%q}`, OpenPurpose, base64.RawURLEncoding.EncodeToString(page.Public()))).
		read(t, http.StatusCreated, &issued)
	signed, err := challenge.Parse(issued.Challenge)
	if err != nil {
		t.Fatal(err)
	}
	entry, operator, err := list.Find(signed.KeyID, trust.RoleChallenge, signed.Issued)
	if err != nil {
		t.Fatal(err)
	}
	if err := signed.Verify(operator); err != nil {
		t.Error(err)
	}
	purpose, ok := catalogue.Find(OpenPurpose)
	if !ok {
		t.Fatalf("no purpose %s", OpenPurpose)
	}
	c := signed.Challenge
	if c.Operator != entry.ID || c.PartyID != OpenParty || c.PartyName == "" || c.Purpose != OpenPurpose ||
		!bytes.Equal(c.Nonce, decode(t, issued.Nonce)) || !bytes.Equal(c.PageKey, page.Public()) ||
		!c.Issued.Equal(issued.Issued) || !c.Expires.Equal(issued.Expires) || c.Expires.Sub(c.Issued) != challenge.Honoured ||
		!slices.Equal(c.Claims, purpose.Request) || c.Offline {
		t.Errorf("challenge %+v for %+v", c, issued)
	}
	if issued.ID != answer.ID(c.Nonce) || c.ResponseURI == "" || u.Site != nil && c.ResponseURI != Phones+"/v1/challenges" {
		t.Errorf("answers to %s, box %s", c.ResponseURI, issued.ID)
	}
	if u.Site != nil {
		if err := u.Site.sealer(t).Check(c.Nonce, OpenParty, OpenPurpose, time.Now()); err != nil {
			t.Error(err)
		}
	}
	// Without a page's key there is no address to answer to.
	plain, err := challenge.Parse(u.issue(t).Challenge)
	if err != nil {
		t.Fatal(err)
	}
	if plain.ResponseURI != "" || plain.PageKey != nil || bytes.Equal(plain.Nonce, c.Nonce) || plain.Verify(operator) != nil {
		t.Errorf("challenge %+v", plain.Challenge)
	}
	u.receipt(t, entry.ID, operator, issued.Nonce)
	u.time(t, entry.ID, operator)
	u.checkpoint(t, entry.ID, operator)
}

// receipt redeems a nonce and reads what is given for it.
func (u *under) receipt(t *testing.T, id string, operator *cwt.Key, nonce string) {
	t.Helper()
	var redeemed core.Redeemed
	u.post(t, "/v1/redeem", redemption(nonce)).read(t, http.StatusOK, &redeemed)
	receipt, err := challenge.OpenReceipt(decode(t, redeemed.Receipt), operator)
	if err != nil {
		t.Fatal(err)
	}
	want := challenge.Receipt{
		Operator: id, Redeemed: redeemed.Redeemed, NonceHash: sha256.Sum256(decode(t, nonce)), Party: OpenParty, Purpose: OpenPurpose,
		Reason: "ok", Class: "A", Labels: []string{"name", "over18"}, Hash: make([]byte, core.HashSize), Sequence: 1,
	}
	receipt.Redeemed = receipt.Redeemed.UTC()
	if !reflect.DeepEqual(receipt, want) {
		t.Errorf("receipt %+v\nwant    %+v", receipt, want)
	}
	var again core.Redeemed
	u.get(t, "/v1/receipts/"+nonce).read(t, http.StatusOK, &again)
	if again != redeemed {
		t.Errorf("by its id %+v\nwas        %+v", again, redeemed)
	}
}

func (u *under) time(t *testing.T, id string, operator *cwt.Key) {
	t.Helper()
	nonce := read(t, rand.Reader, challenge.MaxTimeNonce)
	for _, nonce := range [][]byte{nil, nonce[:challenge.MinTimeNonce], nonce} {
		var signed core.Signed
		u.get(t, "/v1/time?nonce="+base64.RawURLEncoding.EncodeToString(nonce)).read(t, http.StatusOK, &signed)
		told, err := challenge.OpenTime(decode(t, signed.Document), operator)
		if err != nil || told.Operator != id || !told.At.Equal(signed.At) || !bytes.Equal(told.Nonce, nonce) {
			t.Errorf("time %+v, %v; said %v", told, err, signed.At)
		}
	}
	u.get(t, "/v1/time?nonce="+base64.RawURLEncoding.EncodeToString(append(nonce, 0))).want(t, "a long nonce", 400, "body-malformed")
}

func (u *under) checkpoint(t *testing.T, id string, operator *cwt.Key) {
	t.Helper()
	want := register.Checkpoint{Operator: id, Count: register.MaxLines}
	copy(want.Register[:], read(t, rand.Reader, sha256.Size))
	copy(want.Head[:], read(t, rand.Reader, sha256.Size))
	var signed core.Signed
	u.post(t, "/v1/checkpoints", checkpointBody(want)).read(t, http.StatusCreated, &signed)
	got, err := register.OpenCheckpoint(decode(t, signed.Document), operator)
	if err != nil {
		t.Fatal(err)
	}
	want.At, got.At = signed.At, got.At.UTC()
	if got != want {
		t.Errorf("checkpoint %+v\nwant       %+v", got, want)
	}
}

func checkpointBody(c register.Checkpoint) string {
	return fmt.Sprintf(`{"party":%q,"register":%q,"count":%d,"head":%q}`, OpenParty,
		base64.RawURLEncoding.EncodeToString(c.Register[:]), c.Count, base64.RawURLEncoding.EncodeToString(c.Head[:]))
}
