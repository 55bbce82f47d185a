package app

import (
	"encoding/json"
	"testing"
)

// BenchmarkVerify is a class A answer through the JSON surface: what the worker
// of a page waits for.
func BenchmarkVerify(b *testing.B) {
	c := newCounter(b)
	shown := ok[ChallengeAnswer](b, c.App, "challenge.make", MakeRequest{Now: c.boot.Now, Purpose: "internet-cafe"})
	request, err := json.Marshal(VerifyRequest{Now: c.boot.Now, Text: c.answer("valid", shown.Text)})
	if err != nil {
		b.Fatal(err)
	}
	request = append([]byte(`{"op":"verify",`), request[1:]...)
	b.ReportAllocs()
	for b.Loop() {
		c.App.shown[0].Used = false
		c.Call(request)
	}
}
