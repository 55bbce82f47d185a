package main

import (
	"bytes"
	"image/png"
	"os"

	"jianzheng/shared/qr"
)

// How a code is drawn into a file.
const (
	pngScale  = 8 // pixels a module
	drawQuiet = 4 // modules of quiet zone, ISO/IEC 18004 §6.3.8
)

// drawing says into which files a code is drawn, if any.
type drawing struct{ png, svg string }

// drawing adds the flags --png and --svg for what is drawn.
func (c *call) drawing(what string) *drawing {
	d := new(drawing)
	c.flags.StringVar(&d.png, "png", "", "draw "+what+" into this file as well")
	c.flags.StringVar(&d.svg, "svg", "", "the same as SVG, for print")
	return d
}

func (d *drawing) wanted() bool { return d.png != "" || d.svg != "" }

// drawn is a file to be written.
type drawn struct {
	file  string
	bytes []byte
}

// draw returns the files for a text. Where the level does not fit, L is tried.
func (d *drawing) draw(text string, level qr.Level) (files []drawn, err error) {
	if !d.wanted() {
		return nil, nil
	}
	m, err := qr.Encode(text, level)
	if err != nil {
		if m, err = qr.Encode(text, qr.L); err != nil {
			return nil, err
		}
	}
	if d.png != "" {
		var b bytes.Buffer
		if err := png.Encode(&b, m.Image(pngScale, drawQuiet)); err != nil {
			return nil, err
		}
		files = append(files, drawn{d.png, b.Bytes()})
	}
	if d.svg != "" {
		files = append(files, drawn{d.svg, m.SVG(drawQuiet)})
	}
	return files, nil
}

// write draws a text into the files.
func (d *drawing) write(text string, level qr.Level) error {
	files, err := d.draw(text, level)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(f.file, f.bytes, 0o666); err != nil {
			return err
		}
	}
	return nil
}
