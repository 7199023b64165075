package platform

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

// BenchmarkObserve is what counting costs a call; it allocates nothing.
func BenchmarkObserve(b *testing.B) {
	m := newMetrics("")
	ok := wire.Call{Path: "/cgi-bin/user/get", Took: 300 * time.Microsecond}
	refused := ok
	refused.ErrCode = 60111
	b.ReportAllocs()
	for b.Loop() {
		m.observe(ok)
		m.observe(refused)
	}
}

func TestObserveAllocatesNothing(t *testing.T) {
	m := newMetrics("")
	c := wire.Call{Path: "/cgi-bin/user/get", ErrCode: 60111, Took: time.Millisecond}
	waited := m.storeWaited()
	if n := testing.AllocsPerRun(100, func() { m.observe(c); waited(store.ForConnection, 0) }); n > 0 {
		t.Errorf("%v allocations a call", n)
	}
}

// Work counts under its kind by what became of it; callbacks also by the names that they had before.
func TestWorkIsCounted(t *testing.T) {
	t.Parallel()
	m := newMetrics("")
	for _, e := range []work.Event{
		{Kind: "callback", Outcome: work.Queued, N: 9}, {Kind: "callback", Outcome: work.Done, N: 4, Took: time.Second}, {Kind: "callback", Outcome: work.Retried, N: 3, Took: time.Second},
		{Kind: "callback", Outcome: work.Failed, N: 2, Took: time.Second}, {Kind: "job", Outcome: work.Done, N: 5, Took: time.Second}, {Kind: "job", Outcome: work.Panicked, N: 1},
	} {
		m.observeWork(e)
	}
	waited := m.storeWaited()
	waited(store.ForWriter, time.Second)
	waited(store.ForWriter, time.Second)
	waited(store.ForConnection, time.Second)
	answer := httptest.NewRecorder()
	m.handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	var got []string
	for line := range strings.Lines(answer.Body.String()) {
		for _, prefix := range []string{"qiwei_work_total", "qiwei_work_duration_seconds_count", "qiwei_callback", "qiwei_store_wait_seconds_count"} {
			if strings.HasPrefix(line, prefix) && !strings.Contains(line, "_bucket") && !strings.Contains(line, "_sum") {
				got = append(got, strings.TrimSpace(line))
			}
		}
	}
	want := []string{
		`qiwei_callback_duration_seconds_count 3`,
		`qiwei_callbacks_total{outcome="delivered"} 4`, `qiwei_callbacks_total{outcome="failed"} 2`, `qiwei_callbacks_total{outcome="retried"} 3`,
		`qiwei_store_wait_seconds_count{for="connection"} 1`, `qiwei_store_wait_seconds_count{for="writer"} 2`,
		`qiwei_work_duration_seconds_count{kind="callback"} 3`, `qiwei_work_duration_seconds_count{kind="job"} 1`,
		`qiwei_work_total{kind="callback",outcome="done"} 4`, `qiwei_work_total{kind="callback",outcome="failed"} 2`, `qiwei_work_total{kind="callback",outcome="queued"} 9`,
		`qiwei_work_total{kind="callback",outcome="retried"} 3`, `qiwei_work_total{kind="job",outcome="done"} 5`, `qiwei_work_total{kind="job",outcome="panicked"} 1`,
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("counted\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
