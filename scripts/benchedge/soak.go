package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// sampleEvery is the number of requests between two looks at the memory.
const sampleEvery = 50_000

// maxGrowth is by how much the memory of the last quarter may be above that of the
// second, when caches are full and the collector of garbage has settled.
const maxGrowth = 1.15

// soak sends each server so many requests and prints its memory on the way.
func (b bench) soak(ctx context.Context, requests int) error {
	for _, r := range b.rows {
		err := b.with(ctx, r, func(p *place, s *server, _ string) error {
			fmt.Fprintf(b.out, "%s, resident MB at each %d requests:", r.name, sampleEvery)
			var sizes []float64
			for done := 0; done < requests; done += sampleEvery {
				if err := r.kind.send(ctx, p, s, b.load.connections, min(sampleEvery, requests-done)); err != nil {
					return err
				}
				size, err := residentMemory(s.cmd.Process.Pid)
				if err != nil {
					return err
				}
				sizes = append(sizes, float64(size)/1e6)
				fmt.Fprintf(b.out, " %.0f", sizes[len(sizes)-1])
			}
			fmt.Fprintln(b.out)
			if n := len(sizes) / 4; n > 0 {
				if early, late := mean(sizes[n:2*n]), mean(sizes[len(sizes)-n:]); late > maxGrowth*early {
					return fmt.Errorf("memory grew from %.0f to %.0f MB", early, late)
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	return nil
}

func mean(sizes []float64) float64 {
	sum := 0.0
	for _, size := range sizes {
		sum += size
	}
	return sum / float64(len(sizes))
}

// send sends so many requests over the connections.
func (k kind) send(ctx context.Context, p *place, s *server, connections, requests int) error {
	var next atomic.Int64
	errs := make([]error, connections)
	var wg sync.WaitGroup
	for i := range connections {
		wg.Go(func() {
			errs[i] = k.sendOn(ctx, p, s, func() bool { return next.Add(1) <= int64(requests) })
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (k kind) sendOn(ctx context.Context, p *place, s *server, more func() bool) error {
	host := strings.TrimPrefix(s.url, "http://")
	connection, err := net.Dial("tcp", host)
	if err != nil {
		return err
	}
	defer connection.Close()
	in := bufio.NewReader(connection)
	for more() && ctx.Err() == nil {
		body, err := k.body(p)
		if err != nil {
			return err
		}
		fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", k.path, host, len(body), body)
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return err
		}
		if answer.StatusCode/100 != 2 {
			return fmt.Errorf("answer %s", answer.Status)
		}
	}
	return ctx.Err()
}
