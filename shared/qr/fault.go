package qr

import "strconv"

// fault is a sentinel error with what was wrong. It stands in for fmt.Errorf,
// because fmt would be a third of an engine that only reads codes.
type fault struct {
	sentinel error
	detail   string
}

func (f *fault) Error() string { return f.sentinel.Error() + ": " + f.detail }
func (f *fault) Unwrap() error { return f.sentinel }

// extent says width and height as errors show them.
func extent(width, height int) string { return strconv.Itoa(width) + "x" + strconv.Itoa(height) }
