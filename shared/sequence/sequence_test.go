package sequence

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"jianzheng/shared/qr"
)

// long is a text of n characters.
func long(n int) string {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	var b strings.Builder
	b.WriteString("KB1:")
	for b.Len() < n {
		b.WriteByte(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

func split(t testing.TB, text string) []string {
	t.Helper()
	parts, err := Split(text)
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// add gives parts to a collector and returns the texts that became whole.
func add(t testing.TB, c *Collector, parts ...string) (whole []string) {
	t.Helper()
	for _, p := range parts {
		text, err := c.Add(p)
		if err != nil {
			t.Fatalf("%.30s: %v", p, err)
		}
		if text != "" {
			whole = append(whole, text)
		}
	}
	return whole
}

func TestPartsComeInAnyOrder(t *testing.T) {
	for _, n := range []int{2, 3, 449, 450, 451, 901, 2400, 3333, MaxText} {
		text := long(max(n, 4))[:n]
		parts := split(t, text)
		if len(parts) > MaxParts {
			t.Errorf("%d parts", len(parts))
		}
		for seed := range uint64(4) {
			shuffled := slices.Clone(parts)
			rand.New(rand.NewPCG(seed, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			var c Collector
			// Each is seen several times, as by a camera.
			got := add(t, &c, append(append(slices.Clone(shuffled[:len(shuffled)-1]), shuffled[:len(shuffled)-1]...), shuffled...)...)
			if len(got) != 1 || got[0] != text {
				t.Errorf("%d characters: %d texts", n, len(got))
			}
		}
	}
}

// Pages trim what is pasted and typed.
func TestPartsSurviveTrimming(t *testing.T) {
	for n := 1000; n < 1100; n++ {
		text := long(n) + "0"
		var c Collector
		var got []string
		for _, p := range split(t, text) {
			got = append(got, add(t, &c, strings.TrimSpace(p))...)
		}
		if len(got) != 1 || got[0] != text {
			t.Errorf("%d characters", len(text))
		}
	}
	split(t, strings.Repeat(" ", 1000))
}

// A part fits a symbol that a webcam reads at once.
func TestPartsAreSmall(t *testing.T) {
	for _, n := range []int{1500, 2400, MaxText} {
		for _, p := range split(t, long(n)) {
			m, err := qr.Encode(p, qr.M)
			if err != nil {
				t.Fatal(err)
			}
			if m.Size > 17+4*13 {
				t.Errorf("%d characters: %d modules a side", len(p), m.Size)
			}
		}
	}
}

func TestProgress(t *testing.T) {
	parts := split(t, long(1300))
	var c Collector
	if c.Progress() != (Progress{}) {
		t.Error("progress of nothing")
	}
	add(t, &c, parts[1], parts[1])
	if c.Progress() != (Progress{1, 3}) {
		t.Errorf("%+v", c.Progress())
	}
	add(t, &c, parts[0])
	if c.Progress() != (Progress{2, 3}) {
		t.Errorf("%+v", c.Progress())
	}
	if got := add(t, &c, parts[2]); len(got) != 1 || c.Progress() != (Progress{}) {
		t.Errorf("%d texts, %+v", len(got), c.Progress())
	}
	for _, piece := range c.pieces {
		if piece != "" {
			t.Error("a piece is kept of a text that was given out")
		}
	}
}

// What was whole is passed over as long as it stays in view, and counts again when
// it comes back.
func TestWholeCountsOnce(t *testing.T) {
	parts := split(t, long(1300))
	var c Collector
	add(t, &c, parts...)
	for range 5 * idleLooks {
		c.Look()
		if got := add(t, &c, parts...); len(got) != 0 {
			t.Fatal("given out twice")
		}
	}
	for range idleLooks + 1 {
		c.Look()
	}
	if got := add(t, &c, parts...); len(got) != 1 {
		t.Error("does not count after it was away")
	}
	c.Reset()
	if got := add(t, &c, parts...); len(got) != 1 {
		t.Error("does not count after a reset")
	}
}

func TestAnotherSequenceStartsAnew(t *testing.T) {
	one, other := split(t, long(1300)), split(t, long(1301))
	var c Collector
	add(t, &c, one[0], one[1], other[2])
	if c.Progress() != (Progress{1, 3}) {
		t.Errorf("%+v", c.Progress())
	}
	if got := add(t, &c, other[0], other[1]); len(got) != 1 || got[0] != long(1301) {
		t.Errorf("%d texts", len(got))
	}
	// A part that was lost for long does not wait for ever.
	add(t, &c, one[0])
	for range lostLooks {
		c.Look()
	}
	if c.Progress() != (Progress{1, 3}) {
		t.Errorf("dropped too soon: %+v", c.Progress())
	}
	c.Look()
	if c.Progress() != (Progress{}) {
		t.Errorf("%+v", c.Progress())
	}
}

// A part that contradicts one before it is of another text, whatever its hash says.
func TestMixedPartsAreDropped(t *testing.T) {
	parts := split(t, long(1300))
	forged := parts[1][:headerSize] + long(len(parts[1])-headerSize)
	var c Collector
	add(t, &c, parts[0], forged)
	if _, err := c.Add(parts[2]); !errors.Is(err, ErrMalformed) {
		t.Errorf("mixed: %v", err)
	}
	if c.Progress() != (Progress{}) {
		t.Errorf("after that %+v", c.Progress())
	}
	add(t, &c, parts[0], forged, parts[1])
	if c.Progress() != (Progress{1, 3}) {
		t.Errorf("a contradiction: %+v", c.Progress())
	}
	if got := add(t, &c, parts[0], parts[2]); len(got) != 1 {
		t.Error("the right parts do not come together")
	}
}

func TestCaps(t *testing.T) {
	for _, text := range []string{"", "K", strings.Repeat("A", MaxText+1), "KB1:a", "KB1:ä"} {
		if _, err := Split(text); !errors.Is(err, ErrText) {
			t.Errorf("%.10q: %v", text, err)
		}
	}
	// Parts that are each small enough, and together too many characters.
	var c Collector
	hash := strings.Repeat("A", hashSize)
	for i := range 9 {
		_, err := c.Add(Prefix + "0" + string('1'+rune(i)) + "40" + hash + strings.Repeat("A", maxPiece))
		if over := (i+1)*maxPiece > MaxText; over != errors.Is(err, ErrMalformed) {
			t.Errorf("part %d: %v", i+1, err)
		}
	}
	if c.pieces != nil {
		t.Error("kept after the cap")
	}
}

// vectors are texts and their parts, and what is no part.
type vectors struct {
	Sequences []struct {
		Text  string   `json:"text"`
		Parts []string `json:"parts"`
	} `json:"sequences"`
	Bad []struct {
		About, Part string
		Other       bool // not a part at all
	} `json:"bad"`
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVectors(t *testing.T) {
	v := readVectors(t)
	if len(v.Sequences) < 3 || len(v.Bad) < 10 {
		t.Fatalf("%d sequences, %d bad parts", len(v.Sequences), len(v.Bad))
	}
	for _, s := range v.Sequences {
		if parts := split(t, s.Text); !slices.Equal(parts, s.Parts) {
			t.Errorf("%.20q: parts %q", s.Text, parts)
		}
		var c Collector
		if got := add(t, &c, s.Parts...); len(got) != 1 || got[0] != s.Text {
			t.Errorf("%.20q: %q", s.Text, got)
		}
	}
	for _, b := range v.Bad {
		var c Collector
		want := ErrMalformed
		if b.Other {
			want = ErrOther
		}
		if _, err := c.Add(b.Part); !errors.Is(err, want) || c.pieces != nil {
			t.Errorf("%s: %v", b.About, err)
		}
	}
}

func FuzzAdd(f *testing.F) {
	v := readVectors(f)
	for _, s := range v.Sequences {
		f.Add(strings.Join(s.Parts, "\n"))
	}
	for _, b := range v.Bad {
		f.Add(b.Part)
	}
	f.Fuzz(func(t *testing.T, texts string) {
		var c Collector
		for _, text := range strings.Split(texts, "\n") {
			whole, err := c.Add(text)
			if err != nil && !errors.Is(err, ErrOther) && !errors.Is(err, ErrMalformed) {
				t.Fatalf("error without a sentinel: %v", err)
			}
			kept := 0
			for _, piece := range c.pieces {
				kept += len(piece)
			}
			if len(c.pieces) > MaxParts || kept > MaxText || kept != c.size && !c.done {
				t.Fatalf("%d pieces of %d characters", len(c.pieces), kept)
			}
			if whole == "" {
				continue
			}
			if again, err := Split(whole); err != nil || len(again) < 2 {
				t.Fatalf("a whole that cannot be split: %v", err)
			}
		}
	})
}

func FuzzSplit(f *testing.F) {
	f.Add("KB1:ABC")
	f.Add(long(1300))
	f.Fuzz(func(t *testing.T, text string) {
		parts, err := Split(text)
		if err != nil {
			if !errors.Is(err, ErrText) {
				t.Fatalf("error without a sentinel: %v", err)
			}
			return
		}
		slices.Reverse(parts)
		var c Collector
		if got := add(t, &c, parts...); len(got) != 1 || got[0] != text {
			t.Fatalf("%d texts", len(got))
		}
	})
}
