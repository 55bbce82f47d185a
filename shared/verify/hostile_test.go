package verify_test

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"jianzheng/shared/base45"
	"jianzheng/shared/challenge"
	"jianzheng/shared/credential"
	"jianzheng/shared/cwt"
	"jianzheng/shared/demo"
	"jianzheng/shared/policy"
	"jianzheng/shared/reason"
	"jianzheng/shared/trust"
	"jianzheng/shared/verify"
)

// maxAllocated bounds all that one check of a code may allocate, freed or not.
const maxAllocated = 8 << 20

// ownVectors are those of testdata/vectors that are shown to a counter under the
// lists in force, with all their challenges.
type ownVectors struct {
	lists *verify.Lists
	o     verify.Options
	texts map[string]bool // whether somebody may be let in
}

func loadVectors(t testing.TB) ownVectors {
	t.Helper()
	dir := filepath.Join("..", "..", "testdata", "vectors")
	read := func(name string) []byte {
		return must[[]byte](t)(os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))))
	}
	var m struct {
		Lists map[string]struct {
			Anchor, Trust, Policy string
			Status                []string
		}
		Vectors []struct{ Kind, Input, Lists, Challenge, Expect string }
	}
	if err := json.Unmarshal(read("manifest.json"), &m); err != nil {
		t.Fatal(err)
	}
	good := m.Lists["good"]
	anchor := must[*cwt.Key](t)(cwt.ParseKey(read(good.Anchor)))
	v := ownVectors{texts: map[string]bool{}, o: verify.Options{Now: clock, Purpose: "internet-cafe", Challenges: []verify.Challenge{}},
		lists: &verify.Lists{Trust: must[*trust.List](t)(trust.Open(read(good.Trust), anchor)), Policy: must[*policy.Catalogue](t)(policy.Open(read(good.Policy), anchor))}}
	for _, name := range good.Status {
		v.lists.Status = append(v.lists.Status, must[*verify.StatusList](t)(verify.ParseStatus(read(name))))
	}
	shown := map[string]bool{}
	for _, row := range m.Vectors {
		if row.Kind != "check" {
			continue
		}
		text := string(read(row.Input))
		// A good answer of which staff said another purpose is a good answer here.
		v.texts[text] = v.texts[text] || strings.HasPrefix(row.Expect, "accepted ") || strings.HasPrefix(row.Expect, "conditional ") ||
			row.Expect == "rejected purpose-wrong"
		if row.Challenge != "" && !shown[row.Challenge] {
			shown[row.Challenge] = true
			v.o.Challenges = append(v.o.Challenges, verify.Challenge{Signed: must[*challenge.Signed](t)(challenge.Parse(string(read(row.Challenge))))})
		}
	}
	return v
}

// judged checks text and what holds for every result.
func (v ownVectors) judged(t testing.TB, text string) *verify.Result {
	t.Helper()
	r, pending, err := verify.Verify(text, v.lists, v.o)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Reason.Known() || string(r.Outcome) != r.Reason.Class().String() {
		t.Fatalf("%s, %s", r.Outcome, r.Reason)
	}
	letsIn := r.Outcome == verify.Accepted || r.Outcome == verify.Conditional
	if !letsIn && (pending != nil || r.Claims != (verify.Claims{})) {
		t.Fatalf("%s, %s, with something to redeem or claims", r.Outcome, r.Reason)
	}
	return r
}

// signedPart is what of a text was signed, and the signature: all but the
// unprotected headers, an optional tag, and the writing of the bytes.
func signedPart(text string) (string, bool) {
	for _, prefix := range []string{credential.PrefixPresentation, credential.PrefixPrinted} {
		body, ok := strings.CutPrefix(text, prefix)
		if !ok {
			continue
		}
		raw, err := base45.Decode(body)
		if err != nil {
			return "", false
		}
		raw = bytes.TrimPrefix(raw, []byte{0xd8, 61})
		var p []cwt.RawMessage
		if len(raw) == 0 || cwt.Decode(raw[1:], &p) != nil || len(p) != 4 {
			return "", false
		}
		return prefix + string(p[0]) + "|" + string(p[2]) + "|" + string(p[3]), true
	}
	return "", false
}

// Whatever a camera sees, nobody is let in but with what one of our own keys
// signed, and there is always a reason.
func FuzzVerify(f *testing.F) {
	v := loadVectors(f)
	good := map[string]bool{}
	for text, letsIn := range v.texts {
		f.Add(text)
		if part, ok := signedPart(text); ok && letsIn {
			good[part] = true
		}
	}
	if len(good) == 0 {
		f.Fatal("no good vector")
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := v.judged(t, text)
		if r.Outcome != verify.Accepted && r.Outcome != verify.Conditional {
			return
		}
		if part, ok := signedPart(text); !ok || !good[part] {
			t.Errorf("%s, %s: let in with what nobody signed", r.Outcome, r.Reason)
		}
	})
}

// hostile are CBOR items that cost more than they weigh, at most n bytes each.
func hostile(n int) map[string][]byte {
	long := func(head []byte, b byte) []byte { return append(head, bytes.Repeat([]byte{b}, n-len(head))...) }
	// 256 elements, each an array of 256, as deep as fits.
	fan := []byte{0}
	for len(fan)*256+3 < n {
		fan = append([]byte{0x99, 1, 0}, bytes.Repeat(fan, 256)...)
	}
	labels := []byte{0xb9, 0, 64}
	for i := range 64 {
		labels = append(labels, 0x18, byte(100+i))
		labels = append(labels, bytes.Repeat([]byte{0x81}, 14)...)
		labels = append(labels, 0)
	}
	return map[string][]byte{
		"deep arrays":           long(nil, 0x81),
		"deep maps":             long(nil, 0xa1),
		"deep tags":             long(nil, 0xc1),
		"deep indefinite":       long(nil, 0x9f),
		"wide array":            long([]byte{0x9a, 0, 0, byte((n - 5) >> 8), byte(n - 5)}, 0),
		"wide map":              long([]byte{0xba, 0, 0, byte((n - 5) / 2 >> 8), byte((n - 5) / 2)}, 0),
		"fan":                   fan,
		"64 deep labels":        labels,
		"huge array":            {0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"huge map":              {0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"huge bytes":            {0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"huge text":             {0x7b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"bytes of 1 GiB":        {0x5a, 0x40, 0, 0, 0, 0},
		"array of 4 G elements": {0x9a, 0xff, 0xff, 0xff, 0xff, 0, 0, 0},
		"bignum":                append([]byte{0xc2}, long([]byte{0x59, byte((n - 4) >> 8), byte(n - 4)}, 0xff)[:n-1]...),
		"zlib":                  zlibBomb(n),
		"zeros":                 make([]byte, n),
		"ones":                  long(nil, 0xff),
	}
}

// zlibBomb is the largest zlib stream of zeros that fits into n bytes.
func zlibBomb(n int) []byte {
	var out bytes.Buffer
	z, _ := zlib.NewWriterLevel(&out, zlib.BestCompression)
	for out.Len() < n/2 {
		z.Write(make([]byte, 1<<16))
		z.Flush()
	}
	z.Close()
	return out.Bytes()
}

// No code of any size that is looked at makes a check allocate more than 8 MiB
// in all, wherever in the message the costly item stands, and none makes it
// panic. Our own vectors are held to the same.
func TestBadInputIsBounded(t *testing.T) {
	w := newWorld(t)
	v := loadVectors(t)
	issuer := w.key("issuer-light")
	samples := map[string]string{}
	for text := range v.texts {
		samples["vector "+text[:min(len(text), 24)]+string(rune(len(samples)))] = text
	}
	const room = credential.MaxText * 2 / 3 * 9 / 10 // bytes, less what stands around
	items := hostile(room)
	items["small zlib"] = zlibBomb(256)
	printed := w.printed("issuer-light", nil)
	p := parts(t, must[[]byte](t)(base45.Decode(printed[len(credential.PrefixPrinted):])))
	card := parts(t, must[[]byte](t)(credential.Choose(w.card("valid"), []string{"name"})))
	raw := func(part []byte, head ...byte) []byte { return append(head, part...) }
	for name, item := range items {
		text := func(place string, b []byte) {
			for _, prefix := range []string{credential.PrefixPresentation, credential.PrefixPrinted} {
				samples[name+" "+place+" "+prefix] = prefix + base45.Encode(b)
			}
		}
		text("alone", item)
		text("tagged", raw(item, 0xd2))
		wrapped := encoded(t, item) // as a byte string
		text("as protected header", bytes.Join([][]byte{{0xd2, 0x84}, wrapped, p[1], p[2], p[3]}, nil))
		text("as unprotected header", bytes.Join([][]byte{{0xd2, 0x84}, p[0], item, p[2], p[3]}, nil))
		text("as payload", bytes.Join([][]byte{{0xd2, 0x84}, p[0], p[1], wrapped, p[3]}, nil))
		text("as signature", bytes.Join([][]byte{{0xd2, 0x84}, p[0], p[1], p[2], wrapped}, nil))
		text("as disclosures", bytes.Join([][]byte{{0xd2, 0x84}, card[0], {0xa1, 17}, item, card[2], card[3]}, nil))
		text("as one disclosure", bytes.Join([][]byte{{0xd2, 0x84}, card[0], {0xa1, 17, 0x81}, wrapped, card[2], card[3]}, nil))
		// A claim that the issuer really signed.
		claim := bytes.Join([][]byte{{0xa5, 1}, encoded(t, "https://demo.jianzheng.example/gz"), {4}, encoded(t, clock.AddDate(0, 1, 0).Unix()),
			{6}, encoded(t, clock.Unix()), {0x18, 169}, item, {0x19, 0x10, 0}, item}, nil)
		if signed, err := cwt.Sign(issuer, cwt.Header{}, nil, claim); err == nil {
			text("as signed claims", signed)
		}
		samples[name+" as a certificate"] = "HC1:" + base45.Encode(item)
		samples[name+" as text"] = string(item)
	}
	// The claims above count only under the lists of who signed them.
	demonstration := ownVectors{lists: w.lists, o: v.o}
	most, which := uint64(0), ""
	for name, text := range samples {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		v.judged(t, text)
		demonstration.judged(t, text)
		runtime.ReadMemStats(&after)
		used := after.TotalAlloc - before.TotalAlloc
		if used > most {
			most, which = used, name
		}
		if used > maxAllocated {
			t.Errorf("%s, %d characters: %d bytes allocated", name, len(text), used)
		}
	}
	t.Logf("%d samples; the most costly allocates %d kB: %.60q", len(samples), most>>10, which)
}

// A status list may be large; one that is a bomb costs no more than its cap.
func TestStatusBombIsBounded(t *testing.T) {
	w := newWorld(t)
	text, o := w.bound(w.card("valid"))
	o.Now = clock
	for _, size := range []int{8 << 10, 256 << 10} {
		payload := encoded(t, map[int]any{2: demo.StatusURI, 4: clock.AddDate(0, 0, 7).Unix(), 6: clock.Unix(),
			65533: map[string]any{"bits": 2, "lst": zlibBomb(size)}})
		token := must[[]byte](t)(cwt.Sign(w.key("status"), cwt.Header{Type: "application/statuslist+cwt"}, nil, payload))
		w.lists.Status = []*verify.StatusList{must[*verify.StatusList](t)(verify.ParseStatus(token))}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, _ := w.verify(text, o)
		runtime.ReadMemStats(&after)
		expect(t, r, reason.StatusInvalid)
		if used := after.TotalAlloc - before.TotalAlloc; used > maxAllocated {
			t.Errorf("a bomb of %d bytes: %d bytes allocated", size, used)
		} else {
			t.Logf("a bomb of %d bytes allocates %d kB", size, used>>10)
		}
	}
}
