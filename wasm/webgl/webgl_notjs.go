//go:build !js

package webgl

// Prepare returns [ErrNone]: there is no browser.
func Prepare(bool) error { return ErrNone }
