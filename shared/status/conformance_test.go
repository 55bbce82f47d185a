package status

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"jianzheng/shared/cwt"
)

// vectors is the folder of the draft's examples, or "" where it is absent.
func vectors() string {
	root := os.Getenv("VECTORS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "vectors")
	}
	dir := filepath.Join(root, "token-status-list")
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

// read returns one example. In the short ones a line says what is encoded; the
// hex or JSON follows it.
func read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectors(), name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	if _, after, ok := strings.Cut(text, "encoded:"); ok {
		text = after
	}
	return strings.Join(strings.Fields(text), "")
}

func readHex(t testing.TB, name string) []byte {
	t.Helper()
	b, err := hex.DecodeString(read(t, name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

// publishedLists and publishedTokens are the seeds of the fuzz targets; none
// where the vectors are absent.
func publishedLists(t testing.TB) (lists [][]byte) {
	t.Helper()
	for name, kind := range published {
		if vectors() != "" && kind.what == "list" && !kind.json {
			lists = append(lists, readHex(t, name))
		}
	}
	return lists
}

func publishedTokens(t testing.TB) [][]byte {
	t.Helper()
	if vectors() == "" {
		return nil
	}
	return [][]byte{readHex(t, "status_list_cwt.md")}
}

// published says what each file of the folder is. A list has entries 0 apart
// from those in expected.json, or exactly short.
var published = map[string]struct {
	what  string // list, token, or text that explains another file
	json  bool   // lst in base64url
	bits  uint8
	short []uint8
}{
	"README.md":                          {what: "text"},
	"expected.json":                      {what: "text"},
	"status_list_cwt.md":                 {what: "token"},
	"status_list_cwt_diag.md":            {what: "text"},
	"status_list_encoding_cbor.md":       {what: "list", bits: 1, short: oneBit},
	"status_list_encoding_cbor_diag.md":  {what: "text"},
	"status_list_encoding_json.md":       {what: "list", json: true, bits: 1, short: oneBit},
	"status_list_encoding1_long_cbor.md": {what: "list", bits: 1},
	"status_list_encoding1_long_json.md": {what: "list", json: true, bits: 1},
	"status_list_encoding2_cbor.md":      {what: "list", bits: 2, short: twoBits},
	"status_list_encoding2_cbor_diag.md": {what: "text"},
	"status_list_encoding2_json.md":      {what: "list", json: true, bits: 2, short: twoBits},
	"status_list_encoding2_long_cbor.md": {what: "list", bits: 2},
	"status_list_encoding2_long_json.md": {what: "list", json: true, bits: 2},
	"status_list_encoding8_cbor.md":      {what: "list", bits: 8},
	"status_list_encoding8_json.md":      {what: "list", json: true, bits: 8},
}

var (
	oneBit  = []uint8{1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1}
	twoBits = []uint8{1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3}
)

// expectations of the long lists: entries not named are 0.
type expectations struct {
	Entries int                         `json:"entries"`
	ByBits  map[string]map[string]uint8 `json:"by_bits"`
}

// list is the whole list of that many bits.
func (e expectations) list(t testing.TB, bits uint8) []uint8 {
	t.Helper()
	named, ok := e.ByBits[strconv.Itoa(int(bits))]
	if !ok {
		t.Fatalf("expected.json has no list of %d bits", bits)
	}
	list := make([]uint8, e.Entries)
	for idx, v := range named {
		i, err := strconv.Atoi(idx)
		if err != nil {
			t.Fatal(err)
		}
		list[i] = v
	}
	return list
}

// TestConformance reads every file of the draft's examples and holds it against
// what its README says.
func TestConformance(t *testing.T) {
	dir := vectors()
	if dir == "" {
		fmt.Println("conformance token-status-list: not run, no vectors (VECTORS)")
		t.Skip("vectors absent")
	}
	b, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected expectations
	if err := json.Unmarshal(b, &expected); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var cases, passed, refused int
	hold := func(counter *int, name string, err error) {
		cases++
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		*counter++
	}
	for _, file := range files {
		name := file.Name()
		kind, ok := published[name]
		switch {
		case !ok:
			t.Errorf("%s: nothing is known about this file", name)
		case kind.what == "token":
			hold(&passed, name, publishedToken(readHex(t, name)))
			for what, err := range tokenRefusals(readHex(t, name)) {
				hold(&refused, name+": "+what, err)
			}
		case kind.what == "list":
			want := kind.short
			if want == nil {
				want = expected.list(t, kind.bits)
			}
			token, err := publishedList(t, name, kind.json)
			if err == nil {
				err = sameList(token, kind.bits, want)
			}
			hold(&passed, name, err)
			if token == nil {
				continue
			}
			if _, err = token.At(uint64(len(want))); errors.Is(err, ErrRange) {
				err = nil
			} else {
				err = fmt.Errorf("index past the end: %v", err)
			}
			hold(&refused, name+": index past the end", err)
		}
	}
	for name := range published {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s: missing", name)
		}
	}
	fmt.Printf("conformance token-status-list: cases %d, passed %d, refused as expected %d, unsupported 0\n", cases, passed, refused)
	if cases != passed+refused {
		t.Errorf("%d cases unexplained", cases-passed-refused)
	}
}

// publishedList reads an unsigned list. The package reads only the CBOR form; of
// the JSON form, the compressed list is the same.
func publishedList(t testing.TB, name string, isJSON bool) (*Token, error) {
	t.Helper()
	var bits uint8
	var packed []byte
	var err error
	if isJSON {
		var form struct {
			Bits uint8  `json:"bits"`
			List string `json:"lst"`
		}
		if err := json.Unmarshal([]byte(read(t, name)), &form); err != nil {
			return nil, err
		}
		bits = form.Bits
		packed, err = base64.RawURLEncoding.Strict().DecodeString(form.List)
	} else {
		bits, packed, err = parseList(readHex(t, name))
	}
	if err != nil {
		return nil, err
	}
	entries, err := inflate(packed)
	return &Token{Bits: bits, entries: entries}, err
}

// sameList compares every entry.
func sameList(token *Token, bits uint8, want []uint8) error {
	if token.Bits != bits || token.Len() != uint64(len(want)) {
		return fmt.Errorf("%d entries of %d bits, want %d of %d", token.Len(), token.Bits, len(want), bits)
	}
	for i, w := range want {
		if got, err := token.At(uint64(i)); err != nil || got != w {
			return fmt.Errorf("entry %d: got %d, %v, want %d", i, got, err, w)
		}
	}
	return nil
}

// exampleKey is the key the draft signs its token with, as its README names it.
func exampleKey() (*cwt.Key, error) {
	px, err := base64.RawURLEncoding.DecodeString("I3HWm_0Ds1dPMI-IWmf4mBmH-YaeAVbPVu7vB27CxXo")
	if err != nil {
		return nil, err
	}
	py, err := base64.RawURLEncoding.DecodeString("6N_d5Elj9bs1htgV3okJKIdbHEpkgTmAluYKJemzn1M")
	if err != nil {
		return nil, err
	}
	b, err := cwt.Encode(map[int64]any{1: 2, 2: []byte("12"), 3: int64(cwt.ES256), -1: 1, -2: px, -3: py})
	if err != nil {
		return nil, err
	}
	return cwt.ParseKey(b)
}

// publishedToken verifies the signed example and compares all that it says.
func publishedToken(b []byte) error {
	k, err := exampleKey()
	if err != nil {
		return err
	}
	token, err := Parse(b)
	if err != nil {
		return err
	}
	if err := token.Verify(k); err != nil {
		return err
	}
	if token.Subject != "https://example.com/statuslists/1" || string(token.KeyID) != "12" ||
		token.IssuedAt.Unix() != 1686920170 || token.Expires.Unix() != 2291720170 || token.TTL != 43200*time.Second {
		return fmt.Errorf("sub %q, kid %q, iat %v, exp %v, ttl %v", token.Subject, token.KeyID, token.IssuedAt, token.Expires, token.TTL)
	}
	return sameList(token, 1, oneBit)
}

// tokenRefusals tries what has to be refused with the signed example, and
// returns what went wrong, by name.
func tokenRefusals(b []byte) map[string]error {
	k, err := exampleKey()
	if err != nil {
		return map[string]error{"key": err}
	}
	try := func(b []byte, k *cwt.Key, uri string, idx uint64, want ...error) error {
		token, err := Parse(b)
		if err == nil {
			if err = token.Verify(k); err == nil {
				_, err = token.Lookup(uri, idx)
			}
		}
		for _, w := range want {
			if errors.Is(err, w) {
				return nil
			}
		}
		return fmt.Errorf("got %v, want one of %v", err, want)
	}
	const uri = "https://example.com/statuslists/1"
	otherAlg := *k
	otherAlg.Alg = cwt.ES384
	altered := bytes.Replace(b, []byte("statuslists/1"), []byte("statuslists/2"), 1)
	return map[string]error{
		"index past the end":       try(b, k, uri, 16, ErrRange),
		"list of another address":  try(b, k, "https://example.com/statuslists/2", 0, ErrSubject),
		"key of another algorithm": try(b, &otherAlg, uri, 0, cwt.ErrAlgorithm),
		"altered sub":              try(altered, k, "https://example.com/statuslists/2", 0, cwt.ErrSignature),
		"cut":                      try(b[:len(b)-1], k, uri, 0, ErrMalformed),
	}
}

// Each bit of the signed example: either it is refused, or the bit stands in the
// one part that no signature covers, the unprotected key id, and changes nothing
// else.
func TestConformanceBits(t *testing.T) {
	if vectors() == "" {
		fmt.Println("conformance token-status-list: not run, no vectors (VECTORS)")
		t.Skip("vectors absent")
	}
	good := readHex(t, "status_list_cwt.md")
	k, err := exampleKey()
	if err != nil {
		t.Fatal(err)
	}
	unprotected := bytes.Index(good, []byte("\xa1\x04\x4212"))
	harmless := 0
	for i := range len(good) * 8 {
		b := bytes.Clone(good)
		b[i/8] ^= 1 << (i % 8)
		token, err := Parse(b)
		if err != nil || token.Verify(k) != nil {
			continue
		}
		if at := i/8 - unprotected; at < 0 || at >= 5 {
			t.Fatalf("bit %d flipped and still verified", i)
		}
		if token.Subject != "https://example.com/statuslists/1" || sameList(token, 1, oneBit) != nil {
			t.Fatalf("bit %d changed what the token says", i)
		}
		harmless++
	}
	t.Logf("%d bits flipped, %d of them harmless in the unsigned key id", len(good)*8, harmless)
}

// The draft's long list of 4 bits has no file; its entries make one here.
func TestFourBits(t *testing.T) {
	if vectors() == "" {
		fmt.Println("conformance token-status-list: not run, no vectors (VECTORS)")
		t.Skip("vectors absent")
	}
	b, err := os.ReadFile(filepath.Join(vectors(), "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected expectations
	if err := json.Unmarshal(b, &expected); err != nil {
		t.Fatal(err)
	}
	for _, bits := range []uint8{1, 2, 4, 8} {
		want := expected.list(t, bits)
		if err := sameList(verified(t, build(t, bits, want)), bits, want); err != nil {
			t.Errorf("%d bits: %v", bits, err)
		}
	}
}
