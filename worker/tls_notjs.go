//go:build !js

package main

import (
	"crypto/tls"
	"fmt"
	"sync/atomic"
)

// certificate is read from files, and again when they were renewed.
type certificate struct {
	chain, key string
	current    atomic.Pointer[tls.Certificate]
}

// load reads the files; when they do not fit together, what was read before
// stays in use.
func (c *certificate) load() error {
	pair, err := tls.LoadX509KeyPair(c.chain, c.key)
	if err != nil {
		return fmt.Errorf("-tls-cert: %w", err)
	}
	c.current.Store(&pair)
	return nil
}

func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current.Load(), nil },
	}
}
