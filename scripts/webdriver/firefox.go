package webdriver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// findFirefox returns the path of Firefox: the environment variable FIREFOX if it is
// set, else the first of the usual names.
func findFirefox() (string, error) {
	if name := os.Getenv("FIREFOX"); name != "" {
		return exec.LookPath(name)
	}
	if path, err := exec.LookPath("firefox-esr"); err == nil {
		return path, nil
	}
	return exec.LookPath("firefox")
}

// prefs are those under which Firefox behaves the same everywhere and speaks to
// nobody by itself.
func prefs(o Options) map[string]any {
	all := map[string]any{
		"marionette.port":                            0, // a free one
		"intl.accept_languages":                      "zh-CN",
		"media.autoplay.default":                     0,
		"app.normandy.enabled":                       false,
		"app.update.disabledForTesting":              true,
		"browser.safebrowsing.malware.enabled":       false,
		"browser.safebrowsing.phishing.enabled":      false,
		"browser.shell.checkDefaultBrowser":          false,
		"browser.startup.page":                       0,
		"browser.tabs.unloadOnLowMemory":             false,
		"datareporting.policy.dataSubmissionEnabled": false,
		"network.captive-portal-service.enabled":     false,
		"network.connectivity-service.enabled":       false,
		// Whatever is not on this machine is asked of a proxy that is not there.
		"network.proxy.type":           1,
		"network.proxy.http":           "127.0.0.1",
		"network.proxy.http_port":      9,
		"network.proxy.ssl":            "127.0.0.1",
		"network.proxy.ssl_port":       9,
		"services.settings.server":     "data:,",
		"toolkit.telemetry.enabled":    false,
		"media.navigator.streams.fake": o.Camera != NoCamera,
	}
	// Without these, people are asked, and here is nobody who answers.
	const allow, deny = 1, 2
	switch o.Camera {
	case LiveCamera:
		all["permissions.default.camera"] = allow
	case DeniedCamera:
		all["permissions.default.camera"] = deny
	}
	return all
}

func (s *session) startFirefox(ctx context.Context, o Options) (params, error) {
	path, err := findFirefox()
	if err != nil {
		return nil, err
	}
	profile, err := s.folder()
	if err != nil {
		return nil, err
	}
	var lines strings.Builder
	for name, value := range prefs(o) {
		if text, ok := value.(string); ok {
			value = fmt.Sprintf("%q", text)
		}
		fmt.Fprintf(&lines, "user_pref(%q, %v);\n", name, value)
	}
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(lines.String()), 0o644); err != nil {
		return nil, err
	}
	cmd := exec.Command(path, "--headless", "--marionette", "--no-remote", "--profile", profile, "about:blank")
	cmd.Env = append(os.Environ(), "HOME="+profile, "MOZ_CRASHREPORTER_DISABLE=1",
		"MOZ_HEADLESS_WIDTH=1600", "MOZ_HEADLESS_HEIGHT=1200") // of the screen
	if err := s.run(cmd); err != nil {
		return nil, err
	}
	var connection *marionette
	err = until(ctx, func() error {
		port, err := os.ReadFile(filepath.Join(profile, "MarionetteActivePort"))
		if err != nil {
			return err
		}
		connection, err = dialMarionette(ctx, "127.0.0.1:"+strings.TrimSpace(string(port)))
		return err
	})
	if err != nil {
		return nil, err
	}
	s.later(func() { connection.conn.Close() })
	s.wire = connection
	return params{}, nil
}
