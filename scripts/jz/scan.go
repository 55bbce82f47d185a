package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // still images people have
	_ "image/jpeg" // photos
	_ "image/png"  // screenshots
	"io"
	"os"

	_ "golang.org/x/image/bmp"  // what scanners and screen tools write
	_ "golang.org/x/image/webp" // what browsers save

	"jianzheng/shared/qr"
	"jianzheng/shared/qr/charset"
)

// Caps on what is read from a file.
const (
	maxFileBytes = 64 << 20
	maxPixels    = 64 << 20
)

var errNoImage = errors.New("not a PNG, JPEG, GIF, WebP or BMP image")

// scanLine is what scan prints for each image.
type scanLine struct {
	File  string  `json:"file"`
	Text  *string `json:"text"`
	Error string  `json:"error,omitempty"` // where the file is no image
}

func runScan(c *call) (int, error) {
	files, err := c.parse(1, -1)
	if err != nil {
		return 0, err
	}
	code := exitOK
	decoder := newDecoder()
	for _, file := range files {
		line := scanLine{File: file}
		b, err := readFile(file)
		if err == nil {
			line.Text, err = scanImage(decoder, b)
		}
		switch {
		case err != nil:
			line.Error, code = err.Error(), exitUsage
		case line.Text == nil && code == exitOK:
			code = exitNo
		}
		if err := c.print(line); err != nil {
			return 0, err
		}
	}
	return code, nil
}

func readFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f)
}

func readAll(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFileBytes+1))
	if err == nil && len(b) > maxFileBytes {
		err = fmt.Errorf("larger than %d MiB", maxFileBytes>>20)
	}
	return b, err
}

// newDecoder returns a decoder that knows the older character sets too.
func newDecoder() *qr.Decoder {
	d := qr.NewDecoder()
	d.Charset = charset.Text
	return d
}

// scanImage reads the code in an image file; nil where it holds none. The
// error wraps errNoImage for bytes that are no image.
func scanImage(d *qr.Decoder, b []byte) (*string, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, errNoImage
	}
	if config.Width*config.Height > maxPixels {
		return nil, fmt.Errorf("image of %d × %d pixels is too large", config.Width, config.Height)
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoImage, err)
	}
	symbol, err := d.Decode(qr.FromImage(img), qr.Still)
	if err != nil {
		return nil, nil
	}
	return &symbol.Text, nil
}
