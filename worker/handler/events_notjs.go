//go:build !js

package handler

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"jianzheng/worker/core"
)

// A page listens to its box by a WebSocket. Each news is one text frame; the page
// answers the one that holds the answer with the text "got". Only then is it
// deleted: a frame that was written to a page which is being closed is lost.
const (
	gotFrame      = "got"
	maxFrameBytes = 64
	frameTimeout  = 5 * time.Second
)

// push serves the WebSocket of a page that listens to its box.
func (h *server) push(w http.ResponseWriter, r *http.Request) error {
	protocols := strings.Join(r.Header.Values("Sec-WebSocket-Protocol"), ",")
	pickup, protocol, err := h.gate.Listen(r.PathValue("id"), protocols, r.Header.Get("Origin"), r.Host, h.Now())
	if err != nil {
		return err
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol}})
	if err != nil {
		return nil // Accept has told the client
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxFrameBytes)
	// The connection was taken over, so the end of the request says nothing.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), pickup.Ends.Sub(h.Now()))
	defer cancel()
	got := make(chan struct{}, 1)
	go func() {
		defer cancel() // the page is gone
		for {
			kind, text, err := conn.Read(ctx)
			if err != nil || kind != websocket.MessageText || string(text) != gotFrame {
				return
			}
			select {
			case got <- struct{}{}:
			default:
			}
		}
	}()
	for seen := core.BoxWaiting; ; seen = core.BoxOpened {
		d, err := h.Mail.Wait(ctx, pickup, seen)
		if err != nil {
			_ = conn.Close(websocket.StatusGoingAway, "")
			return nil
		}
		err = send(ctx, conn, tell(d))
		if d.Settle != nil {
			d.Settle(err == nil && acknowledged(ctx, got))
		}
		if err != nil {
			return nil
		}
		if d.State != core.BoxOpened {
			_ = conn.Close(websocket.StatusNormalClosure, "")
			return nil
		}
	}
}

func send(ctx context.Context, conn *websocket.Conn, n news) error {
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, frameTimeout)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, text)
}

// acknowledged waits for the page to say that it has the answer.
func acknowledged(ctx context.Context, got <-chan struct{}) bool {
	ctx, cancel := context.WithTimeout(ctx, frameTimeout)
	defer cancel()
	select {
	case <-got:
		return true
	case <-ctx.Done():
		// Both may have come at once.
		select {
		case <-got:
			return true
		default:
			return false
		}
	}
}
