// Size prints how many bytes a visitor loads, raw and compressed, beside the
// budgets, and what the engine is made of.
//
// It is run from the root of the repository, after scripts/build:
//
//	go run ./scripts/size [-top 30] [-of wasm/decoder]
//
// It ends with status 1 when something is over its budget. Budgets count
// brotli, since every browser that runs the pages takes it, and gzip for the edge
// worker, as Cloudflare does; 1 kB is 1000 bytes.
package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/andybalholm/brotli"
)

// Budgets in bytes after brotli.
const (
	engineBudget  = 1_300_000 // scanner, verifier, all algorithms, register
	decoderBudget = 500_000   // the scanner alone
	shellBudget   = 60_000    // what the staff page loads besides the engine

	edgeBudget = 3_000_000 // the edge worker, after gzip
)

func main() {
	top := flag.Int("top", 30, "how many packages of the engine to list")
	of := flag.String("of", "wasm", "`folder` of the engine whose packages are listed: wasm or wasm/decoder")
	flag.Parse()
	within, err := report(*of, *top)
	if err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
	if !within {
		os.Exit(1)
	}
}

// size is a number of bytes as stored and as sent.
type size struct {
	raw, gzip, brotli int
}

func (s *size) add(o size) {
	s.raw += o.raw
	s.gzip += o.gzip
	s.brotli += o.brotli
}

// measure compresses data as a server would send it.
func measure(data []byte) (size, error) {
	var packed bytes.Buffer
	zipped, err := zippedLen(data)
	if err != nil {
		return size{}, err
	}
	b := brotli.NewWriterLevel(&packed, brotli.BestCompression)
	b.Write(data)
	b.Close()
	return size{len(data), zipped, packed.Len()}, nil
}

// zippedLen is the length of data after gzip.
func zippedLen(data []byte) (int, error) {
	var zipped bytes.Buffer
	z, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	z.Write(data) // into memory: cannot fail
	z.Close()
	return zipped.Len(), nil
}

// built reads the sizes of a file that scripts/build has compressed already.
func built(name string) (size, error) {
	var bytes [3]int
	for i, suffix := range []string{"", ".gz", ".br"} {
		info, err := os.Stat(name + suffix)
		if err != nil {
			return size{}, err
		}
		bytes[i] = int(info.Size())
	}
	return size{bytes[0], bytes[1], bytes[2]}, nil
}

// report prints everything and tells whether all budgets are kept.
func report(of string, top int) (bool, error) {
	engine, err := built("dist/engine/engine.wasm")
	if err != nil {
		return false, err
	}
	decoder, err := built("dist/engine/decoder.wasm")
	if err != nil {
		return false, err
	}
	decoderJS, err := built("dist/engine/decoder.js")
	if err != nil {
		return false, err
	}
	files, err := shell(os.DirFS("dist"), "index.html")
	if err != nil {
		return false, err
	}
	var total size
	fmt.Printf("%-36s %10s %10s %10s %10s\n", "", "raw", "gzip", "brotli", "budget")
	for _, name := range files {
		name = "dist/" + name
		data, err := os.ReadFile(name)
		if err != nil {
			return false, err
		}
		s, err := measure(data)
		if err != nil {
			return false, err
		}
		total.add(s)
		row(name, s, 0)
	}
	within := row("page shell", total, shellBudget)
	within = row("engine", engine, engineBudget) && within
	within = row("scanner alone", decoder, decoderBudget) && within
	row("dist/engine/decoder.js", decoderJS, 0)
	edge, err := edgeSize("dist/edge")
	if err != nil {
		return false, err
	}
	fmt.Printf("%-36s %10d %10d %10s %10d\n", "edge worker, budget in gzip", edge.raw, edge.gzip, "", edgeBudget)
	within = edge.gzip <= edgeBudget && within
	fit, err := formats()
	if err != nil {
		return false, err
	}
	return within && fit, breakDown(of, top)
}

// edgeSize adds up what is deployed of the edge worker.
func edgeSize(folder string) (total size, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return total, err
	}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return total, err
		}
		zipped, err := zippedLen(data)
		if err != nil {
			return total, err
		}
		total.add(size{raw: len(data), gzip: zipped})
	}
	return total, nil
}

// row prints one line and tells whether the budget is kept; 0 is no budget.
func row(name string, s size, budget int) bool {
	fmt.Printf("%-36s %10d %10d %10d", name, s.raw, s.gzip, s.brotli)
	over := budget > 0 && s.brotli > budget
	if budget > 0 {
		fmt.Printf(" %10d", budget)
	}
	if over {
		fmt.Printf(" OVER by %d", s.brotli-budget)
	}
	fmt.Println()
	return !over
}
