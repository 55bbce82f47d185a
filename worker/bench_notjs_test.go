//go:build !js

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"jianzheng/worker/redistest"
)

// benchConnections are open at once.
const benchConnections = 64

// BenchmarkServer drives the server as it is shipped over loopback and reports,
// besides the time, the processor time that the server itself took for a
// request. Load generator and server share the machine.
func BenchmarkServer(b *testing.B) {
	data := filepath.Join(b.TempDir(), "data")
	b.Run("issue", func(b *testing.B) {
		p := start(b, "-demo", "-data", data)
		bodies := make([]string, b.N)
		for i := range bodies {
			bodies[i] = `{"purpose":"internet-cafe"}`
		}
		measure(b, p, "/v1/challenges", bodies, http.StatusCreated)
	})
	redeem := func(b *testing.B, args ...string) {
		p := start(b, append([]string{"-demo", "-data", data}, args...)...)
		bodies := make([]string, b.N)
		for i := range bodies {
			bodies[i] = redemption(p.issue(b).Nonce)
		}
		measure(b, p, "/v1/redeem", bodies, http.StatusOK)
	}
	b.Run("redeem/sqlite", func(b *testing.B) { redeem(b) })
	b.Run("redeem/redis", func(b *testing.B) { redeem(b, "-store", redistest.Start(b, redistest.Durable...).URL) })
}

// measure posts the bodies over benchConnections connections.
func measure(b *testing.B, p *process, path string, bodies []string, want int) {
	host := strings.TrimPrefix(p.url, "http://")
	connections := make([]net.Conn, benchConnections)
	for i := range connections {
		var err error
		if connections[i], err = net.Dial("tcp", host); err != nil {
			b.Fatal(err)
		}
		defer connections[i].Close()
	}
	before := processorTicks(b, p.cmd.Process.Pid)
	var next, wrong atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for _, connection := range connections {
		wg.Go(func() {
			in := bufio.NewReader(connection)
			for i := next.Add(1) - 1; int(i) < len(bodies); i = next.Add(1) - 1 {
				fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(bodies[i]), bodies[i])
				answer, err := http.ReadResponse(in, nil)
				if err != nil {
					wrong.Add(1)
					return
				}
				io.Copy(io.Discard, answer.Body)
				if answer.StatusCode != want {
					wrong.Add(1)
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	if wrong.Load() > 0 {
		b.Errorf("%d answers were not %d", wrong.Load(), want)
	}
	const ticksPerSecond = 100 // USER_HZ, the same on every Linux
	cpu := float64(processorTicks(b, p.cmd.Process.Pid)-before) / ticksPerSecond
	b.ReportMetric(cpu/float64(b.N)*1e6, "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

// processorTicks is how long a process has run, from /proc.
func processorTicks(b *testing.B, pid int) int64 {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Skipf("no processor time: %v", err)
	}
	// Behind the name, which may hold spaces: user and system time are the 12th
	// and 13th field.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	total := int64(0)
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		total += n
	}
	return total
}
