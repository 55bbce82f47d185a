package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jianzheng/wasm/app/replay"
)

// jz verify prints byte for byte what the engine answers to the same input. The
// vectors left out need what jz has no flag for: a second showing, the endpoint,
// staff, a venue's key, or the memory of another list.
func TestVectors(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "vectors")
	read := func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))) }
	b, err := read(replay.ManifestFile)
	if err != nil {
		t.Fatal(err)
	}
	m, err := replay.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	verb := verbs[len(verbs)-1]
	if verb.name != "verify" {
		t.Fatalf("the last verb is %s", verb.name)
	}
	played := 0
	for _, v := range m.Vectors {
		l := m.Lists[v.Lists]
		if v.Kind != replay.Check || v.Times > 1 || v.Endpoint != nil || v.Staff != "" || v.HandleKey != "" || l.Highest > 0 {
			continue
		}
		played++
		t.Run(v.Name, func(t *testing.T) {
			want, err := m.Play(v, read)
			if err != nil {
				t.Fatal(err)
			}
			path := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
			absent := filepath.Join(t.TempDir(), "absent")
			args := []string{"--now", v.Now, "--anchor", path(l.Anchor), "--purpose", v.Purpose}
			if l.Trust == "" {
				t.Setenv("JZ_TRUST", absent)
			} else {
				args = append(args, "--trust", path(l.Trust))
			}
			if l.Policy == "" {
				args = append(args, "--policy", absent)
			} else {
				args = append(args, "--policy", path(l.Policy))
			}
			for _, name := range l.Status {
				args = append(args, "--status", path(name))
			}
			if v.Challenge != "" {
				text, err := read(v.Challenge)
				if err != nil {
					t.Fatal(err)
				}
				args = append(args, "--challenge", string(text))
			}
			text, err := read(v.Input)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			verb.start(append(args, "-"), bytes.NewReader(text), io.Writer(&got))
			if strings.TrimSuffix(got.String(), "\n") != string(want.Result) {
				t.Errorf("jz prints\n%s\nthe engine answers\n%s", &got, want.Result)
			}
		})
	}
	t.Logf("%d of %d vectors played through jz verify", played, len(m.Vectors))
	if played < len(m.Vectors)/2 {
		t.Errorf("only %d of %d vectors", played, len(m.Vectors))
	}
}
