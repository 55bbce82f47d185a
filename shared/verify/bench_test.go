package verify_test

import (
	"testing"

	"jianzheng/shared/credential"
	"jianzheng/shared/reason"
	"jianzheng/shared/verify"
)

// BenchmarkBound is a class A answer as a counter sees it: card, key binding,
// trust list, status list, purpose. The challenge was checked when it was shown.
func BenchmarkBound(b *testing.B) {
	w := newWorld(b)
	for _, person := range []string{"valid", "full"} {
		b.Run(person, func(b *testing.B) {
			c := w.challenge("internet-cafe", clock)
			text := w.answer(w.card(person), c.Claims, bind(c, clock))
			challenges := []verify.Challenge{c}
			for b.Loop() {
				r, _, err := verify.Verify(text, w.lists, verify.Options{Now: clock, Challenges: challenges})
				if err != nil || r.Reason != reason.OK {
					b.Fatal(r.Reason, err)
				}
			}
		})
	}
}

// BenchmarkRead is the part of a check before any signature.
func BenchmarkRead(b *testing.B) {
	w := newWorld(b)
	c := w.challenge("internet-cafe", clock)
	text := w.answer(w.card("valid"), c.Claims, bind(c, clock))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := credential.Read(text); err != nil {
			b.Fatal(err)
		}
	}
}
