package webdriver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// httpWire speaks to a driver over HTTP (WebDriver, section 6).
type httpWire struct {
	url     string // without a slash at its end
	session string // of a session, once there is one
}

func (w *httpWire) do(ctx context.Context, c command, p params) (json.RawMessage, error) {
	path := c.path
	if id, ok := p["id"].(string); ok {
		path = strings.ReplaceAll(path, "{id}", id)
	}
	address := w.url + "/session"
	if w.session != "" {
		address += "/" + w.session + path
	}
	var body io.Reader
	if c.method == http.MethodPost {
		text, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, c.method, address, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct{ Value json.RawMessage }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("%s: %w", response.Status, err)
	}
	if response.StatusCode != http.StatusOK {
		fault := new(remoteError)
		if err := json.Unmarshal(answer.Value, fault); err != nil {
			return nil, fmt.Errorf("%s: %w", response.Status, err)
		}
		return nil, fault
	}
	if c == newSession {
		var made struct{ SessionID string }
		if err := json.Unmarshal(answer.Value, &made); err != nil {
			return nil, err
		}
		w.session = made.SessionID
	}
	return answer.Value, nil
}
