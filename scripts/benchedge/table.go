package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"
)

// table prints the medians of each row.
func table(w io.Writer, rows []row, results map[string][]result) {
	fmt.Fprintf(w, "%-22s %10s %10s %8s %8s %8s %8s %6s\n", "", "requests/s", "µs of CPU", "p50 ms", "p99 ms", "to peer", "CPU", "load")
	for _, r := range rows {
		got := results[r.name]
		rate := median(got, result.rate)
		cost := median(got, result.cost)
		ratios := fmt.Sprintf("%8s %8s", "", "")
		if peer, ok := results[r.peer]; ok {
			ratios = fmt.Sprintf("%7.2f× %7.2f×", ratio(got, peer, result.rate), ratio(got, peer, func(r result) float64 { return float64(r.cost()) }))
		}
		fmt.Fprintf(w, "%-22s %10.0f %10d %8.2f %8.2f %s %6.1f\n", r.name, rate, cost.Microseconds(),
			milliseconds(median(got, func(r result) time.Duration { return r.p50 })),
			milliseconds(median(got, func(r result) time.Duration { return r.p99 })),
			ratios, median(got, func(r result) float64 { return r.load }))
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// ratio is the median of the ratios of the rounds: within one, the machine was in
// much the same state for both.
func ratio(got, peer []result, number func(result) float64) float64 {
	n := min(len(got), len(peer))
	all := make([]float64, n)
	for i := range n {
		all[i] = number(got[i]) / number(peer[i])
	}
	slices.Sort(all)
	return all[(n-1)/2]
}

// median is that of a number of the results; of two in the middle, the lower.
func median[T cmp.Ordered](results []result, number func(result) T) T {
	all := make([]T, len(results))
	for i, r := range results {
		all[i] = number(r)
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}
