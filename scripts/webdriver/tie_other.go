//go:build !linux

package webdriver

import "os/exec"

// tie does nothing where programs cannot be bound to each other.
func tie(*exec.Cmd) {}
