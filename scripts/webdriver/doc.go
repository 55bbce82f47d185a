// Package webdriver drives Firefox and WebKitGTK from Go tests, the engines beside
// Chromium that package chrome does not speak to.
//
//	page := webdriver.Start(t, webdriver.Options{Engine: webdriver.WebKit})
//	page.Goto(server.URL)
//	page.WaitFor(`document.body.dataset.stage === 'ready'`)
//
// Commands are those of W3C WebDriver. WebKit takes them over HTTP from
// WebKitWebDriver; Firefox takes them by its own protocol Marionette, to which
// geckodriver would translate them, and Debian has none. Each browser has a
// fresh profile and ends with its test.
//
// Neither tells what a page writes to its console: a test that wants to know puts a
// script into the page.
package webdriver
