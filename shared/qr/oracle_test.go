package qr

import (
	"fmt"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"

	"jianzheng/shared/qr/charset"
)

// gozxing is another reader and writer of QR codes; what the one writes the other
// must read.

var oracleLevels = [...]decoder.ErrorCorrectionLevel{
	decoder.ErrorCorrectionLevel_L, decoder.ErrorCorrectionLevel_M,
	decoder.ErrorCorrectionLevel_Q, decoder.ErrorCorrectionLevel_H,
}

// TestVersions compares the tables with gozxing's.
func TestVersions(t *testing.T) {
	for n := 1; n <= 40; n++ {
		v, err := decoder.Version_GetVersionForNumber(n)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := int(versions[n].codewords), v.GetTotalCodewords(); got != want {
			t.Errorf("version %d: %d codewords, want %d", n, got, want)
		}
		for l := L; l <= H; l++ {
			want := v.GetECBlocksForLevel(oracleLevels[l-L])
			b := blocksOf(n, l)
			if b.check != want.GetECCodewordsPerBlock() || b.count != want.GetNumBlocks() {
				t.Errorf("%d-%v: %d blocks with %d for correction, want %d with %d",
					n, l, b.count, b.check, want.GetNumBlocks(), want.GetECCodewordsPerBlock())
			}
			if first := want.GetECBlocks()[0]; first.GetDataCodewords() != b.data || first.GetCount() != b.short && b.short != b.count {
				t.Errorf("%d-%v: %d blocks of %d, want %d of %d", n, l, b.short, b.data, first.GetCount(), first.GetDataCodewords())
			}
			if got, want := b.dataCodewords()+b.count*b.check, v.GetTotalCodewords(); got != want {
				t.Errorf("%d-%v: %d codewords in blocks, want %d", n, l, got, want)
			}
		}
	}
}

// alphabets are the characters of each mode that is written, by mode.
var alphabets = map[mode]string{
	modeNumeric:      "0123456789",
	modeAlphanumeric: alphanumerics,
	modeByte:         "abcdefghijklmnopqrstuvwxyz~",
}

// fill returns the longest text in one mode for a version and level.
func fill(m mode, version int, level Level) string {
	alphabet := alphabets[m]
	bits := 8 * blocksOf(version, level).dataCodewords()
	var b strings.Builder
	for i, x := 0, uint32(version); ; i++ {
		if (segment{m, 0, i + 1}).bits(version) > bits {
			return b.String()
		}
		x = x*1664525 + 1013904223
		b.WriteByte(alphabet[int(x>>8)%len(alphabet)])
	}
}

// eachSymbol calls f for all versions and levels in each mode, and all masks in
// some versions, else one.
func eachSymbol(t *testing.T, f func(t *testing.T, m mode, version int, level Level, mask int)) {
	for version := 1; version <= 40; version++ {
		t.Run(fmt.Sprint("version ", version), func(t *testing.T) {
			for level := L; level <= H; level++ {
				for i, m := range encodeModes {
					for mask := range masks {
						all := version <= 2 || version == 7 || version == 14 || version == 27 || version == 40
						if all || mask == (version+int(level)+3*i)%8 && (version < 10 || i == version%3) {
							f(t, m, version, level, mask)
						}
					}
				}
			}
		})
	}
}

func TestOracleReads(t *testing.T) {
	eachSymbol(t, func(t *testing.T, m mode, version int, level Level, mask int) {
		text := fill(m, version, level)
		p := plan{[]segment{{m, 0, len(text)}}, version}
		b := blocksOf(version, level)
		base, function := unmasked(interleave(p.write(text, b.dataCodewords()), b), version)
		out := matrix{base.size, make([]byte, len(base.modules))}
		base.masked(&out, &function, mask, level)
		if got, err := oracleRead(out); err != nil || got != text {
			t.Errorf("%d-%v, mode %04b, mask %d: gozxing read %.40q, %v", version, level, m, mask, got, err)
		}
	})
}

func oracleRead(m matrix) (string, error) {
	b, err := gozxing.NewSquareBitMatrix(m.size)
	if err != nil {
		return "", err
	}
	for i, v := range m.modules {
		if v == 1 {
			b.Set(i%m.size, i/m.size)
		}
	}
	r, err := decoder.NewDecoder().Decode(b, nil)
	if err != nil {
		return "", err
	}
	return r.GetText(), nil
}

// oracleDraw returns a symbol of gozxing; its hints may choose version and mask.
func oracleDraw(t *testing.T, text string, level Level, hints map[gozxing.EncodeHintType]any) matrix {
	t.Helper()
	code, err := encoder.Encoder_encode(text, oracleLevels[level-L], hints)
	if err != nil {
		t.Fatal(err)
	}
	drawn := code.GetMatrix()
	m := matrix{drawn.GetWidth(), make([]byte, drawn.GetWidth()*drawn.GetHeight())}
	for i := range m.modules {
		m.modules[i] = byte(drawn.Get(i%m.size, i/m.size))
	}
	return m
}

func TestReadsOracle(t *testing.T) {
	r := new(reader)
	eachSymbol(t, func(t *testing.T, m mode, version int, level Level, mask int) {
		text := fill(m, version, level)
		drawn := oracleDraw(t, text, level, map[gozxing.EncodeHintType]any{
			gozxing.EncodeHintType_QR_VERSION:      version,
			gozxing.EncodeHintType_QR_MASK_PATTERN: mask,
		})
		c, ok := r.read(&drawn, nil)
		if !ok || c.text != text || c.level != level || c.mirrored {
			t.Errorf("%d-%v, mode %04b, mask %d: read %.40q, %v-%v, mirrored %v, %v",
				version, level, m, mask, c.text, version, c.level, c.mirrored, ok)
		}
	})
}

// TestReadsOracleModes reads what [Encode] does not write.
func TestReadsOracleModes(t *testing.T) {
	tests := []struct {
		name, charset, text string
	}{
		{"kanji", "Shift_JIS", "漢字日本語点茗"},
		{"shift_jis bytes", "Shift_JIS", "ﾃｽﾄ 漢字 abc"},
		{"declared UTF-8", "UTF-8", "演示·张三 / DEMO"},
		{"ISO-8859-1", "ISO-8859-1", "Grüße, señor"},
		{"ISO-8859-5", "ISO8859_5", "Привет"},
		{"GB 18030", "GB18030", "演示张三"},
		{"Big5", "Big5", "演示張三"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			drawn := oracleDraw(t, tt.text, Q, map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: tt.charset})
			if c, ok := new(reader).read(&drawn, charset.Text); !ok || c.text != tt.text {
				t.Errorf("read %q, %v, want %q", c.text, ok, tt.text)
			}
		})
	}
	drawn := oracleDraw(t, "0104912345123459", M, map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_GS1_FORMAT: true})
	if c, ok := new(reader).read(&drawn, nil); !ok || c.fnc1 != GS1 || c.text != "0104912345123459" {
		t.Errorf("GS1: %+v, %v", c, ok)
	}
}
