package webdriver

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// marionette speaks to Firefox. Both sides send JSON after its length in bytes and a
// colon: [0, number, name, parameters] asks, [1, number, error, result] answers.
type marionette struct {
	conn   net.Conn
	reader *bufio.Reader
	number int
}

// dialMarionette connects and reads the greeting.
func dialMarionette(ctx context.Context, address string) (*marionette, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	m := &marionette{conn: conn, reader: bufio.NewReader(conn)}
	var hello struct {
		Protocol int `json:"marionetteProtocol"`
	}
	message, err := m.read(ctx)
	if err == nil {
		err = json.Unmarshal(message, &hello)
	}
	if err == nil && hello.Protocol != 3 {
		err = fmt.Errorf("protocol %d", hello.Protocol)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("marionette: %w", err)
	}
	return m, nil
}

func (m *marionette) do(ctx context.Context, c command, p params) (json.RawMessage, error) {
	if p == nil {
		p = params{}
	}
	m.number++
	message, err := json.Marshal([]any{0, m.number, c.name, p})
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(m.conn, "%d:%s", len(message), message); err != nil {
		return nil, err
	}
	for {
		message, err := m.read(ctx)
		if err != nil {
			return nil, err
		}
		var number int
		var fault *remoteError
		var result json.RawMessage
		if err := json.Unmarshal(message, &[]any{new(int), &number, &fault, &result}); err != nil {
			return nil, err
		}
		if number != m.number {
			continue // of a command that was given up
		}
		if fault != nil {
			return nil, fault
		}
		// What HTTP answers as it is stands here in an object of its own.
		var wrapped map[string]json.RawMessage
		if json.Unmarshal(result, &wrapped) == nil && len(wrapped) == 1 && wrapped["value"] != nil {
			return wrapped["value"], nil
		}
		return result, nil
	}
}

func (m *marionette) read(ctx context.Context) ([]byte, error) {
	deadline, _ := ctx.Deadline() // none is no deadline here too
	if err := m.conn.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	length, err := m.reader.ReadString(':')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	if err != nil || n < 0 {
		return nil, fmt.Errorf("length %q", length)
	}
	message := make([]byte, n)
	_, err = io.ReadFull(m.reader, message)
	return message, err
}
