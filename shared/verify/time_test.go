package verify_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/cwt"
	"jianzheng/shared/trust"
	"jianzheng/shared/verify"
)

// Only an operator of the list tells the time, to whoever asks now.
func TestTime(t *testing.T) {
	w := newWorld(t)
	lists := w.open(clock)
	operator := w.authority.Operator()
	stranger := must[*cwt.PrivateKey](t)(cwt.GenerateKey(cwt.ES256, operator.Public().ID, w.rand))
	nonce, other := []byte("0123456789abcdef"), []byte("fedcba9876543210")
	i := slices.IndexFunc(lists.Trust.Entries, func(e trust.Entry) bool { return slices.Contains(e.Roles, trust.RoleChallenge) })
	name := lists.Trust.Entries[i].ID
	said := func(at time.Time, name string, nonce []byte, key *cwt.PrivateKey) []byte {
		return must[[]byte](t)(challenge.SignedTime{Operator: name, At: at, Nonce: nonce}.Sign(key))
	}
	good := said(clock, name, nonce, operator)
	for _, test := range []struct {
		name     string
		lists    *verify.Lists
		document []byte
		nonce    []byte
		ok       bool
	}{
		{"as asked", lists, good, nonce, true},
		{"a month later", lists, said(clock.Add(30*24*time.Hour), name, nonce, operator), nonce, true},
		{"an answer of before, replayed", lists, said(clock.Add(-time.Hour), name, other, operator), nonce, false},
		{"an answer to nobody, replayed", lists, said(clock, name, nil, operator), nonce, false},
		{"asked without a nonce", lists, said(clock, name, nil, operator), nil, false},
		{"before the lists were made", lists, said(clock.Add(-time.Hour), name, nonce, operator), nonce, false},
		{"outside the key's window", lists, said(clock.AddDate(50, 0, 0), name, nonce, operator), nonce, false},
		{"in the name of another operator", lists, said(clock, "https://else.example", nonce, operator), nonce, false},
		{"signed by a stranger", lists, said(clock, name, nonce, stranger), nonce, false},
		{"one byte changed", lists, append(slices.Clone(good[:len(good)-1]), good[len(good)-1]^1), nonce, false},
		{"no signed time", lists, []byte("2026-03-01"), nonce, false},
		{"without a trust list", &verify.Lists{}, good, nonce, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			at, err := test.lists.Time(test.document, test.nonce)
			if (err == nil) != test.ok || err != nil && !errors.Is(err, verify.ErrTime) {
				t.Fatalf("%v, %v", at, err)
			}
			if test.name == "as asked" && !at.Equal(clock) {
				t.Errorf("%v, want %v", at, clock)
			}
		})
	}
}
