//go:build !js

package ops

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"jianzheng/shared/reason"
)

// metrics are the counters for Prometheus. Labels come from closed lists:
// patterns of routes and reason codes, never a path, a party or an address.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	redeemed *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "jianzheng_requests_total", Help: "Requests answered, by route and reason code.",
		}, []string{"route", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "jianzheng_request_seconds", Help: "Time from reading a request's header to its answer.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}, []string{"route"}),
		redeemed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "jianzheng_redeemed_total", Help: "Nonces redeemed, by the terminal's word on the check.",
		}, []string{"reason", "outcome"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.redeemed,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) request(route string, code reason.Code, took time.Duration) {
	m.requests.WithLabelValues(route, string(code)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}
