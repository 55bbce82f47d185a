package qr

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestEncodeSmallestVersion(t *testing.T) {
	tests := []struct {
		name    string
		text    string
		level   Level
		version int
		err     error
	}{
		// Capacities from ISO/IEC 18004, table 7.
		{"1-L full", strings.Repeat("A", 25), L, 1, nil},
		{"2-L from one more", strings.Repeat("A", 26), L, 2, nil},
		{"1-L digits", strings.Repeat("7", 41), L, 1, nil},
		{"1-H full", strings.Repeat("A", 10), H, 1, nil},
		{"2-H", strings.Repeat("A", 11), H, 2, nil},
		{"9-M full", strings.Repeat("A", 262), M, 9, nil},
		{"10-M longer count", strings.Repeat("A", 263), M, 10, nil},
		{"22-M full", strings.Repeat("A", 1134), M, 22, nil},
		{"lower case takes bytes", strings.Repeat("a", 17), L, 1, nil},
		{"lower case over", strings.Repeat("a", 18), L, 2, nil},
		{"40-L full", strings.Repeat("A", 4296), L, 40, nil},
		{"40-L over", strings.Repeat("A", 4297), L, 0, ErrTooLong},
		{"40-H bytes over", strings.Repeat("a", 1274), H, 0, ErrTooLong},
		{"far over", strings.Repeat("1", 1<<20), L, 0, ErrTooLong},
		{"empty", "", L, 0, ErrText},
		{"not UTF-8", "\xff", L, 0, ErrText},
		{"no level", "A", 0, 0, ErrLevel},
		{"unknown level", "A", H + 1, 0, ErrLevel},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Encode(tt.text, tt.level)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err == nil && (m.Version != tt.version || m.Size != 17+4*tt.version) {
				t.Errorf("version %d of %d modules, want version %d", m.Version, m.Size, tt.version)
			}
		})
	}
}

func TestModulesForms(t *testing.T) {
	m, err := Encode("CH1:EXAMPLE", M)
	if err != nil {
		t.Fatal(err)
	}
	packed := m.Packed()
	if got, want := len(packed), (m.Size*m.Size+7)/8; got != want {
		t.Fatalf("%d packed bytes, want %d", got, want)
	}
	if packed[0] != 0xfe { // the top row of a finder pattern and its separator
		t.Errorf("first packed byte %#x, want 0xfe", packed[0])
	}
	packed[0] = 0
	if !m.At(0, 0) || m.At(-1, 0) || m.At(0, m.Size) {
		t.Error("At is wrong at the corner or outside, or Packed shares memory")
	}
	img := m.Image(3, 4)
	if got, want := img.Rect.Dx(), (m.Size+8)*3; got != want {
		t.Fatalf("image %d pixels wide, want %d", got, want)
	}
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if dark := img.GrayAt(x, y).Y == 0; dark != m.At(x/3-4, y/3-4) {
				t.Fatalf("pixel %d,%d dark %v", x, y, dark)
			}
		}
	}
	if small := m.Image(0, -1); small.Rect.Dx() != m.Size {
		t.Errorf("image at scale 0 is %d pixels wide, want %d", small.Rect.Dx(), m.Size)
	}
}

func TestParseLevel(t *testing.T) {
	for _, l := range []Level{L, M, Q, H} {
		if got, err := ParseLevel(l.String()); got != l || err != nil {
			t.Errorf("ParseLevel(%v) = %v, %v", l, got, err)
		}
	}
	for _, s := range []string{"", "l", "LM", "X"} {
		if _, err := ParseLevel(s); !errors.Is(err, ErrLevel) {
			t.Errorf("ParseLevel(%q): error %v", s, err)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for _, text := range []string{
		"1", "HELLO WORLD", "KB1:" + strings.Repeat("0K$%*+-./: Z", 88), "hello, world", "演示·张三 / DEMO Zhang San",
		"Grüße, señor", "ひらがな カタカナ", strings.Repeat("9", 7089), strings.Repeat("x", 1200),
	} {
		for _, level := range []Level{L, M, Q, H} {
			m, err := Encode(text, level)
			if errors.Is(err, ErrTooLong) && level > L {
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			for _, mode := range []Mode{Video, Still} {
				s, err := NewDecoder().Decode(FromImage(m.Image(4, 4)), mode)
				if err != nil || s.Text != text || s.Version != m.Version {
					t.Errorf("mode %d, %d-%v, %d bytes: version %d, error %v, text equal %v", mode, m.Version, level, len(text), s.Version, err, s.Text == text)
				}
			}
		}
	}
}

func FuzzEncode(f *testing.F) {
	f.Add("KB1:ABC", byte(1))
	f.Add("演示", byte(4))
	f.Add("\x00\x7f\u0080", byte(2))
	d := NewDecoder()
	f.Fuzz(func(t *testing.T, text string, level byte) {
		m, err := Encode(text, Level(level))
		if err != nil {
			return
		}
		again, err := Encode(text, Level(level))
		if err != nil || !bytes.Equal(m.Packed(), again.Packed()) {
			t.Fatalf("encoding again differs, error %v", err)
		}
		s, err := d.Decode(FromImage(m.Image(3, 4)), Still)
		if err != nil {
			t.Fatalf("%d-%v not read: %v", m.Version, m.Level, err)
		}
		if s.Text != text {
			t.Fatalf("read %q, want %q", s.Text, text)
		}
	})
}
