//go:build !js

package main

import (
	"net/http"
	"net/netip"
	"strings"
)

// clientAddress returns a function that tells who sent a request: the peer, or
// where the peer is a trusted proxy, the last address in X-Forwarded-For that is
// not one. What stands before it was written by the client and proves nothing.
func clientAddress(proxies []netip.Prefix) func(*http.Request) netip.Addr {
	trusted := func(a netip.Addr) bool {
		for _, network := range proxies {
			if network.Contains(a) {
				return true
			}
		}
		return false
	}
	return func(r *http.Request) netip.Addr {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return netip.Addr{}
		}
		address := peer.Addr().Unmap()
		if len(proxies) == 0 || !trusted(address) {
			return address
		}
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0; i-- {
			hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				return address
			}
			if address = hop.Unmap(); !trusted(address) {
				return address
			}
		}
		return address
	}
}
