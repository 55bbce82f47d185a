//go:build !js

package main

import (
	"errors"
	"fmt"
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
	losses   handler.Losses
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
	s, err := site.Open(site.Folder(o.data), time.Now())
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

// oneLine joins what went wrong into one line.
func oneLine(err error) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\n", "; ")), " ")
}
