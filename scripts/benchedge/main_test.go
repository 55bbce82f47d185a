package main

import (
	"encoding/base64"
	"os"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/challenge"
)

func TestReadResult(t *testing.T) {
	var r result
	if err := r.read([]byte("Running 5s test\nRESULT 60000 3000000 1500.0 9250.5 0 0\n")); err != nil {
		t.Fatal(err)
	}
	r.cpu = 3 * time.Second
	if r.rate() != 20_000 || r.cost() != 50*time.Microsecond || r.p50 != 1500*time.Microsecond || r.p99 != 9250500*time.Nanosecond {
		t.Errorf("%+v", r)
	}
	// One answer that is none of success, one broken connection, no line.
	for _, said := range []string{"RESULT 9 9 1 1 1 0\n", "RESULT 9 9 1 1 0 1\n", "RESULT 9\n", "unable to connect"} {
		if err := new(result).read([]byte(said)); err == nil {
			t.Errorf("%q was taken", said)
		}
	}
}

func TestTable(t *testing.T) {
	second := func(requests ...int) (all []result) {
		for _, n := range requests {
			all = append(all, result{requests: n, took: time.Second, cpu: time.Second, p50: time.Millisecond, p99: 2 * time.Millisecond})
		}
		return all
	}
	var b strings.Builder
	rows := []row{{name: "a", peer: "b"}, {name: "b"}}
	table(&b, rows, map[string][]result{"a": second(200, 30, 100), "b": second(100, 10, 100)})
	got := strings.Split(b.String(), "\n")
	if a, want := strings.Fields(got[1]), "a 100 10000 1.00 2.00 2.00× 0.50× 0.0"; strings.Join(a, " ") != want {
		t.Errorf("%q, want %q", a, want)
	}
	if b, want := strings.Fields(got[2]), "b 100 10000 1.00 2.00 0.0"; strings.Join(b, " ") != want {
		t.Errorf("%q, want %q", b, want)
	}
}

// The script that reads nonces takes lines of their length.
func TestNonceLines(t *testing.T) {
	line := strings.Repeat("n", base64.RawURLEncoding.EncodedLen(challenge.NonceSize)) + `\n"`
	if !strings.Contains(string(redeemScript), `#"`+line) {
		t.Error("wrk/redeem.lua takes lines of another length")
	}
	p, err := newPlace(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	path, err := redeemingOne.writeNonces(p, t.TempDir(), 100)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		nonce, err := base64.RawURLEncoding.DecodeString(strings.TrimSuffix(line, "\n"))
		if err != nil || len(nonce) != challenge.NonceSize || nonce[4] != 0 || seen[line] {
			t.Fatalf("nonce %q: %v", line, err)
		}
		seen[line] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d nonces", len(seen))
	}
}

func TestAccount(t *testing.T) {
	if _, err := processorTime(os.Getpid()); err != nil {
		t.Error(err)
	}
	if size, err := residentMemory(os.Getpid()); err != nil || size < 1<<20 {
		t.Errorf("%d bytes, %v", size, err)
	}
}
