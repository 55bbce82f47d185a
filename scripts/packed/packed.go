// Package packed keeps compressed copies of files beside them, made once for all
// requests.
package packed

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/andybalholm/brotli"
)

// format is one way to compress a file once for all requests. Writers use the
// highest level; the gzip header holds no time and no name, so that equal
// files give equal copies.
type format struct {
	suffix string
	writer func(io.Writer) (io.WriteCloser, error)
	reader func(io.Reader) (io.Reader, error)
}

var formats = []format{
	{
		".br",
		func(w io.Writer) (io.WriteCloser, error) {
			return brotli.NewWriterLevel(w, brotli.BestCompression), nil
		},
		func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	},
	{
		".gz",
		func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.BestCompression) },
		func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	},
}

// File writes name.br and name.gz beside the file name and prints what took long. A copy that
// unpacks to the very same bytes is kept, because brotli works fifteen seconds
// on an engine of 5 MB and unpacks it in a tenth of one.
func File(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	for _, f := range formats {
		out := name + f.suffix
		start := time.Now()
		if f.holds(out, data) {
			// The server takes a copy older than its file for one of another file.
			if err := os.Chtimes(out, start, start); err != nil {
				return err
			}
			continue
		}
		packed, err := f.pack(data)
		if err != nil {
			return fmt.Errorf("%s: %w", out, err)
		}
		if err := os.WriteFile(out, packed, 0o644); err != nil {
			return err
		}
		if took := time.Since(start); took > time.Second {
			fmt.Printf("%-28s %9d bytes in %.1f s\n", out, len(packed), took.Seconds())
		}
	}
	return nil
}

// pack returns data compressed.
func (f format) pack(data []byte) ([]byte, error) {
	var packed bytes.Buffer
	w, err := f.writer(&packed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// holds tells whether the file name exists and unpacks to data.
func (f format) holds(name string, data []byte) bool {
	packed, err := os.ReadFile(name)
	if err != nil {
		return false
	}
	r, err := f.reader(bytes.NewReader(packed))
	if err != nil {
		return false
	}
	plain, err := io.ReadAll(r)
	return err == nil && bytes.Equal(plain, data)
}
