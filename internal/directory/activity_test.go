package directory_test

import (
	"context"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func TestActiveMembers(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		use := func(c *qiweitest.Corp, users ...string) {
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				for _, u := range users {
					m, err := w.Server.Directory.Member(ctx, tx, access.System(c.CorpID), id.UserID(u))
					if err != nil {
						return err
					}
					if err := w.Server.Directory.RecordActivity(tx, c.CorpID, m); err != nil {
						return err
					}
				}
				return nil
			})
		}
		use(w.Corp, "zhangsan", "lisi", "zhangsan")
		use(w.Second, "wangwu")
		w.Advance(7 * time.Hour) // midnight in Shanghai
		use(w.Corp, "lisi")
		sync := access.ContactSync
		for _, l := range []line{
			{"yesterday", sync, "user/get_active_stat", `{"date":"2031-01-06"}`, `0 "active_cnt":2}`, ""},
			{"today", sync, "user/get_active_stat", `{"date":"2031-01-07"}`, `0 "active_cnt":1}`, ""},
			{"tomorrow", sync, "user/get_active_stat", `{"date":"2031-01-08"}`, `40058`, ""},
			{"30 days ago", sync, "user/get_active_stat", `{"date":"2030-12-08"}`, `0 "active_cnt":0}`, ""},
			{"31 days ago", sync, "user/get_active_stat", `{"date":"2030-12-07"}`, `40058`, ""},
			{"no date", sync, "user/get_active_stat", `{}`, `40058`, ""},
			{"not a date", sync, "user/get_active_stat", `{"date":"2031-1-7"}`, `40058`, ""},
			{"by an ordinary application", access.SelfBuilt, "user/get_active_stat", `{"date":"2031-01-06"}`, `48002`, ""},
		} {
			l.check(t, w)
		}
	})
}
