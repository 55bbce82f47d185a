//go:build !js

package ops

import (
	"math"
	"time"
)

// Latency is counted in steps that grow by a fifth, from 10 µs to over a
// minute: a few bytes an hour, and no quantile is off by more than a step.
const (
	latencySteps  = 88
	latencyGrowth = 1.2
	latencyFirst  = 10 * time.Microsecond
)

func latencyStep(d time.Duration) int {
	if d <= latencyFirst {
		return 0
	}
	step := math.Ceil(math.Log(float64(d)/float64(latencyFirst)) / math.Log(latencyGrowth))
	return min(int(step), latencySteps-1)
}

// quantile is the end of the step in which the q-th part lies, in ms; 0 when
// nothing was counted.
func quantile(counts [latencySteps]int, q float64) float64 {
	total := 0
	for _, n := range counts {
		total += n
	}
	rank, seen := int(math.Ceil(q*float64(total))), 0
	for step, n := range counts {
		if seen += n; n > 0 && seen >= rank {
			ms := float64(latencyFirst) * math.Pow(latencyGrowth, float64(step)) / float64(time.Millisecond)
			return math.Round(ms*1000) / 1000
		}
	}
	return 0
}
