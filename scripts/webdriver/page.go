package webdriver

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Page is the tab of a browser.
type Page struct {
	// Version names engine and release, as "Firefox 153.8.0".
	Version string
	Engine  Engine

	t    testing.TB
	wire wire
}

// For gives the page to a subtest, which then fails in its place.
func (p *Page) For(t testing.TB) *Page {
	copied := *p
	copied.t = t
	return &copied
}

// do runs a command and fails the test when it fails.
func (p *Page) do(c command, values params) json.RawMessage {
	p.t.Helper()
	value, err := p.try(c, values)
	if err != nil {
		p.t.Fatalf("webdriver: %s: %v", c.name, err)
	}
	return value
}

func (p *Page) try(c command, values params) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	return p.wire.do(ctx, c, values)
}

// Goto loads url and waits for the load event.
func (p *Page) Goto(url string) {
	p.t.Helper()
	p.do(navigateTo, params{"url": url})
}

// Eval evaluates a JavaScript expression, waits for it if it is a promise, and
// decodes its JSON into result, which may be nil.
func (p *Page) Eval(expression string, result any) {
	p.t.Helper()
	value := p.do(executeAsync, params{"args": []any{}, "script": `
		const done = arguments[arguments.length - 1];
		(async () => (` + expression + `))().then(
			(value) => done({ value: value === undefined ? null : value }),
			(fault) => done({ fault: String(fault) + ' ' + (fault?.stack ?? '') }));`})
	var answer struct {
		Value json.RawMessage
		Fault string
	}
	if err := json.Unmarshal(value, &answer); err != nil {
		p.t.Fatalf("webdriver: %v: %s", err, value)
	}
	if answer.Fault != "" {
		p.t.Fatalf("webdriver: %s: %s", expression, answer.Fault)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal(answer.Value, result); err != nil {
		p.t.Fatalf("webdriver: %s: %v", expression, err)
	}
}

// WaitFor evaluates a JavaScript expression until it is truthy and fails the test,
// with a picture of the page beside it, when it is not in half a minute.
func (p *Page) WaitFor(expression string) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		var met bool
		p.Eval("Boolean(await ("+expression+"))", &met)
		if met {
			return
		}
		if time.Now().After(deadline) {
			file := filepath.Join(os.TempDir(), strings.ReplaceAll(p.t.Name(), "/", "-")+".png")
			p.Screenshot(file)
			p.t.Fatalf("waited in vain for %s (picture: %s)", expression, file)
		}
	}
}

// Text returns what a person reads in the first element that fits selector.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	var text string
	p.Eval("document.querySelector("+quote(selector)+")?.innerText ?? ''", &text)
	return text
}

// find waits for the first element that fits selector and does something to it.
func (p *Page) find(selector string, c command, values params) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := until(ctx, func() error {
		value, err := p.try(findElement, params{"using": "css selector", "value": selector})
		if err != nil {
			return err
		}
		var element map[string]string
		if err := json.Unmarshal(value, &element); err != nil {
			return err
		}
		values["id"] = element[elementKey]
		_, err = p.try(c, values)
		return err
	})
	if err != nil {
		p.t.Fatalf("webdriver: %s: %s: %v", selector, c.name, err)
	}
}

// Click clicks the middle of the first element that fits selector.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.find(selector, elementClick, params{})
}

// Type types a text into the field that fits selector. Into a file input it puts the
// file of that name.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	p.find(selector, sendKeys, params{"text": text})
}

// Screenshot writes what the window shows to file, as PNG, and makes its folder if
// need be.
func (p *Page) Screenshot(file string) {
	p.t.Helper()
	// WebKitGTK gives the last frame that it drew, which may be of before.
	p.Eval(`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))`, nil)
	var text string
	if err := json.Unmarshal(p.do(screenshot, params{"full": false}), &text); err != nil {
		p.t.Fatal(err)
	}
	png, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// quote gives text as a JavaScript literal.
func quote(text string) string {
	literal, err := json.Marshal(text)
	if err != nil {
		panic(fmt.Sprintf("webdriver: %v", err)) // texts never fail
	}
	return string(literal)
}
