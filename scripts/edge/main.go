// Edge runs the demonstration on workerd, the engine of Cloudflare Workers: the
// pages and the endpoint that `make run` serves, with what was redeemed on disk.
//
//	go run ./scripts/edge [-data folder] [-demo=false] [-url address]
//
// PORT in the environment changes the port. It ends with Ctrl+C.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"jianzheng/worker/edge/local"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "edge:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	s := local.Site{Root: ".", Pages: ".", Log: os.Stderr}
	port := cmp.Or(os.Getenv("PORT"), "8787")
	flag.StringVar(&s.Listen, "addr", net.JoinHostPort("127.0.0.1", port), "address to listen on; PORT in the environment changes the port alone")
	flag.StringVar(&s.Data, "data", "data", "folder of what is kept, as the native server's")
	flag.StringVar(&s.Pages, "web", ".", "folder with index.html and web/")
	flag.StringVar(&s.URL, "url", "", "address at which phones reach it (default: this computer's)")
	flag.BoolVar(&s.Demo, "demo", true, "act as a demonstration authority too")
	flag.Parse()
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("address %s is not to be had; choose another port with PORT=8788: %w", s.Listen, err)
	}
	if err := listener.Close(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(s.Data, "edge"), 0o700); err != nil {
		return err
	}
	p, err := local.Start(ctx, s)
	if err != nil {
		return err
	}
	_, port, err = net.SplitHostPort(s.Listen)
	if err != nil {
		return err
	}
	fmt.Printf("见证 Jianzheng on workerd: http://localhost:%s/\n", port)
	err = p.Cmd.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("workerd ended: %w", err)
}
