//go:build !js

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"

	"jianzheng/worker/core"
)

const defaultPort = "8787"

// options are the flags.
type options struct {
	addr        string
	data        string
	web         string
	url         string // how phones reach this server; empty without way A
	demo        bool
	store       string // empty: SQLite in the data folder
	cert, key   string // empty: plain HTTP
	proxies     []netip.Prefix
	addressRate core.Rate
	ops         string // empty: off
	level       slog.Level
}

// environment is what is read of it, so that a test can say it.
type environment struct{ port, store string }

// parseOptions reads flags; of the environment, PORT counts where -addr is not
// given and STORE where -store is not, since an address of Redis may hold a
// password and flags can be read by every account. By default only this computer
// can connect.
func parseOptions(args []string, env environment, usage io.Writer) (o options, err error) {
	if env.port == "" {
		env.port = defaultPort
	}
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.StringVar(&o.addr, "addr", net.JoinHostPort("127.0.0.1", env.port), "address to listen on; PORT in the environment changes the port alone")
	flags.StringVar(&o.data, "data", "data", "folder of what is kept")
	flags.StringVar(&o.web, "web", ".", "folder with index.html and web/; empty for no pages")
	flags.StringVar(&o.url, "url", "", "address at which phones reach this server, as https://jz.example, for answers over the network; without it there are none, but -demo takes this computer's")
	flags.BoolVar(&o.demo, "demo", false, "act as a demonstration authority too")
	flags.StringVar(&o.store, "store", "", "sqlite:PATH or redis://[user:password@]host:port; STORE in the environment keeps a password out of sight (default sqlite:DATA/redeemed.db)")
	flags.StringVar(&o.cert, "tls-cert", "", "certificate chain, PEM; with -tls-key the server speaks HTTPS")
	flags.StringVar(&o.key, "tls-key", "", "private key of the certificate, PEM")
	proxies := flags.String("trust-proxy", "", "addresses or networks of proxies whose X-Forwarded-For counts, separated by commas")
	rate := flags.String("address-rate", core.DefaultAddressRate, "requests that one address may send, as PER-MINUTE/BURST; 0 for no limit")
	flags.StringVar(&o.ops, "ops", "", "loopback address for the operator's page, /metrics and /debug/pprof/, such as 127.0.0.1:9090; empty for none")
	flags.TextVar(&o.level, "log-level", slog.LevelInfo, "least level that is logged: debug, info, warn or error")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.store == "" {
		o.store = env.store
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.proxies, err = parseProxies(*proxies); err != nil {
		return o, err
	}
	if o.addressRate, err = core.ParseRate(*rate); err != nil {
		return o, fmt.Errorf("-address-rate: %w", err)
	}
	return o, o.check()
}

func (o options) check() error {
	if _, _, err := net.SplitHostPort(o.addr); err != nil {
		return fmt.Errorf("address %q is not host:port", o.addr)
	}
	switch {
	case o.data == "":
		return errors.New("-data is empty")
	case (o.cert == "") != (o.key == ""):
		return errors.New("-tls-cert and -tls-key belong together")
	case o.store != "" && !isRedis(o.store) && !strings.HasPrefix(o.store, sqlitePrefix):
		return errors.New("-store is neither sqlite:PATH nor redis://host:port")
	}
	if o.ops != "" {
		host, _, err := net.SplitHostPort(o.ops)
		if ip, ipErr := netip.ParseAddr(host); err != nil || host != "localhost" && (ipErr != nil || !ip.IsLoopback()) {
			return errors.New("-ops is not a loopback address such as 127.0.0.1:9090: what it shows is for the operator alone")
		}
	}
	return nil
}

// parseProxies reads addresses and networks.
func parseProxies(text string) (out []netip.Prefix, err error) {
	for _, item := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		network, err := netip.ParsePrefix(item)
		if err != nil {
			address, addressErr := netip.ParseAddr(item)
			if addressErr != nil {
				return nil, fmt.Errorf("-trust-proxy: %q is neither an address nor a network", item)
			}
			network = netip.PrefixFrom(address, address.BitLen())
		}
		out = append(out, network)
	}
	return out, nil
}
