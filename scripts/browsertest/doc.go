// Package browsertest holds no program: its tests drive the project's own pages
// in Chromium against its own server, as a person at a counter would.
package browsertest
