package engine

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"jianzheng/wasm/basepoint"
)

// program panics, catches that, waits for another goroutine and collects
// garbage: what the runtime does with its tables beside printing them. And it
// multiplies base points.
const program = `package main

import (
	"crypto/elliptic"
	"fmt"
	"runtime"
	"strings"

	"github.com/emmansun/gmsm/sm2"

	"jianzheng/wasm/basepoint"
)

func fail(n int) (err error) {
	defer func() { err = fmt.Errorf("caught: %v", recover()) }()
	return []error{nil}[n]
}

func main() {
	done := make(chan string)
	go func() {
		var parts []string
		for i := range 2000 {
			parts = append(parts, strings.Repeat("x", i))
		}
		runtime.GC()
		done <- fmt.Sprint(len(strings.Join(parts, "")))
	}()
	fmt.Println(<-done, fail(7), runtime.NumGoroutine())
	basepoint.Restore()
	for _, c := range []elliptic.Curve{elliptic.P256(), sm2.P256()} {
		x, _ := c.ScalarBaseMult([]byte{0: 1, 20: 7, 31: 200})
		minusOne := c.Params().N.Sub(c.Params().N, c.Params().Gx.SetInt64(1))
		y, _ := c.ScalarBaseMult(minusOne.Bytes())
		fmt.Println(x, y)
	}
}
`

// A program runs the same with its tables blanked, and is smaller when packed.
func TestStrippedProgramRuns(t *testing.T) {
	dir := t.TempDir()
	source, wasm := filepath.Join(dir, "main.go"), filepath.Join(dir, "main.wasm")
	if err := os.WriteFile(source, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", append(append([]string{"build", "-ldflags=-s -w"}, Flags()...), "-o", wasm, source)...)
	build.Env = append(os.Environ(), Environment...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	before := run(t, wasm)
	b, err := os.ReadFile(wasm)
	if err != nil {
		t.Fatal(err)
	}
	size := len(b)
	b, blanked, err := Strip(b)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) >= size || blanked < size/100 || blanked < 2*basepoint.Size {
		t.Errorf("%d of %d bytes blanked, %d left", blanked, size, len(b))
	}
	if bytes.Contains(b, []byte("fmt.(*pp).doPrintf")) || !bytes.Contains(b, []byte("runtime.main")) {
		t.Error("names: one of the runtime stays, others go")
	}
	if err := os.WriteFile(wasm, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if after := run(t, wasm); after != before || !strings.Contains(after, "1999000 caught: runtime error: index out of range [7] with length 1") {
		t.Errorf("before %q, after %q", before, after)
	}
	if same, again, err := Strip(b); err != nil || again > blanked/100 || !bytes.Equal(same, b) {
		t.Errorf("a second time: %d bytes, %v", again, err)
	}
}

func run(t *testing.T, wasm string) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "go_js_wasm_exec"), wasm).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// What is no engine is left alone.
func TestStripRefuses(t *testing.T) {
	head := "\x00asm\x01\x00\x00\x00"
	segment := func(content string) string {
		body := "\x01\x00\x41\x00\x0b" + string(rune(len(content))) + content
		return head + "\x0b" + string(rune(len(body))) + body
	}
	for name, b := range map[string]string{
		"nothing":       "",
		"text":          "package main",
		"no data":       head,
		"cut section":   head + "\x0b",
		"no table":      segment("hello"),
		"only the head": segment(string(pclntab)[:0] + "\x01\x02"),
	} {
		t.Run(name, func(t *testing.T) {
			wasm := []byte(b)
			if _, _, err := Strip(wasm); !errors.Is(err, ErrLayout) || string(wasm) != b {
				t.Errorf("%v; changed: %v", err, string(wasm) != b)
			}
		})
	}
}

// Memory comes out of the section that is made of it.
func TestDataSection(t *testing.T) {
	memory := make([]byte, 40_000)
	for _, at := range []int{3, 4, 70, 70 + minGap, 71 + 2*minGap, 8191, 8192, 30_000} {
		memory[at] = byte(at) | 1
	}
	got, section, err := dataOf(append([]byte("\x00asm\x01\x00\x00\x00"), dataSectionOf(memory)...))
	if err != nil || section.start != 8 {
		t.Fatal(section, err)
	}
	if !bytes.Equal(got, memory[:30_001]) {
		t.Error("other memory")
	}
}

// Browsers take at most 100,000 segments.
func TestDataSectionOfManyPieces(t *testing.T) {
	memory := make([]byte, 120_000*(minGap+1))
	for at := 0; at < len(memory); at += minGap + 1 {
		memory[at] = 1
	}
	section := dataSectionOf(memory)
	c := &cursor{b: section, at: 1}
	c.uvarint()
	if n := c.uvarint(); n > maxSegments {
		t.Errorf("%d segments", n)
	}
	if got, _, err := dataOf(append([]byte("\x00asm\x01\x00\x00\x00"), section...)); err != nil || !bytes.Equal(got, memory[:len(got)]) || len(got) < len(memory)-minGap {
		t.Errorf("other memory, %v", err)
	}
}

func FuzzStrip(f *testing.F) {
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x0b\x08\x01\x00\x41\x00\x0b\x02ab"))
	f.Fuzz(func(t *testing.T, wasm []byte) {
		before := bytes.Clone(wasm)
		_, _, _ = Strip(wasm)
		if !bytes.Equal(wasm, before) {
			t.Fatal("changed in place")
		}
	})
}
