package platform

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"qiwei/internal/wire"
)

// metrics counts the calls of one server. The counters of a path are looked up
// by their labels once and then kept: a label lookup costs more than all the rest.
type metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	took     *prometheus.HistogramVec
	paths    sync.Map // path -> *pathMetrics
}

type pathMetrics struct {
	ok      prometheus.Counter
	took    prometheus.Observer
	refused sync.Map // errcode -> prometheus.Counter
}

func newMetrics(version string, ping func(context.Context) error) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "qiwei_calls_total", Help: "Answered calls of the API, by path and errcode.",
		}, []string{"path", "errcode"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "qiwei_call_duration_seconds", Help: "Time from a call's arrival to its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"path"}),
	}
	up := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "qiwei_database_up", Help: "1 while the database answers.",
	}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if ping(ctx) != nil {
			return 0
		}
		return 1
	})
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "qiwei_build_info", Help: "1, with the version of the program.", ConstLabels: prometheus.Labels{"version": version},
	})
	info.Set(1)
	m.registry.MustRegister(m.calls, m.took, up, info, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// observe counts a call. Only known paths arrive here, so that nobody can fill
// the memory with labels.
func (m *metrics) observe(c wire.Call) {
	v, ok := m.paths.Load(c.Path)
	if !ok {
		v, _ = m.paths.LoadOrStore(c.Path, &pathMetrics{
			ok: m.calls.WithLabelValues(c.Path, "0"), took: m.took.WithLabelValues(c.Path),
		})
	}
	p := v.(*pathMetrics)
	p.took.Observe(c.Took.Seconds())
	if c.ErrCode == 0 {
		p.ok.Inc()
		return
	}
	counter, ok := p.refused.Load(c.ErrCode)
	if !ok {
		counter, _ = p.refused.LoadOrStore(c.ErrCode, m.calls.WithLabelValues(c.Path, strconv.Itoa(c.ErrCode)))
	}
	counter.(prometheus.Counter).Inc()
}
