package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// fetched are pages behind a fetcher: a disk, where the worker runs on this
// computer. On Cloudflare the pages are given out before a request comes here.
type fetched struct{ client *http.Client }

// Open implements [fs.FS]. What the file holds is fetched when it is read.
func (f fetched) Open(name string) (fs.File, error) {
	answer, err := f.client.Head("http://pages/" + name)
	if err != nil {
		return nil, err
	}
	missing := &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	file := &fetchedFile{pages: f, name: name}
	if answer.StatusCode != http.StatusOK {
		return nil, missing
	}
	if _, err := fmt.Sscan(answer.Header.Get("Content-Length"), &file.size); err != nil {
		return nil, missing // a folder
	}
	// The library cuts values at commas.
	file.modified, _ = http.ParseTime(strings.Join(answer.Header.Values("Last-Modified"), ","))
	return file, nil
}

// fetchedFile is an open file, and what is known of it.
type fetchedFile struct {
	pages    fetched
	name     string
	size     int64
	modified time.Time

	content *bytes.Reader // nil until something is read
	at      int64
}

// Read implements [io.Reader].
func (f *fetchedFile) Read(b []byte) (int, error) {
	if f.content == nil {
		answer, err := f.pages.client.Get("http://pages/" + f.name)
		if err != nil {
			return 0, err
		}
		defer answer.Body.Close()
		all, err := io.ReadAll(answer.Body)
		if err != nil {
			return 0, err
		}
		if answer.StatusCode != http.StatusOK || int64(len(all)) != f.size {
			return 0, errors.New("edge: a page changed while it was read")
		}
		f.content = bytes.NewReader(all)
	}
	if _, err := f.content.Seek(f.at, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := f.content.Read(b)
	f.at += int64(n)
	return n, err
}

// Seek implements [io.Seeker].
func (f *fetchedFile) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += f.size
	}
	if offset < 0 {
		return 0, fs.ErrInvalid
	}
	f.at = offset
	return offset, nil
}

func (f *fetchedFile) Close() error               { return nil }
func (f *fetchedFile) Stat() (fs.FileInfo, error) { return f, nil }

// The methods of [fs.FileInfo].

func (f *fetchedFile) Name() string       { return path.Base(f.name) }
func (f *fetchedFile) Size() int64        { return f.size }
func (f *fetchedFile) Mode() fs.FileMode  { return 0o444 }
func (f *fetchedFile) ModTime() time.Time { return f.modified }
func (f *fetchedFile) IsDir() bool        { return false }
func (f *fetchedFile) Sys() any           { return nil }
