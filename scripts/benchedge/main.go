// Benchedge measures the challenge endpoint: the edge worker on workerd beside one
// written by hand in JavaScript that does the same (peer/), and the native server
// on SQLite and on Redis. All take turns in one run, on one machine, asked by wrk
// over loopback, which runs on the same cores. The other worker hashes with the
// platform's cryptography, as one would write it; peer-own-hash is the same with
// hashes of its own, which cost it less.
//
//	go run ./scripts/benchedge [-rounds 3] [-seconds 5] [-connections 64] [-only REGEXP] [-soak REQUESTS]
//
// A row is the median of its rounds, and so are the ratios. Of redeem-object all
// nonces belong to one Durable Object of the sixteen: what one of them takes. Processor time is that of the server's own
// process, threads and kernel included; Redis's and wrk's are not in it. One answer
// that is none of success fails the run.
//
// With -soak each server instead answers so many requests, and its resident memory
// is printed at every 50,000: it has to stay what it was.
//
// It needs wrk, redis-server and workerd (npm ci), and what `make build` made.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// row is a server with what is asked of it.
type row struct {
	name  string
	kind  kind
	start start
	peer  string // name of the row it is held against
}

// rows take turns in this order, so that a row and its peer run one after the other.
var rows = []row{
	{"issue/edge", issuing, startEdge, "issue/peer"},
	{"issue/peer", issuing, startPeer, ""},
	{"issue/peer-own-hash", issuing, startOwnPeer, "issue/peer"},
	{"redeem/edge", redeeming, startEdge, "redeem/peer"},
	{"redeem/peer", redeeming, startPeer, ""},
	{"redeem-object/edge", redeemingOne, startEdge, "redeem-object/peer"},
	{"redeem-object/peer", redeemingOne, startPeer, ""},
	{"issue/native", issuing, startSQLite, "issue/peer"},
	{"redeem/native-sqlite", redeeming, startSQLite, "redeem/peer"},
	{"redeem/native-redis", redeeming, startRedis, "redeem/peer"},
}

func main() {
	rounds := flag.Int("rounds", 3, "how often each takes its turn")
	seconds := flag.Int("seconds", 5, "length of a turn, at most 30")
	connections := flag.Int("connections", 64, "connections that are open at once")
	only := flag.String("only", "", "regular expression of the rows to run")
	soak := flag.Int("soak", 0, "requests to send each server, to see its memory, instead of measuring")
	flag.Parse()
	pattern, err := regexp.Compile(*only)
	if err != nil || *rounds < 1 || *seconds < 1 || *seconds > 30 || *connections < wrkThreads || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b := bench{out: os.Stdout, load: load{*connections, 2 * time.Second, time.Duration(*seconds) * time.Second}}
	for _, r := range rows {
		if pattern.MatchString(r.name) {
			b.rows = append(b.rows, r)
		}
	}
	if *soak > 0 {
		err = b.soak(ctx, *soak)
	} else {
		err = b.run(ctx, *rounds)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchedge:", err)
		os.Exit(1)
	}
}

type bench struct {
	out  io.Writer
	rows []row
	load load
}

// run measures every row in each round and prints the table.
func (b bench) run(ctx context.Context, rounds int) error {
	results := map[string][]result{}
	for round := range rounds {
		for _, r := range b.rows {
			err := b.with(ctx, r, func(p *place, s *server, folder string) error {
				got, err := measure(ctx, r.kind, b.load, p, s, folder)
				results[r.name] = append(results[r.name], got)
				fmt.Fprintf(os.Stderr, "round %d %-22s %8.0f/s %6d µs, load %.1f\n", round+1, r.name, got.rate(), got.cost().Microseconds(), got.load)
				return err
			})
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
		}
	}
	fmt.Fprintf(b.out, "%s, %s, %d connections, turns of %v after %v to warm up\n",
		time.Now().Format("2006-01-02 15:04"), versions(), b.load.connections, b.load.time, b.load.warm)
	table(b.out, b.rows, results)
	return nil
}

// with starts the server of a row, in fresh folders that are removed afterwards.
func (b bench) with(ctx context.Context, r row, do func(p *place, s *server, folder string) error) (err error) {
	// Not below /tmp, which is memory on many machines and never waits for a disk.
	if err := os.MkdirAll("dist", 0o755); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("dist", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if folder, err = filepath.Abs(folder); err != nil {
		return err
	}
	p, err := newPlace(filepath.Join(folder, "data"))
	if err != nil {
		return err
	}
	storage := filepath.Join(folder, "storage")
	if err := os.Mkdir(storage, 0o700); err != nil {
		return err
	}
	s, err := r.start(ctx, p, storage)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, s.stop())
		if err != nil { // a server that ended by itself says so here
			err = fmt.Errorf("%w\nthe server ended with %v", err, s.cmd.ProcessState)
		}
	}()
	return do(p, s, folder)
}

// versions names the machine and what ran.
func versions() string {
	said := func(name string, args ...string) string {
		out, _ := exec.Command(name, args...).Output()
		line, _, _ := strings.Cut(string(out), "\n")
		return strings.TrimSpace(line)
	}
	redis, _, _ := strings.Cut(strings.TrimPrefix(said("redis-server", "--version"), "Redis server "), " sha")
	wrk, _, _ := strings.Cut(said("sh", "-c", "wrk -v"), " [")
	return strings.Join([]string{
		fmt.Sprintf("%d × %s", runtime.NumCPU(), processor()), runtime.Version(),
		said(filepath.Join("node_modules", ".bin", "workerd"), "--version"), "Redis " + redis, wrk,
	}, ", ")
}

func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
