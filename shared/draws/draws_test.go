package draws

import (
	"bytes"
	"encoding/hex"
	"io"
	"testing"
	"testing/iotest"
)

// testdata/vectors is made from these bytes: they stay as they are.
func TestReader(t *testing.T) {
	b := make([]byte, 70)
	if n, err := New("a").Read(b); n != len(b) || err != nil {
		t.Fatal(n, err)
	}
	// printf 'a\0\0\0\0' | sha256sum, and the same with \1 at the end.
	const first, second = "8de8cd75798aab2cec56bcc45f463021a916a8accad171eecdf06718ef09eefb",
		"e12dbc28182b5f0f51fef84b21b23b8de5c5d9d6567799bc9101009e173e677f"
	if got := hex.EncodeToString(b[:64]); got != first+second {
		t.Errorf("got %s", got)
	}
	single := make([]byte, len(b))
	if _, err := io.ReadFull(iotest.OneByteReader(New("a")), single); err != nil || !bytes.Equal(single, b) {
		t.Errorf("read byte by byte: %x, %v", single, err)
	}
	other := make([]byte, len(b))
	if New("b").Read(other); bytes.Equal(other, b) {
		t.Error("two seeds give the same")
	}
}
