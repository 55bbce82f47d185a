package qr

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestStandardExample is ISO/IEC 18004, annex I: 01234567 as 1-M.
func TestStandardExample(t *testing.T) {
	p, ok := planFor("01234567", M)
	if !ok || p.version != 1 {
		t.Fatalf("version %d", p.version)
	}
	b := blocksOf(1, M)
	got := interleave(p.write("01234567", b.dataCodewords()), b)
	want := []byte{
		0x10, 0x20, 0x0c, 0x56, 0x61, 0x80, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11,
		0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55,
	}
	if !bytes.Equal(got, want) {
		t.Errorf("codewords %x, want %x", got, want)
	}
	if got, want := formatWord(M, 0b010), uint32(0b101111001111100); got != want {
		t.Errorf("format information %015b, want %015b", got, want)
	}
	// The examples of annexes C and D.
	if got, want := formatWord(M, 0b101), uint32(0b100000011001110); got != want {
		t.Errorf("format information %015b, want %015b", got, want)
	}
	if got, want := versionWord(7), uint32(0b000111110010010100); got != want {
		t.Errorf("version information %018b, want %018b", got, want)
	}
}

// TestRemainderBits checks that data and error correction leave as many modules as
// ISO/IEC 18004, table 1, says, in every version.
func TestRemainderBits(t *testing.T) {
	for version := 1; version <= 40; version++ {
		m := functionPlaces(version)
		free := bytes.Count(m.modules, []byte{0}) - 8*int(versions[version].codewords)
		want := 0
		switch {
		case version >= 2 && version <= 6:
			want = 7
		case version >= 14 && version <= 20, version >= 28 && version <= 34:
			want = 3
		case version >= 21 && version <= 27:
			want = 4
		}
		if free != want || len(dataPath(version)) != 8*int(versions[version].codewords) {
			t.Errorf("version %d: %d modules left, want %d", version, free, want)
		}
	}
}

// TestCorrect damages blocks of every shape by all the errors and erasures that
// can be put right, then by one more.
func TestCorrect(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for version := 1; version <= 40; version++ {
		for level := L; level <= H; level++ {
			b := blocksOf(version, level)
			block := make([]byte, b.data+b.check)
			for i := range b.data {
				block[i] = byte(r.Uint32())
			}
			remainder(block[b.data:], block[:b.data], generator(b.check))
			room := b.check - b.protect
			for erased := range room + 2 {
				wrong := max(room-erased, 0) / 2
				damaged := slices.Clone(block)
				places := r.Perm(len(block))[:erased+wrong]
				for _, at := range places {
					damaged[at] ^= byte(1 + r.IntN(255))
				}
				before := slices.Clone(damaged)
				ok := correct(damaged, b.check, b.protect, places[:erased])
				switch {
				case erased > room:
					if ok || !bytes.Equal(damaged, before) {
						t.Errorf("%d-%v: %d erasures: corrected %v", version, level, erased, ok)
					}
				case !ok || !bytes.Equal(damaged, block):
					t.Fatalf("%d-%v: %d erasures, %d errors: corrected %v", version, level, erased, wrong, ok)
				}
			}
			damaged := slices.Clone(block)
			for _, at := range r.Perm(len(block))[:room/2+1] {
				damaged[at] ^= byte(1 + r.IntN(255))
			}
			before := slices.Clone(damaged)
			var buffer [maxCheck]byte
			if correct(damaged, b.check, b.protect, nil) {
				// Another codeword was nearer, which is right for the code but rare.
				if !syndromes(buffer[:b.check], damaged) {
					t.Errorf("%d-%v: not a codeword", version, level)
				}
			} else if !bytes.Equal(damaged, before) {
				t.Errorf("%d-%v: a block that was given up was changed", version, level)
			}
		}
	}
}

// TestFormatDamaged turns three bits of both copies, then makes noise of one.
func TestFormatDamaged(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for level := L; level <= H; level++ {
		for mask := range masks {
			for version := 1; version <= 40; version += 13 {
				size := 17 + 4*version
				blank, function := matrix{size, make([]byte, size*size)}, functionPlaces(version)
				m := matrix{size, make([]byte, size*size)}
				check := func(what string) {
					t.Helper()
					if l, k, wrong := readFormat(&m); l != level || k != mask || wrong > maxWordErrors {
						t.Errorf("%v, mask %d, version %d, %s: read %v, mask %d, %d wrong", level, mask, version, what, l, k, wrong)
					}
				}
				blank.masked(&m, &function, mask, level)
				for _, bit := range r.Perm(formatBits)[:maxWordErrors] {
					a, b := formatPlaces(bit, size)
					m.set(a, 1-m.at(a))
					m.set(b, 1-m.at(b))
				}
				check("three turned")
				blank.masked(&m, &function, mask, level)
				noisy := r.IntN(2)
				for bit := range formatBits {
					a, b := formatPlaces(bit, size)
					m.set([2]place{a, b}[noisy], byte(r.IntN(2)))
				}
				check("noise")
			}
		}
	}
}

// TestReadDamaged reads symbols with as many codewords wrong as each block
// bears, mirrored or not, with both copies of the version information damaged.
func TestReadDamaged(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	rd := new(reader)
	for version := 1; version <= 40; version += 3 {
		for level := L; level <= H; level++ {
			text := fill(modeByte, version, level)
			b := blocksOf(version, level)
			p := plan{[]segment{{modeByte, 0, len(text)}}, version}
			codewords := interleave(p.write(text, b.dataCodewords()), b)
			for i := range b.count * ((b.check - b.protect) / 2) {
				codewords[i] ^= byte(1 + r.IntN(255)) // as many in each block
			}
			m := draw(codewords, version, level)
			if version >= 7 {
				for i := range 3 {
					a := versionPlace(5*i, m.size)
					m.set(a, 1-m.at(a))
					m.set(place{a.y, a.x}, 1-m.at(place{a.y, a.x}))
				}
			}
			for _, mirrored := range []bool{false, true} {
				if mirrored {
					turned := matrix{m.size, make([]byte, len(m.modules))}
					for i, v := range m.modules {
						turned.modules[i%m.size*m.size+i/m.size] = v
					}
					m = turned
				}
				c, ok := rd.read(&m, nil)
				if !ok || c.text != text || c.mirrored != mirrored || c.level != level {
					t.Errorf("%d-%v, mirrored %v: read %.40q, mirrored %v, %v", version, level, mirrored, c.text, c.mirrored, ok)
				}
			}
		}
	}
}

// TestContradicts refuses a matrix whose version information names another size.
func TestContradicts(t *testing.T) {
	m := draw(make([]byte, versions[8].codewords), 8, L)
	if contradicts(&m) {
		t.Error("version 8 refused")
	}
	for i, word := 0, versionWord(9); i < versionBits; i++ {
		p := versionPlace(i, m.size)
		m.set(p, byte(word>>i&1))
		m.set(place{p.y, p.x}, byte(word>>i&1))
	}
	if !contradicts(&m) {
		t.Error("version 9 not seen")
	}
}

// TestFrameAllocates holds that what cannot be read costs no memory.
func TestFrameAllocates(t *testing.T) {
	m, err := Encode("KB1:ABC", M)
	if err != nil {
		t.Fatal(err)
	}
	img := m.Image(8, 4)
	side := img.Rect.Dx()
	for y := 96; y < side-40; y++ { // strike out the data, not the finder patterns
		for x := 96; x < side-40; x++ {
			img.Pix[y*img.Stride+x] = byte(x * y % 7 / 4 * 255)
		}
	}
	d := NewDecoder()
	l := FromImage(img)
	look := func() {
		for range videoTurns {
			if _, err := d.Decode(l, Video); err != ErrNone {
				t.Fatal(err)
			}
		}
	}
	look()
	if n := testing.AllocsPerRun(3, look); n > 0 {
		t.Errorf("%v allocations in %d frames, want none", n, videoTurns)
	}
}

func FuzzReader(f *testing.F) {
	for _, text := range []string{"0", "KB1:ABC", "演示"} {
		m, err := Encode(text, Q)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(m.Version), m.Packed())
	}
	f.Add(byte(40), []byte{0xff})
	r := new(reader)
	f.Fuzz(func(t *testing.T, version byte, packed []byte) {
		size := 17 + 4*(1+int(version)%40)
		m := matrix{size, make([]byte, size*size)}
		for i := range m.modules {
			if i/8 < len(packed) {
				m.modules[i] = packed[i/8] >> (7 - i%8) & 1
			}
		}
		c, ok := r.read(&m, nil)
		if ok == (c.text == "") {
			t.Errorf("read %v with text %q", ok, c.text)
		}
	})
}
