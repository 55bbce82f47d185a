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
const algorithms = { "P-256": ["ECDSA", "SHA-256"], "P-384": ["ECDSA", "SHA-384"], Ed25519: ["Ed25519"] };
const jwk = JSON.parse(process.argv[1]);
const [name, hash] = algorithms[jwk.crv];
const key = await crypto.subtle.importKey("jwk", jwk, { name, namedCurve: jwk.crv }, false, ["sign"]);
process.stdout.write(Buffer.from(await crypto.subtle.sign({ name, hash }, key, Buffer.from("to be signed"))));
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
		signature, err := exec.Command(node, "--no-warnings", "--input-type=module", "-e", script, string(text)).Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Public().Verify([]byte("to be signed"), signature); err != nil {
			t.Errorf("%v: %v", alg, err)
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
