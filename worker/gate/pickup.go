package gate

import (
	"net/url"
	"strings"
	"time"

	"jianzheng/shared/reason"
	"jianzheng/worker/core"
)

// How a page shows its pickup: in the Authorization of a poll, or as the
// subprotocol of a WebSocket.
const (
	pickupScheme   = "Pickup "
	pickupProtocol = "jz."
)

// Poll checks what a page shows to be told of its box by and by.
func (g *Gate) Poll(id, authorization string, now time.Time) (core.Pickup, error) {
	text, ok := strings.CutPrefix(authorization, pickupScheme)
	if !ok {
		return core.Pickup{}, core.Refuse(reason.NonceUnknown, "send Authorization: Pickup")
	}
	return g.Endpoint.Pickup(id, text, now)
}

// Listen checks what a page offers to listen to its box, and returns the
// subprotocol to agree to. Browsers do not hold back WebSockets of other sites'
// pages by themselves, so these are refused here.
func (g *Gate) Listen(id, protocols, origin, host string, now time.Time) (core.Pickup, string, error) {
	if origin != "" {
		if u, err := url.Parse(origin); err != nil || !strings.EqualFold(u.Host, host) {
			return core.Pickup{}, "", core.Refuse(reason.NonceUnknown, "pickup: not for pages of another site")
		}
	}
	offered := ""
	for item := range strings.SplitSeq(protocols, ",") {
		if item = strings.TrimSpace(item); strings.HasPrefix(item, pickupProtocol) {
			offered = item
			break
		}
	}
	p, err := g.Endpoint.Pickup(id, strings.TrimPrefix(offered, pickupProtocol), now)
	return p, offered, err
}
