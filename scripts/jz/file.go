package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"jianzheng/scripts/jz/document"
)

// Modes of the files that are written, before the umask.
const (
	modePrivate fs.FileMode = 0o600
	modePublic  fs.FileMode = 0o644
)

// checkFree refuses files that exist, unless they may be replaced. It is asked
// before anything is written, so that a verb writes all of its files or none.
func checkFree(force bool, files ...string) error {
	for _, file := range files {
		if _, err := os.Lstat(file); err == nil && !force && file != "" {
			return fmt.Errorf("%s exists; --force replaces it", file)
		}
	}
	return nil
}

// writeFile puts content into a file, which is there whole or not at all. Without
// force a file that exists is left alone, even one made this very moment.
func writeFile(file string, content []byte, mode fs.FileMode, force bool) (err error) {
	if !force {
		// An empty file of the final name keeps others from taking it.
		claim, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) {
			return checkFree(false, file)
		}
		if err != nil {
			return err
		}
		claim.Close()
		defer func() {
			if err != nil {
				os.Remove(file)
			}
		}()
	}
	suffix := make([]byte, 6)
	rand.Read(suffix)
	temporary := file + ".new-" + hex.EncodeToString(suffix)
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer os.Remove(temporary) // fails once it was renamed
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temporary, file)
	}
	return err
}

// readDocument reads a JSON document from a file.
func readDocument[T any](file string) (*T, error) {
	b, err := readFile(file)
	if err != nil {
		return nil, err
	}
	d := new(T)
	if err := document.Decode(b, d); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return d, nil
}

// writeDocument writes a JSON document.
func writeDocument(file string, d any, force bool) error {
	b, err := document.Encode(d)
	if err != nil {
		return err
	}
	mode := modePublic
	if info, err := os.Stat(file); err == nil {
		mode = info.Mode().Perm() // what its owner chose
	}
	return writeFile(file, b, mode, force)
}

// editDocument reads a document, has it changed and puts it back. Nothing is
// written when change fails. A lock file keeps a second jz away meanwhile: two
// that give away places of one status list would give one place twice.
func editDocument[T any](file string, change func(*T) error) error {
	lock := file + ".lock"
	f, err := os.OpenFile(lock, os.O_WRONLY|os.O_CREATE|os.O_EXCL, modePrivate)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists: another jz is changing the document, or was stopped while it did; remove it if none is at work", lock)
	}
	if err != nil {
		return err
	}
	f.Close()
	defer os.Remove(lock)
	d, err := readDocument[T](file)
	if err != nil {
		return err
	}
	if err := change(d); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return writeDocument(file, d, true)
}
