package basepoint

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/binary"
	"errors"
	"math/big"
	"testing"

	"github.com/emmansun/gmsm/sm2"
)

func number(e element) *big.Int {
	n := new(big.Int)
	for i := 3; i >= 0; i-- {
		n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(e[i]))
	}
	return n
}

// Every entry is that multiple of the base point, by the libraries' own
// arithmetic.
func TestTable(t *testing.T) {
	public := map[Curve]func(k []byte) (point []byte, err error){
		P256: func(k []byte) ([]byte, error) {
			key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), k)
			if err != nil {
				return nil, err
			}
			return key.PublicKey.Bytes()
		},
		SM2: func(k []byte) ([]byte, error) {
			key, err := sm2.NewPrivateKey(k)
			if err != nil {
				return nil, err
			}
			return append(key.X.FillBytes(make([]byte, 33)), key.Y.FillBytes(make([]byte, 32))...), nil
		},
	}
	for c, curve := range map[Curve]elliptic.Curve{P256: elliptic.P256(), SM2: sm2.P256()} {
		p := number(params[c].p)
		if p.Cmp(curve.Params().P) != 0 || number(params[c].x).Cmp(curve.Params().Gx) != 0 || number(params[c].y).Cmp(curve.Params().Gy) != 0 {
			t.Fatalf("curve %d: parameters", c)
		}
		r := new(big.Int).ModInverse(new(big.Int).Lsh(big.NewInt(1), 256), p)
		table := multiples(c)
		for i := range table {
			for j := range table[i] {
				k := new(big.Int).Lsh(big.NewInt(int64(j+1)), uint(6*i))
				want, err := public[c](k.Mod(k, curve.Params().N).FillBytes(make([]byte, 32)))
				if err != nil {
					t.Fatal(err)
				}
				gotX, gotY := number(table[i][j].x), number(table[i][j].y)
				gotX.Mod(gotX.Mul(gotX, r), p)
				gotY.Mod(gotY.Mul(gotY, r), p)
				if !bytes.Equal(gotX.FillBytes(make([]byte, 32)), want[1:33]) || !bytes.Equal(gotY.FillBytes(make([]byte, 32)), want[33:]) {
					t.Fatalf("curve %d, window %d: %d times the base is wrong", c, i, j+1)
				}
			}
		}
	}
}

// Blanking zeroes what it finds and says where; nothing else changes.
func TestBlank(t *testing.T) {
	const first, second, mark = 4096, 100_000, 200_000
	memory := bytes.Repeat([]byte{7}, 300_000)
	untouched := func(why string) {
		t.Helper()
		before := bytes.Clone(memory)
		if n, err := Blank(memory); n != 0 || !bytes.Equal(memory, before) || errors.Is(err, ErrMissing) != (why == "missing") {
			t.Fatalf("%s: %d bytes blanked, %v", why, n, err)
		}
	}
	untouched("nothing restores them")
	copy(memory[first:], Table(SM2))
	copy(memory[mark:], place.mark[:])
	untouched("no addresses")
	for i := range Curves {
		binary.LittleEndian.PutUint64(memory[mark+16+8*i:], inPlace)
	}
	untouched("missing")
	copy(memory[second:], Table(P256))
	if n, err := Blank(memory); n != 2*Size || err != nil {
		t.Fatalf("%d bytes blanked, %v", n, err)
	}
	for curve, at := range map[Curve]int{SM2: first, P256: second} {
		if !bytes.Equal(memory[at:at+Size], make([]byte, Size)) || memory[at-1] != 7 || memory[at+Size] != 7 {
			t.Errorf("curve %d: the table is not blanked, or more than it", curve)
		}
		if got := binary.LittleEndian.Uint64(memory[mark+16+8*int(curve):]); got != uint64(at) {
			t.Errorf("curve %d: address %d, want %d", curve, got, at)
		}
	}
	untouched("a second time")
}

func BenchmarkTable(b *testing.B) {
	for b.Loop() {
		Table(P256)
	}
}
