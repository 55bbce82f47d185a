// Package chrome drives Chromium from Go tests over its debugging protocol, and
// runs the project's own server for it.
//
//	server := chrome.StartServer(t)
//	browser := chrome.Start(t, chrome.Options{Camera: "/abs/answer.y4m"})
//	page := browser.Open(server.URL)
//	page.WaitFor(`document.querySelector('ev-verdict')?.dataset.outcome === 'accepted'`)
//
// Each browser has a fresh profile and ends with its test. What pages and their
// workers write to the console goes to the test log; an uncaught error, a
// console error or a breach of the content security policy fails the test
// unless [Page.Allow] expects it. All traffic, of pages and of workers of any
// kind, goes through a proxy that records it ([Browser.Traffic]) and lets
// nothing through to another machine.
//
// Without a Chromium on this machine [Start] fails and says how to install one;
// with SKIP_BROWSER=1 in the environment it skips the test and says so.
package chrome
