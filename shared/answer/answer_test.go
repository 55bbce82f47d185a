package answer

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/cryptotest"

	"jianzheng/shared/draws"
)

var update = flag.Bool("update", false, "write testdata/vectors.txt again")

const vectors = "testdata/vectors.txt"

func generate(t testing.TB, seed string) *Key {
	t.Helper()
	k, err := GenerateKey(draws.New(seed))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func draw(seed string, n int) []byte {
	b := make([]byte, n)
	draws.New(seed).Read(b)
	return b
}

func seal(t testing.TB, k *Key, nonce, presentation []byte) []byte {
	t.Helper()
	sealed, err := Seal(k.Public(), nonce, presentation)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestSealAndOpen(t *testing.T) {
	k, nonce := generate(t, "page"), draw("nonce", 28)
	for _, n := range []int{1, 253, 254, 255, 713, maxPlain} {
		presentation := draw("presentation", n)
		sealed := seal(t, k, nonce, presentation)
		if !Plausible(sealed) || len(sealed) > MaxBytes {
			t.Errorf("%d bytes become %d", n, len(sealed))
		}
		got, err := k.Open(nonce, sealed)
		if err != nil || !bytes.Equal(got, presentation) {
			t.Errorf("%d bytes: %d came back, %v", n, len(got), err)
		}
		if bytes.Contains(sealed, presentation) && n > 2 {
			t.Errorf("%d bytes stand in the open", n)
		}
	}
	// Names of different lengths look alike to the endpoint.
	if a, b := seal(t, k, nonce, draw("a", 600)), seal(t, k, nonce, draw("a", 700)); len(a) != len(b) {
		t.Errorf("600 bytes become %d and 700 %d", len(a), len(b))
	}
}

func TestSealRefuses(t *testing.T) {
	public, nonce := generate(t, "page").Public(), draw("nonce", 28)
	for name, test := range map[string]struct {
		key, presentation []byte
		want              error
	}{
		"nothing":              {public, nil, ErrTooLarge},
		"too large":            {public, make([]byte, maxPlain+1), ErrTooLarge},
		"no key":               {nil, []byte("x"), ErrKey},
		"key cut":              {public[1:], []byte("x"), ErrKey},
		"key of P-256":         {make([]byte, 65), []byte("x"), ErrKey},
		"point of order 1":     {append([]byte{1}, make([]byte, 31)...), []byte("x"), ErrKey},
		"point of order 2":     {make([]byte, 32), []byte("x"), ErrKey},
		"point of order 8":     {unhex(t, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"), []byte("x"), ErrKey},
		"a second order 8":     {unhex(t, "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"), []byte("x"), ErrKey},
		"order 4, not reduced": {unhex(t, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"), []byte("x"), ErrKey},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Seal(test.key, nonce, test.presentation); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	k, nonce := generate(t, "page"), draw("nonce", 28)
	good := seal(t, k, nonce, draw("presentation", 713))
	change := func(i int) []byte {
		b := bytes.Clone(good)
		b[i] ^= 1
		return b
	}
	for name, test := range map[string]struct {
		key    *Key
		nonce  []byte
		sealed []byte
		want   error
	}{
		"another key":            {generate(t, "another page"), nonce, good, ErrSealed},
		"another nonce":          {k, draw("another nonce", 28), good, ErrSealed},
		"nonce cut":              {k, nonce[:27], good, ErrSealed},
		"nothing":                {k, nonce, nil, ErrSealed},
		"cut by one":             {k, nonce, good[:len(good)-1], ErrSealed},
		"cut by one in front":    {k, nonce, good[1:], ErrSealed},
		"cut by a block":         {k, nonce, good[:len(good)-padSize], ErrSealed},
		"one more":               {k, nonce, append(bytes.Clone(good), 0), ErrSealed},
		"one block more":         {k, nonce, append(bytes.Clone(good), make([]byte, padSize)...), ErrSealed},
		"too large":              {k, nonce, append(bytes.Clone(good), make([]byte, MaxBytes)...), ErrTooLarge},
		"encapsulation altered":  {k, nonce, change(0), ErrSealed},
		"content altered":        {k, nonce, change(100), ErrSealed},
		"tag altered":            {k, nonce, change(len(good) - 1), ErrSealed},
		"encapsulation of zeros": {k, nonce, append(make([]byte, 32), good[32:]...), ErrSealed},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := test.key.Open(test.nonce, test.sealed); !errors.Is(err, test.want) || got != nil {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	k := generate(t, "page")
	b, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseKey(b)
	if err != nil || !bytes.Equal(again.Public(), k.Public()) || len(b) != KeySize || len(k.Public()) != KeySize {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	for _, n := range []int{0, 31, 33} {
		if _, err := ParseKey(make([]byte, n)); !errors.Is(err, ErrKey) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := GenerateKey(strings.NewReader("short")); err == nil {
		t.Error("a key without randomness")
	}
}

func TestIDs(t *testing.T) {
	id := ID(draw("nonce", 28))
	if !IsID(id) || id == ID(draw("another", 28)) {
		t.Errorf("id %q", id)
	}
	for _, text := range []string{"", id[1:], id + "A", id[:15] + "=", id[:15] + "/", id[:15] + "\n", strings.Repeat("网", 16)[:16]} {
		if IsID(text) {
			t.Errorf("%q is taken for an id", text)
		}
	}
}

// TestVectors plays testdata/vectors.txt. A line is
//
//	name key nonce sealed id compare expect
//
// in hexadecimal, where expect is the presentation or, where it does not open, sealed.
func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	file, err := os.Open(vectors)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	count := 0
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if lines.Text() == "" || strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		f := strings.Fields(lines.Text())
		if len(f) != 7 {
			t.Fatalf("%d fields: %.40s", len(f), lines.Text())
		}
		count++
		t.Run(f[0], func(t *testing.T) {
			k, err := ParseKey(unhex(t, f[1]))
			if err != nil {
				t.Fatal(err)
			}
			nonce, sealed := unhex(t, f[2]), unhex(t, f[3])
			if got := ID(nonce); got != f[4] {
				t.Errorf("id %s, want %s", got, f[4])
			}
			if got := Compare(nonce, sealed); got != f[5] {
				t.Errorf("compare %s, want %s", got, f[5])
			}
			got, err := k.Open(nonce, sealed)
			switch f[6] {
			case "sealed":
				if !errors.Is(err, ErrSealed) {
					t.Errorf("%v, want not opened", err)
				}
			default:
				if err != nil || !bytes.Equal(got, unhex(t, f[6])) {
					t.Errorf("%x, %v", got, err)
				}
			}
		})
	}
	if err := lines.Err(); err != nil || count < 10 {
		t.Errorf("%d vectors, %v", count, err)
	}
}

func writeVectors(t *testing.T) {
	t.Helper()
	cryptotest.SetGlobalRandom(t, 1)
	var b bytes.Buffer
	b.WriteString("# Sealed answers of way A: name, private key of the page, nonce, sealed, id, compare code, presentation or refusal.\n" +
		"# Made by go test -run TestVectors ./shared/answer -update.\n")
	k, other, nonce := generate(t, "vector key"), generate(t, "other vector key"), draw("vector nonce", 28)
	line := func(name string, k *Key, nonce, sealed []byte, expect string) {
		private, err := k.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %x %x %x %s %s %s\n", name, private, nonce, sealed, ID(nonce), Compare(nonce, sealed), expect)
	}
	for _, n := range []int{1, 254, 255, 639} {
		presentation := draw("vector presentation", n)
		line(fmt.Sprintf("good-%d", n), k, nonce, seal(t, k, nonce, presentation), hex.EncodeToString(presentation))
	}
	good := seal(t, k, nonce, draw("vector presentation", 200))
	line("other-key", other, nonce, good, "sealed")
	line("other-nonce", k, draw("other vector nonce", 28), good, "sealed")
	line("cut", k, nonce, good[:len(good)-1], "sealed")
	line("longer", k, nonce, append(bytes.Clone(good), 0), "sealed")
	line("empty", k, nonce, good[:encapsulationSize], "sealed")
	altered := bytes.Clone(good)
	altered[encapsulationSize] ^= 0x80
	line("altered", k, nonce, altered, "sealed")
	line("encapsulation-zero", k, nonce, append(make([]byte, encapsulationSize), good[encapsulationSize:]...), "sealed")
	if err := os.WriteFile(vectors, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzOpen gives any bytes as an answer: nothing but what was sealed opens.
func FuzzOpen(f *testing.F) {
	// One of the vectors: each process of the fuzzer would seal another.
	k, nonce := generate(f, "vector key"), draw("vector nonce", 28)
	text, err := os.ReadFile(vectors)
	if err != nil {
		f.Fatal(err)
	}
	_, line, _ := strings.Cut(string(text), "\ngood-639 ")
	good := unhex(f, strings.Fields(line)[2])
	f.Add(nonce, good)
	f.Add(nonce, good[:len(good)-1])
	f.Add(nonce[1:], good)
	f.Add([]byte{}, make([]byte, minBytes))
	f.Fuzz(func(t *testing.T, n, sealed []byte) {
		got, err := k.Open(n, sealed)
		if opens := bytes.Equal(n, nonce) && bytes.Equal(sealed, good); opens != (err == nil) {
			t.Errorf("opened %v, want %v: %v", err == nil, opens, err)
		}
		if err != nil && !errors.Is(err, ErrSealed) && !errors.Is(err, ErrTooLarge) || err != nil && got != nil {
			t.Errorf("%x, %v", got, err)
		}
		if code := Compare(n, sealed); len(code) != 4 {
			t.Errorf("compare %q", code)
		}
	})
}
