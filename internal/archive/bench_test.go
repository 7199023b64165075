package archive_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/archive"
	"qiwei/internal/chat"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// benched is a house without the twin, whose triggers cost more than what is measured.
func benched(b *testing.B, plain bool) *house {
	h := &house{World: qiweitest.New(b, func(c *platform.Config) { c.Dev = true })}
	h.WithoutTwin()
	h.app = h.As(access.ChatArchive)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := h.Server.Archive.AddKey(ctx, tx, h.CorpID, publicPEM(privateKeys()[0])); err != nil {
			return err
		}
		return h.Server.Archive.Set(ctx, tx, h.CorpID, on(plain))
	})
	return h
}

// fill has members say n things.
func (h *house) fill(b *testing.B, n int) {
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		for i := range n {
			content, _ := json.Marshal(map[string]string{"content": fmt.Sprintf("明天的报价单 %d 记得发我一份，谢谢", i)})
			if _, err := h.Server.Chats.SendText(ctx, tx, chat.Say{CorpID: h.CorpID, From: "zhangsan", To: "lisi", Type: "text", Content: content}); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkSealing has messages sealed and appended, all that it takes: messages a second.
func BenchmarkSealing(b *testing.B) {
	for name, plain := range map[string]bool{"sealed": false, "with plaintext and index": true} {
		b.Run(name, func(b *testing.B) {
			h := benched(b, plain)
			const n = 5000
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				h.fill(b, n)
				b.StartTimer()
				if err := h.Server.Archive.SealAll(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// BenchmarkAppend appends records that are sealed already, in batches as sealing does, and each durably:
// records a second.
func BenchmarkAppend(b *testing.B) {
	for _, atOnce := range []int{1, 1000} {
		b.Run(fmt.Sprint(atOnce, " at once"), func(b *testing.B) {
			h := benched(b, false)
			n := 0
			for b.Loop() {
				h.Write(func(ctx context.Context, tx *store.Tx) error {
					return h.Server.Archive.Append(tx, h.CorpID, n, atOnce)
				})
				n += atOnce
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func on(plain bool) archive.Settings {
	return archive.Settings{Enabled: true, Plain: plain, Editions: map[archive.Edition]access.Range{archive.Office: access.Everything()}}
}
