//go:build !linux

package slow

import "syscall"

// Elsewhere [Missing] says what there is not, and neither is used.
func ending() *syscall.SysProcAttr { return nil }

func apart() *syscall.SysProcAttr { return nil }

// Hurry does nothing.
func Hurry() error { return nil }
