package chrome

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/andybalholm/brotli"
)

// floorPackage holds, below node_modules, Chromium 109: the last one for Windows 7,
// which is what counters with an old PC have, and so the oldest that the pages are for.
const floorPackage = "@sparticuz/chromium"

// floorName is where it is unpacked; the version is that of package.json.
const floorName = "chromium-109.0.6"

// Floor returns the path of the oldest Chromium that the pages are for, below root,
// which is the folder of the repository. The first time it is unpacked, 160 MB
// and beside it the libraries that draw WebGL in software.
func Floor(root string) (string, error) {
	folder := filepath.Join(root, ".cache", floorName)
	program := filepath.Join(folder, "chromium")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	cache := filepath.Dir(folder)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	// Whoever comes second, or after a power cut, must not find a half.
	half, err := os.MkdirTemp(cache, floorName+"-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(half)
	from := filepath.Join(root, "node_modules", filepath.FromSlash(floorPackage), "bin")
	err = errors.Join(
		os.Chmod(half, 0o755),
		unpack(filepath.Join(from, "chromium.br"), func(r io.Reader) error { return save(filepath.Join(half, "chromium"), r) }),
		unpack(filepath.Join(from, "swiftshader.tar.br"), func(r io.Reader) error { return untar(half, r) }),
	)
	if err != nil {
		return "", fmt.Errorf("chrome: %s (npm ci --ignore-scripts brings it): %w", floorPackage, err)
	}
	if err := os.Rename(half, folder); err != nil {
		if _, there := os.Stat(program); there != nil {
			return "", err
		}
	}
	return program, nil
}

// unpack hands what a file of Brotli holds to read.
func unpack(name string, read func(io.Reader) error) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	return read(brotli.NewReader(file))
}

// untar writes the plain files of an archive into folder.
func untar(folder string, r io.Reader) error {
	for archive := tar.NewReader(r); ; {
		entry, err := archive.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if entry.Typeflag == tar.TypeReg {
			if err := save(filepath.Join(folder, filepath.Base(entry.Name)), archive); err != nil {
				return err
			}
		}
	}
}

// save writes a file that may be run.
func save(name string, r io.Reader) error {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, r)
	return errors.Join(err, file.Close())
}
