package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"jianzheng/shared/cwt"
	"jianzheng/shared/register"
)

// book is a register in a file, checked while it was read.
type book struct {
	file        string
	report      *register.Report
	checkpoints [][]byte
	first, last []byte
	kept        []byte // the line asked for; nil where it is not there
}

// readBook checks the register in a file and keeps its first and last line and
// the one with the number keep. A register may be larger than memory.
func readBook(file string, keep uint64) (*book, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	checker, err := register.NewChecker(nil, nil)
	if err != nil {
		return nil, err
	}
	b := &book{file: file}
	checker.Visit = func(raw []byte, l *register.Line) {
		if b.first == nil {
			b.first = bytes.Clone(raw)
		}
		if l.Number == keep {
			b.kept = bytes.Clone(raw)
		}
		b.last = append(b.last[:0], raw...)
	}
	if _, err := io.Copy(checker, f); err != nil {
		return nil, err
	}
	b.report, b.checkpoints = checker.Report(), checker.Checkpoints()
	return b, nil
}

// readLog is readBook for what goes on with the register: the log is its end.
func readLog(file string, keep uint64) (*book, *register.Log, error) {
	b, err := readBook(file, keep)
	if err != nil {
		return nil, nil, err
	}
	if b.first == nil {
		return nil, nil, fmt.Errorf("%s holds no register", file)
	}
	log, err := register.Resume(b.first, b.last)
	return b, log, err
}

// add puts a line at the end of the file, on the disk before anything is said.
func (b *book) add(line []byte) error {
	f, err := os.OpenFile(b.file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(line)
	return errors.Join(err, f.Sync(), f.Close())
}

// rewrite writes the register to another file, which must be new: checkpoints,
// then what stands behind those of the old file, as it is. With each set, the
// sound lines are written as it gives them, and nothing else is.
func (b *book) rewrite(out string, checkpoints [][]byte, each func([]byte) ([]byte, error)) (err error) {
	in, err := os.Open(b.file)
	if err != nil {
		return err
	}
	defer in.Close()
	f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			_ = os.Remove(out)
		}
	}()
	if err := register.Export(f, checkpoints); err != nil {
		return err
	}
	if each == nil {
		var old bytes.Buffer
		if err := register.Export(&old, b.checkpoints); err != nil {
			return err
		}
		if _, err := in.Seek(int64(old.Len()), io.SeekStart); err != nil {
			return err
		}
		_, err = io.Copy(f, in)
		return err
	}
	checker, err := register.NewChecker(nil, nil)
	if err != nil {
		return err
	}
	var failed error
	checker.Visit = func(raw []byte, _ *register.Line) {
		line, err := each(raw)
		if err == nil {
			_, err = f.Write(line)
		}
		failed = errors.Join(failed, err)
	}
	_, err = io.Copy(checker, in)
	return errors.Join(err, failed)
}

// writeNew writes a file that must not be there yet, for its owner's eyes.
func writeNew(file string, b []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

// readFiles reads the files of a comma-separated flag.
func readFiles(names string) ([][]byte, error) {
	var all [][]byte
	for _, name := range list(names) {
		b, err := readFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// readOperators finds the key of a checkpoint among those in files.
func readOperators(names string) (register.Operators, error) {
	if names == "" {
		return nil, nil
	}
	files, err := readFiles(names)
	if err != nil {
		return nil, err
	}
	var keys []*cwt.Key
	for _, b := range files {
		k, err := cwt.ParseKey(b)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return func(_ register.Checkpoint, keyID []byte) *cwt.Key {
		for _, k := range keys {
			if bytes.Equal(k.ID, keyID) {
				return k
			}
		}
		return nil
	}, nil
}
