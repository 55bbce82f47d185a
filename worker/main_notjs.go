//go:build !js

// The native server: the endpoint of worker/handler on a SQLite file, and the
// pages.
//
//	go run ./worker [-addr host:port] [-data folder] [-web folder] [-url URL] [-demo]
//
// The folder -data holds everything that is kept. With -demo it is filled at
// the first start with the keys and lists of a demonstration authority; without
// it an operator puts there what site_notjs.go lists. The folder -web holds
// index.html, web/ and dist/engine/ (or engine/); -web "" serves no pages.
//
// The exit status is 0 after SIGINT or SIGTERM, 1 when the server cannot work
// and 2 for wrong usage. The log holds no address, header or body of a request.
package main

import (
	"context"
	"crypto/rand"
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
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"jianzheng/worker/core"
	"jianzheng/worker/handler"
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

	sweepEvery     = time.Minute
	sweepMailEvery = 2 * time.Second
	listMaxAge     = time.Minute // a new trust list is seen a minute after it was put in place
)

const defaultPort = "8787"

// options are the flags.
type options struct {
	addr string
	data string
	web  string
	url  string // how phones reach this server; empty without way A
	demo bool
}

func main() {
	o, err := parseOptions(os.Args[1:], os.Getenv("PORT"), os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := serve(ctx, o, logger, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "server:", oneLine(err))
		os.Exit(1)
	}
}

// parseOptions reads flags; port is that of the environment, used where -addr
// is not given. By default only this computer can connect.
func parseOptions(args []string, port string, usage io.Writer) (o options, err error) {
	if port == "" {
		port = defaultPort
	}
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.StringVar(&o.addr, "addr", net.JoinHostPort("127.0.0.1", port), "address to listen on; PORT in the environment changes the port alone")
	flags.StringVar(&o.data, "data", "data", "folder of what is kept")
	flags.StringVar(&o.web, "web", ".", "folder with index.html and web/; empty for no pages")
	flags.StringVar(&o.url, "url", "", "address at which phones reach this server, as https://jz.example, for answers over the network; without it there are none, but -demo takes this computer's")
	flags.BoolVar(&o.demo, "demo", false, "act as a demonstration authority too")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if _, _, err := net.SplitHostPort(o.addr); err != nil {
		return o, fmt.Errorf("address %q is not host:port", o.addr)
	}
	if o.data == "" {
		return o, errors.New("-data is empty")
	}
	return o, nil
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
	site, err := openSite(o, logger)
	if err != nil {
		return err
	}
	if o.url == "" && o.demo {
		o.url = url(listener.Addr())
	}
	var boxes *mail.Hub
	if o.url != "" {
		boxes = mail.New(time.Now)
		site.core.ResponseURI = strings.TrimSuffix(o.url, "/") + "/v1/challenges"
	}
	endpoint, err := core.New(site.core)
	if err != nil {
		return err
	}
	redeemed, err := store.OpenSQLite(filepath.Join(o.data, "redeemed.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, redeemed.Close()) }()
	pages, err := openPages(o.web, logger)
	if err != nil {
		return err
	}
	if pages != nil {
		defer pages.Close()
	}
	config := handler.Config{
		Endpoint: endpoint, Store: redeemed, Lists: site.lists, Demo: site.demo, Pages: pages,
		Party:   handler.Party{ID: site.core.Party, Name: site.core.Parties[site.core.Party]},
		Purpose: site.purpose, Statuses: site.statuses,
		Now: time.Now, Rand: rand.Reader, Log: logger,
	}
	if !o.demo {
		config.ListMaxAge = listMaxAge
	}
	if boxes != nil {
		config.Mail = boxes
		stop := context.AfterFunc(ctx, boxes.Close) // listeners would hold up the end
		defer stop()
	}
	routes, err := handler.New(config)
	if err != nil {
		return err
	}
	var sweeper sync.WaitGroup
	defer sweeper.Wait() // before the store is closed
	sweepCtx, stopSweep := context.WithCancel(ctx)
	defer stopSweep()
	sweeper.Go(func() { sweep(sweepCtx, redeemed, logger) })
	if boxes != nil {
		sweeper.Go(func() { sweepMail(sweepCtx, boxes) })
	}

	fmt.Fprintf(out, "见证 Jianzheng: %s\n", url(listener.Addr()))
	return answer(ctx, listener, routes, logger)
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
func url(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String() + "/"
	}
	if ip := net.ParseIP(host); ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}
