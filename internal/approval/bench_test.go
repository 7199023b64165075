package approval_test

import (
	"context"
	"fmt"
	"testing"

	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// many is how many approvals the enterprise of a benchmark has, in the last 30 days.
const many = 1_000_000

// crowded makes them without forms, as rows.
func crowded(b *testing.B, w *qiweitest.World) {
	b.Helper()
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO approval_case (corpid, sp_no, template_id, app, status, record_type, applied_at, creator, department, body, version)
			WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			SELECT ?, 'b' || i, 't' || (i % 50), 0, i % 4 + 1, 0, ? + i * 2592000 / ?, 'u' || (i % 5000), i % 200, '{}', 1 FROM n`,
			int64(many-1), w.CorpID, w.Clock.Now().Unix()-30*86400, int64(many))
		return err
	})
}

// BenchmarkNumbers asks for pages of a hundred among a million.
func BenchmarkNumbers(b *testing.B) {
	h := qiweitest.New(b).Family(family)
	crowded(b, h.World)
	now := h.Clock.Now().Unix()
	for name, filters := range map[string]string{
		"all": ``, "creator": `{"key":"creator","value":"u77"}`, "department": `{"key":"department","value":"7"},{"key":"department","value":"8"}`, "status": `{"key":"sp_status","value":"2"}`,
		"template and status": `{"key":"template_id","value":"t7"},{"key":"sp_status","value":"4"}`, "nothing": `{"key":"template_id","value":"t7"},{"key":"creator","value":"u78"}`, "type": `{"key":"record_type","value":"3"}`,
	} {
		b.Run(name, func(b *testing.B) {
			body := fmt.Sprintf(`{"starttime":%d,"endtime":%d,"size":100,"filters":[%s]}`, now-30*86400, now, filters)
			for b.Loop() {
				if got := h.Call(h.App, "oa/getapprovalinfo", body); got.ErrCode != 0 {
					b.Fatal(got.Body)
				}
			}
		})
	}
}

// BenchmarkApply submits approvals from many clients at once.
func BenchmarkApply(b *testing.B) {
	h := qiweitest.New(b).Family(family)
	template := (&house{h}).template("a", textControl)
	body := application("zhangsan", template, node(1, 1, "lisi", "wangwu"), textContent)
	h.App.Token()
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if got := h.Call(h.App, "oa/applyevent", body); got.ErrCode != 0 {
				b.Error(got.Body)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "approvals/s")
}
