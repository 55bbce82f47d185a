//go:build !js

// The native server: the endpoint of worker/handler on a SQLite file or Redis,
// and the pages.
//
//	go run ./worker [-addr host:port] [-data folder] [-web folder] [-demo] ...
//
// options_notjs.go lists the flags; README.md here says how it is operated.
// The folder -data holds everything that is kept. With -demo it is filled at
// the first start with the keys and lists of a demonstration authority; without
// it an operator puts there what site_notjs.go lists. The folder -web holds
// index.html, web/ and dist/engine/ (or engine/); -web "" serves no pages.
//
// SIGHUP has site.json, the secrets and the certificate read again; requests
// under way are not disturbed, and files that do not hold change nothing.
//
// The exit status is 0 after SIGINT or SIGTERM, 1 when the server cannot work
// and 2 for wrong usage. The log holds no address, header or body of a request.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"jianzheng/worker/gate"
	"jianzheng/worker/mail"
	"jianzheng/worker/store"
)

// Limits of a connection. Requests are a few hundred bytes and answered in
// milliseconds; the engine of some megabytes goes out on slow lines too.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 2 * time.Minute
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 16 << 10
	stopTimeout       = 5 * time.Second

	gcPercent      = 400 // heap at which garbage is collected, over what is alive
	sweepEvery     = time.Minute
	sweepMailEvery = 2 * time.Second
	listMaxAge     = time.Minute // a new trust list is seen a minute after it was put in place
)

func main() {
	env := environment{port: os.Getenv("PORT"), store: os.Getenv("STORE")}
	o, err := parseOptions(os.Args[1:], env, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(2)
	}
	// Some 5 MB are alive; collecting at twice that took a sixth of the processor.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: o.level}))
	if err := serve(ctx, o, logger, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "server:", oneLine(err))
		os.Exit(1)
	}
}

// serve works until ctx ends. It writes one line with the URL to out when
// requests are answered.
func serve(ctx context.Context, o options, logger *slog.Logger, out io.Writer) (err error) {
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return explainListen(o.addr, err)
	}
	defer listener.Close()
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return err
	}
	if o.url == "" && o.demo {
		o.url = url(listener.Addr(), o.cert != "")
	}
	e := &endpoint{options: o, log: logger, limiter: gate.NewBuckets()}
	if o.url != "" {
		e.boxes = mail.New(time.Now)
	}
	first, err := openSite(o, logger)
	if err != nil {
		return err
	}
	if e.store, err = openStore(ctx, o, logger); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.store.Close()) }()
	if e.pages, err = openPages(o.web, logger); err != nil {
		return err
	}
	if e.pages != nil {
		defer e.pages.Close()
	}
	if o.ops != "" {
		stop, err := e.startOps()
		if err != nil {
			return err
		}
		defer stop()
	}
	if err := e.use(first); err != nil {
		return err
	}
	if o.cert != "" {
		e.certificate = &certificate{chain: o.cert, key: o.key}
		if err := e.certificate.load(); err != nil {
			return err
		}
		listener = tls.NewListener(listener, e.certificate.config())
	}
	var background sync.WaitGroup
	defer background.Wait() // before the store is closed
	backgroundCtx, stop := context.WithCancel(ctx)
	defer stop()
	background.Go(func() { sweep(backgroundCtx, e.store, logger) })
	background.Go(func() { e.reload(backgroundCtx) })
	if e.boxes != nil {
		background.Go(func() { sweepMail(backgroundCtx, e.boxes) })
		stop := context.AfterFunc(ctx, e.boxes.Close) // listeners would hold up the end
		defer stop()
	}

	fmt.Fprintf(out, "见证 Jianzheng: %s\n", url(listener.Addr(), o.cert != ""))
	return answer(ctx, listener, e, logger)
}

// answer serves until ctx ends, then lets requests under way finish.
func answer(ctx context.Context, listener net.Listener, routes http.Handler, logger *slog.Logger) error {
	server := &http.Server{
		Handler:           routes,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		// Its messages name the client's address.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	quiet := &quietConns{conns: map[net.Conn]bool{}}
	server.ConnState = quiet.follow
	server.RegisterOnShutdown(quiet.hangUp)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	logger.Info("stopping")
	stopCtx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := server.Shutdown(stopCtx); err != nil {
		// Whoever has not finished by now is cut off; what was redeemed is kept.
		logger.Warn("requests were cut off", "err", err)
		return server.Close()
	}
	return nil
}

// sweep removes redeemed nonces that ended long enough ago.
func sweep(ctx context.Context, s store.Store, logger *slog.Logger) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		removed, err := s.Sweep(ctx, time.Now().Add(-store.Grace))
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			logger.Error("sweep", "err", err)
		case removed > 0:
			logger.Info("sweep", "removed", removed)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweepMail deletes answers that nobody fetched.
func sweepMail(ctx context.Context, boxes *mail.Hub) {
	tick := time.NewTicker(sweepMailEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			boxes.Sweep()
		}
	}
}

// openPages opens the folder of the pages; nil when there is to be none.
func openPages(folder string, logger *slog.Logger) (*os.Root, error) {
	if folder == "" {
		return nil, nil
	}
	pages, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("-web: %w", err)
	}
	if _, err := pages.Stat("index.html"); err != nil {
		logger.Warn("the folder of the pages has no index.html", "web", folder)
	}
	return pages, nil
}

// explainListen says in one line why an address cannot be had.
func explainListen(addr string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("address %s is in use by another program; choose another port with PORT=8788 or -addr", addr)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("address %s may not be used by this account; choose a port above 1023 with PORT=8787 or -addr", addr)
	}
	return fmt.Errorf("cannot listen on %s: %w", addr, err)
}

// url is the address to open in a browser on this computer. Browsers give the
// camera to localhost without a certificate, but not to other plain addresses.
func url(addr net.Addr, secure bool) string {
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return scheme + addr.String() + "/"
	}
	if ip := net.ParseIP(host); ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	return scheme + net.JoinHostPort(host, port) + "/"
}
