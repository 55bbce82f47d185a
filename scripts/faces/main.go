// Faces draws the portraits of the sample people into shared/demo/faces: invented
// faces of a few shapes and flat colours, so small that a printed card's code can
// hold one, and each marked DEMO. Nobody sat for them.
//
// It is run from the root of the repository, when a person or the drawing changed:
//
//	go run ./scripts/faces
package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"

	"jianzheng/shared/demo"
)

const folder = "shared/demo/faces"

// Caps in bytes: what a printed card's code holds, and what way A carries (DESIGN "Formats").
const (
	maxSmall = 400
	maxLarge = 1500
)

func main() {
	all, err := draw()
	if err == nil {
		err = write(all)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faces:", err)
		os.Exit(1)
	}
}

func write(all map[string][]byte) error {
	for name, content := range all {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return err
		}
		fmt.Printf("%-28s %4d bytes\n", name, len(content))
	}
	return nil
}

// draw makes all files by name.
func draw() (map[string][]byte, error) {
	all := map[string][]byte{}
	for _, p := range demo.People() {
		l, ok := looks[p.ID]
		if !ok {
			return nil, fmt.Errorf("nobody has said what %s looks like", p.ID)
		}
		for _, size := range []struct {
			name         string
			width, limit int
		}{{"small", 40, maxSmall}, {"large", 200, maxLarge}} {
			if size.limit == maxLarge && !l.carried {
				continue
			}
			b, err := encode(l.draw(size.width, size.width*5/4))
			if err != nil {
				return nil, err
			}
			if len(b) > size.limit {
				return nil, fmt.Errorf("%s, %s: %d bytes, over %d", p.ID, size.name, len(b), size.limit)
			}
			all[p.ID+"-"+size.name+".png"] = b
		}
	}
	return all, nil
}

func encode(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestCompression}
	err := e.Encode(&b, img)
	return b.Bytes(), err
}

// The colours, by their place in the palette. Four take two bits a pixel; the ones
// that a look does not use are not written.
const (
	paper = iota
	skin
	hair
	shirt
)

// rgb is a colour as designers write it.
func rgb(hex uint32) color.Color {
	return color.RGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 255}
}
