package main

import (
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	out := "goos: linux\nBenchmarkVideoFrame720p/none-2 200 2159147 ns/op 0 %read 1806767 median-ns 3852387 p95-ns 32.85 sys-MB 8006 B/op 3 allocs/op\nPASS\n"
	var b strings.Builder
	if err := table(&b, "native", []byte(out)); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(strings.Fields(strings.SplitN(b.String(), "\n", 2)[1]), " "), "native none 1.81ms 3.85ms 0% 33 MB"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := table(&b, "native", []byte("PASS\n")); err == nil {
		t.Error("no benchmark, yet no error")
	}
}
