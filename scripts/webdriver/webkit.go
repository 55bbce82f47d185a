package webdriver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// findMiniBrowser returns the path of the small browser that comes with WebKitGTK.
func findMiniBrowser() (string, error) {
	found, err := filepath.Glob("/usr/lib*/*/webkit2gtk-4.*/MiniBrowser")
	if err == nil && len(found) == 0 {
		err = os.ErrNotExist
	}
	if err != nil {
		return "", err
	}
	return found[len(found)-1], nil
}

func (s *session) startWebKit(ctx context.Context, o Options) (params, error) {
	program, err := findMiniBrowser()
	if err != nil {
		return nil, err
	}
	display, err := s.startXvfb()
	if err != nil {
		return nil, fmt.Errorf("a screen by Xvfb: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, err
	}
	listener.Close()
	home, err := s.folder()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("WebKitWebDriver", "--port="+port)
	cmd.Env = append(os.Environ(), "DISPLAY="+display, "GDK_BACKEND=x11", "HOME="+home, "LC_ALL=en_US.UTF-8",
		"XDG_CACHE_HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_DATA_HOME="+home, "XDG_RUNTIME_DIR="+home,
		"GST_REGISTRY="+filepath.Join(os.TempDir(), "jianzheng-gst-registry.bin"), // made once, not by each browser
		"NO_AT_BRIDGE=1")
	if err := s.run(cmd); err != nil {
		return nil, err
	}
	driver := &httpWire{url: "http://127.0.0.1:" + port}
	err = until(ctx, func() error {
		response, err := http.Get(driver.url + "/status")
		if err == nil {
			response.Body.Close()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	arguments := []string{"--automation"}
	switch o.Camera {
	case DeniedCamera, PendingCamera:
		return nil, errors.New("no such camera")
	case LiveCamera:
		arguments = append(arguments, "--enable-mock-capture-devices=true")
	}
	s.wire = driver
	return params{"capabilities": params{"alwaysMatch": params{
		"webkitgtk:browserOptions": params{"binary": program, "args": arguments},
	}}}, nil
}

// startXvfb starts a screen of its own and returns its name.
func (s *session) startXvfb() (string, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer reader.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1600x1200x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{writer}
	err = s.run(cmd)
	if err := errors.Join(err, writer.Close()); err != nil {
		return "", err
	}
	number, err := bufio.NewReader(reader).ReadString('\n')
	return ":" + strings.TrimSpace(number), err
}
