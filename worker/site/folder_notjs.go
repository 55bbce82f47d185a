//go:build !js

package site

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"jianzheng/shared/challenge"
	"jianzheng/shared/demo"
)

// Folder is [Files] in a folder.
type Folder string

// Read implements [Files].
func (f Folder) Read(name string) ([]byte, error) {
	file, err := os.Open(filepath.Join(string(f), name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, MaxListBytes+1))
	if err == nil && len(b) > MaxListBytes {
		err = fmt.Errorf("%s: more than %d bytes", name, MaxListBytes)
	}
	return b, err
}

// Has implements [Files].
func (f Folder) Has(name string) bool {
	_, err := os.Stat(filepath.Join(string(f), name))
	return err == nil
}

// MakeSecret reads the secret or, where there is none, makes one.
func MakeSecret(path string) ([]byte, error) {
	secret, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		secret = make([]byte, challenge.MinSecretSize)
		if _, err := io.ReadFull(rand.Reader, secret); err != nil {
			return nil, err
		}
		return secret, WriteFile(path, secret)
	}
	return secret, err
}

// WriteFile writes a file for its owner only; it is there whole or not at all.
func WriteFile(path string, content []byte) error {
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

// OpenDemo reads the demonstration authority in a folder, or makes it there.
func OpenDemo(folder string, now time.Time) (*demo.Authority, error) {
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		if err := makeDemo(folder, now); err != nil {
			return nil, err
		}
	}
	authority, err := demo.Load(func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
	})
	if err != nil {
		return nil, fmt.Errorf("%w; remove %s to have a new demonstration made", err, folder)
	}
	return authority, nil
}

// makeDemo writes a new authority. The folder appears whole or not at all, so
// that a start which was broken off is simply done again.
func makeDemo(folder string, now time.Time) error {
	authority, err := demo.New(rand.Reader, now)
	if err != nil {
		return err
	}
	files, err := authority.Files(now)
	if err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(folder), ".new-demo-*") // mode 0700
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	for name, content := range files {
		path := filepath.Join(temporary, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := WriteFile(path, content); err != nil {
			return err
		}
	}
	err = os.Rename(temporary, folder)
	if _, statErr := os.Stat(folder); statErr == nil {
		return nil // another server on the same data may have been faster
	}
	return err
}
