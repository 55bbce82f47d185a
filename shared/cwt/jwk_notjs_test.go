//go:build !js

package cwt

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"
)

// What another program signs with the JWK verifies with the key.
func TestJWK(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node to sign with")
	}
	const script = `
import { createPrivateKey, sign } from "node:crypto";
const key = JSON.parse(process.argv[1]);
const hash = { "P-256": "sha256", "P-384": "sha384" }[key.crv];
process.stdout.write(sign(hash, Buffer.from("to be signed"), createPrivateKey({ key, format: "jwk" })));
`
	for _, alg := range []Algorithm{ES256, ES384, EdDSA} {
		k, err := GenerateKey(alg, []byte("k"), bytes.NewReader(bytes.Repeat([]byte{9}, 512)))
		if err != nil {
			t.Fatal(err)
		}
		jwk, ok := k.JWK()
		if !ok {
			t.Fatalf("%v has none", alg)
		}
		text, err := json.Marshal(jwk)
		if err != nil {
			t.Fatal(err)
		}
		made, err := exec.Command(node, "--no-warnings", "--input-type=module", "-e", script, string(text)).Output()
		if err != nil {
			t.Fatal(err)
		}
		signature, err := k.RawSignature(made)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Public().Verify([]byte("to be signed"), signature); err != nil {
			t.Errorf("%v: %v", alg, err)
		}
	}
	for _, alg := range []Algorithm{ES256, EdDSA} {
		k, err := GenerateKey(alg, []byte("k"), bytes.NewReader(bytes.Repeat([]byte{9}, 512)))
		if err != nil {
			t.Fatal(err)
		}
		for _, made := range [][]byte{nil, make([]byte, 63), {0x30, 0x06, 2, 1, 1}} {
			if _, err := k.RawSignature(made); err == nil {
				t.Errorf("%v: %x is taken for a signature", alg, made)
			}
		}
	}
	k, err := GenerateKey(SM2SM3, []byte("k"), bytes.NewReader(bytes.Repeat([]byte{9}, 512)))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := k.JWK(); ok {
		t.Error("SM2 has a JWK")
	}
}
