//go:build !js

package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/worker/core"
	"jianzheng/worker/handler"
	"jianzheng/worker/site"
)

// served is what is served: the files of the folder -data, or the demonstration.
type served struct {
	core     core.Config
	lists    handler.Lists
	demo     handler.Demo
	purpose  string   // of a page that was not told another
	statuses []string // paths of status lists
}

func openSite(o options, logger *slog.Logger) (served, error) {
	if o.demo {
		return openDemo(o.data, logger)
	}
	secret, err := readSecret(filepath.Join(o.data, site.FileSecret), logger)
	if err != nil {
		return served{}, err
	}
	s, err := site.Open(folder(o.data), time.Now())
	if err != nil {
		return served{}, err
	}
	s.Core.Secret = secret
	s.Core.Former, err = readFormer(o.data, logger)
	return served{core: s.Core, lists: s.Lists, purpose: s.Purpose, statuses: s.Statuses}, err
}

// readFormer reads the secret that counts beside the first, if there is one.
func readFormer(data string, logger *slog.Logger) ([][]byte, error) {
	path := filepath.Join(data, site.FileFormer)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	former, err := readSecret(path, logger)
	return [][]byte{former}, err
}

// readSecret reads the operator's secret, and says how to make one.
func readSecret(path string, logger *slog.Logger) ([]byte, error) {
	secret, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is missing; make it with (umask 077; head -c 32 /dev/urandom > %s), or try the server with -demo", path, path)
	case err != nil:
		return nil, err
	case len(secret) < challenge.MinSecretSize:
		return nil, fmt.Errorf("%s has %d bytes, at least %d are needed", path, len(secret), challenge.MinSecretSize)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		logger.Warn("the secret can be read by other accounts", "file", path, "mode", info.Mode().Perm())
	}
	return secret, nil
}

// makeSecret reads the secret or, where there is none, makes one.
func makeSecret(path string) ([]byte, error) {
	secret, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		secret = make([]byte, challenge.MinSecretSize)
		if _, err := io.ReadFull(rand.Reader, secret); err != nil {
			return nil, err
		}
		return secret, writeFile(path, secret)
	}
	return secret, err
}

// writeFile writes a file for its owner only; it is there whole or not at all.
func writeFile(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // fails once it was renamed
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

// folder is [site.Files] in a folder.
type folder string

// Read implements [site.Files].
func (f folder) Read(name string) ([]byte, error) {
	file, err := os.Open(filepath.Join(string(f), name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, site.MaxListBytes+1))
	if err == nil && len(b) > site.MaxListBytes {
		err = fmt.Errorf("%s: more than %d bytes", name, site.MaxListBytes)
	}
	return b, err
}

// Has implements [site.Files].
func (f folder) Has(name string) bool {
	_, err := os.Stat(filepath.Join(string(f), name))
	return err == nil
}

// oneLine joins what went wrong into one line.
func oneLine(err error) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\n", "; ")), " ")
}
