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

	"qiwei/internal/login"
	"qiwei/internal/outbound"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

// metrics counts the calls of one server. The counters of a path are looked up
// by their labels once and then kept: a label lookup costs more than all the rest.
type metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	took     *prometheus.HistogramVec
	strays   *prometheus.CounterVec
	straysBy sync.Map // errcode -> prometheus.Counter
	paths    sync.Map // path -> *pathMetrics

	work          *prometheus.CounterVec
	workTook      *prometheus.HistogramVec
	storeWait     *prometheus.HistogramVec
	outbound      *prometheus.HistogramVec
	callbacks     *prometheus.CounterVec
	callbacksTook prometheus.Histogram
	signIns       *prometheus.CounterVec
	panics        *prometheus.CounterVec
}

type pathMetrics struct {
	ok      prometheus.Counter
	took    prometheus.Observer
	refused sync.Map // errcode -> prometheus.Counter
}

func newMetrics(version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "qiwei_calls_total", Help: "Answered calls of the API, by path and errcode.",
		}, []string{"path", "errcode"}),
		strays: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "qiwei_stranger_calls_total", Help: "Refused calls of the API that belong to no enterprise, as they have no valid token, by errcode; 404 for paths that do not exist.",
		}, []string{"errcode"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "qiwei_call_duration_seconds", Help: "Time from a call's arrival to its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"path"}),
	}
	m.callbacks = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "qiwei_callbacks_total", Help: "Requests to callback URLs, by what came of them: delivered, retried or failed.",
	}, []string{"outcome"})
	m.callbacksTook = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "qiwei_callback_duration_seconds", Help: "Time from a request to a callback URL to its answer or end.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
	})
	m.signIns = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "qiwei_sign_ins_total", Help: "Attempts to begin a session, by the door, the way (password, passkey …) and the result.",
	}, []string{"door", "way", "result"})
	m.panics = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "qiwei_panics_total", Help: "Panics outside of requests that ended no more than what they happened in, such as one connection. Each is a fault of the program; the log has its stack.",
	}, []string{"where"})
	m.work = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "qiwei_work_total", Help: "Work in the background, by its kind and what happened to it: queued, done, retried, failed or panicked.",
	}, []string{"kind", "outcome"})
	m.workTook = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "qiwei_work_duration_seconds", Help: "Time that a piece of work in the background took, whatever came of it.",
		Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 5, 10, 60, 300, 1800},
	}, []string{"kind"})
	m.storeWait = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "qiwei_store_wait_seconds", Help: "Time that transactions waited for a connection to the database or for the writer of SQLite; nearly nothing where that was free. What is read from memory needs neither.",
		Buckets: []float64{.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 5},
	}, []string{"for"})
	m.outbound = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "qiwei_outbound_duration_seconds", Help: "Time from a request to another server to the head of its answer, by purpose and by what came of it: answered, unreachable, or refused by the policy of addresses.",
		Buckets: []float64{.005, .025, .1, .5, 1, 5, 30},
	}, []string{"purpose", "outcome"})
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "qiwei_build_info", Help: "1, with the version of the program.", ConstLabels: prometheus.Labels{"version": version},
	})
	info.Set(1)
	m.registry.MustRegister(m.calls, m.strays, m.took, m.callbacks, m.callbacksTook, m.work, m.workTook, m.storeWait, m.outbound, m.signIns, m.panics, info, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watchDatabase shows whether the database answers.
func (m *metrics) watchDatabase(ping func(context.Context) error) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "qiwei_database_up", Help: "1 while the database answers.",
	}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if ping(ctx) != nil {
			return 0
		}
		return 1
	}))
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
	if c.By.CorpID == "" {
		stray, ok := m.straysBy.Load(c.ErrCode)
		if !ok {
			stray, _ = m.straysBy.LoadOrStore(c.ErrCode, m.strays.WithLabelValues(strconv.Itoa(c.ErrCode)))
		}
		stray.(prometheus.Counter).Inc()
	}
}

// observeStray counts a request to a path that does not exist.
func (m *metrics) observeStray() { m.strays.WithLabelValues("404").Inc() }

// observeWork counts what happens to work in the background.
func (m *metrics) observeWork(e work.Event) {
	m.work.WithLabelValues(e.Kind, e.Outcome).Add(float64(e.N))
	ended := e.Outcome == work.Done || e.Outcome == work.Retried || e.Outcome == work.Failed
	if !ended {
		return
	}
	m.workTook.WithLabelValues(e.Kind).Observe(e.Took.Seconds())
	// Callbacks had metrics before other work did, and dashboards know them by these names.
	if e.Kind == "callback" {
		outcome := e.Outcome
		if outcome == work.Done {
			outcome = "delivered"
		}
		m.callbacks.WithLabelValues(outcome).Add(float64(e.N))
		m.callbacksTook.Observe(e.Took.Seconds())
	}
}

// panicked counts a panic.
func (m *metrics) panicked(where string) { m.panics.WithLabelValues(where).Inc() }

// observeSignIn counts an attempt to begin a session.
func (m *metrics) observeSignIn(a login.Attempt) {
	m.signIns.WithLabelValues(string(a.Door), string(a.Way), string(a.Outcome)).Inc()
}

// storeWaited returns what the store tells of waits. A label lookup is not for it.
func (m *metrics) storeWaited() func(what string, took time.Duration) {
	connection, writer := m.storeWait.WithLabelValues(store.ForConnection), m.storeWait.WithLabelValues(store.ForWriter)
	return func(what string, took time.Duration) {
		if what == store.ForWriter {
			writer.Observe(took.Seconds())
		} else {
			connection.Observe(took.Seconds())
		}
	}
}

// observeOutbound counts a request to another server.
func (m *metrics) observeOutbound(e outbound.Event) {
	m.outbound.WithLabelValues(e.Purpose, e.Outcome).Observe(e.Took.Seconds())
}

// watchBacklog shows how much waits to be done, and for how long.
func (m *metrics) watchBacklog(backlogs func(context.Context) (map[string]work.Backlog, error)) {
	m.registry.MustRegister(&backlogCollector{backlogs,
		prometheus.NewDesc("qiwei_work_waiting", "Work in the background that waits to be done.", []string{"kind"}, nil),
		prometheus.NewDesc("qiwei_work_oldest_timestamp_seconds", "When the first of it was queued; 0 where nothing waits.", []string{"kind"}, nil),
		prometheus.NewDesc("qiwei_callbacks_waiting", "Messages and events that wait to be delivered.", nil, nil),
		prometheus.NewDesc("qiwei_callbacks_oldest_timestamp_seconds", "When the first of them was queued; 0 where nothing waits.", nil, nil),
	})
}

type backlogCollector struct {
	backlogs                                           func(context.Context) (map[string]work.Backlog, error)
	waiting, oldest, callbacksWaiting, callbacksOldest *prometheus.Desc
}

func (c *backlogCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.waiting, c.oldest, c.callbacksWaiting, c.callbacksOldest} {
		out <- d
	}
}

func (c *backlogCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	backlogs, err := c.backlogs(ctx)
	if err != nil {
		return // qiwei_database_up tells
	}
	for kind, b := range backlogs {
		oldest := 0.0
		if !b.Oldest.IsZero() {
			oldest = float64(b.Oldest.UnixMilli()) / 1000
		}
		out <- prometheus.MustNewConstMetric(c.waiting, prometheus.GaugeValue, float64(b.Waiting), kind)
		out <- prometheus.MustNewConstMetric(c.oldest, prometheus.GaugeValue, oldest, kind)
		if kind == "callback" {
			out <- prometheus.MustNewConstMetric(c.callbacksWaiting, prometheus.GaugeValue, float64(b.Waiting))
			out <- prometheus.MustNewConstMetric(c.callbacksOldest, prometheus.GaugeValue, oldest)
		}
	}
}
