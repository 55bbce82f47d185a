package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"jianzheng/scripts/chrome"
	"jianzheng/scripts/webdriver"
)

const minNode = 20 // the oldest release whose test runner and tools we use

// needNode wants node on the path, new enough.
func needNode() error {
	out, err := exec.Command("node", "--version").Output()
	if err != nil {
		return fmt.Errorf("node is missing: install Node.js %d or newer, with npm", minNode)
	}
	version := strings.TrimSpace(string(out))
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < minNode {
		return fmt.Errorf("node %s is too old: install Node.js %d or newer", version, minNode)
	}
	return nil
}

// needModules wants the npm packages of package-lock.json, and installs them
// when they are missing or older than it.
func needModules() error {
	if err := needNode(); err != nil {
		return err
	}
	lock, err := os.Stat("package-lock.json")
	if err != nil {
		return err
	}
	installed, err := os.Stat(filepath.Join("node_modules", ".package-lock.json"))
	if err == nil && !installed.ModTime().Before(lock.ModTime()) {
		return nil
	}
	return install("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
}

// needBrowsers wants Chromium, Firefox, WebKitGTK with a screen to draw on, and a font
// with Chinese characters.
func needBrowsers() error {
	packages := slices.Concat(webdriver.Missing(webdriver.Firefox), webdriver.Missing(webdriver.WebKit))
	_, missing := chrome.Find()
	if errors.Is(missing, chrome.ErrMissing) {
		packages = append(packages, "chromium")
	} else if missing != nil {
		return missing
	}
	if out, err := exec.Command("fc-list", ":lang=zh", "family").Output(); err != nil || len(bytes.TrimSpace(out)) == 0 {
		packages = append(packages, "fontconfig", "fonts-noto-cjk")
	}
	if len(packages) == 0 {
		return nil
	}
	if _, err := os.Stat("/etc/debian_version"); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("missing on this machine: %s (on Debian, as root: apt-get install %[1]s); a Chromium elsewhere is named by CHROME",
			strings.Join(packages, " "))
	}
	if err := install("apt-get", "update", "-qq"); err != nil {
		return err
	}
	return install("apt-get", append([]string{"install", "-y", "-qq", "--no-install-recommends"}, packages...)...)
}

// install runs a package manager and says so.
func install(name string, args ...string) error {
	line := name + " " + strings.Join(args, " ")
	fmt.Println("installing:", line)
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	return nil
}
