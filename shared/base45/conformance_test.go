package base45_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"jianzheng/shared/base45"
)

// TestConformance runs the worked examples of RFC 9285 from where published
// vectors lie: beside the repository, unless VECTORS says otherwise.
func TestConformance(t *testing.T) {
	dir := os.Getenv("VECTORS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "vectors")
	}
	file := filepath.Join(dir, "base45", "rfc9285.json")
	b, err := os.ReadFile(file)
	if err != nil {
		fmt.Println("conformance base45: not run, no vectors at", file)
		t.Skip("no vectors")
	}
	var vectors struct {
		Encode   [][2]string // plain, text
		Decode   [][2]string // text, plain
		MustFail []string    `json:"must_fail"`
	}
	if err := json.Unmarshal(b, &vectors); err != nil {
		t.Fatal(err)
	}
	cases, passed, refused := 0, 0, 0
	for _, c := range vectors.Encode {
		cases++
		if got := base45.Encode([]byte(c[0])); got != c[1] {
			t.Errorf("Encode(%q) = %q, want %q", c[0], got, c[1])
			continue
		}
		passed++
		vectors.Decode = append(vectors.Decode, [2]string{c[1], c[0]})
	}
	for _, c := range vectors.Decode {
		cases++
		if got, err := base45.Decode(c[0]); err != nil || string(got) != c[1] {
			t.Errorf("Decode(%q) = %q, %v, want %q", c[0], got, err, c[1])
			continue
		}
		passed++
	}
	for _, text := range vectors.MustFail {
		cases++
		if got, err := base45.Decode(text); err == nil {
			t.Errorf("Decode(%q) = %x, want an error", text, got)
			continue
		}
		refused++
	}
	if passed == 0 || refused == 0 {
		t.Error("vectors of an unknown form")
	}
	fmt.Printf("conformance base45: cases %d, passed %d, refused as expected %d, unsupported 0\n", cases, passed, refused)
}
