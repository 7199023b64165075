package archive_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/archive"
	"qiwei/internal/chat"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// TestReachOfManyRooms: people who are in the same many rooms hide nobody else's conversations from who reads all of
// them.
func TestReachOfManyRooms(t *testing.T) {
	runAlone(t, func(t *testing.T, h *house) {
		h.WithoutTwin()
		h.done(h.Corp, "archive/settings", `{"plain":true,"pull_days":0}`, nil)
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(`INSERT INTO archive_conversation (archive, corpid, name, roomid, external, records, last_seq, last_at)
				WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2600)
				SELECT a.no, a.corpid, 'rmany' || n.i, 'many' || n.i, 0, 0, 0, 0 FROM archive_corp a CROSS JOIN n WHERE a.corpid = ?`, h.CorpID); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO archive_participant (archive, person, conversation, corpid)
				SELECT c.archive, p.person, c.no, c.corpid FROM archive_conversation c CROSS JOIN (SELECT 'lisi' AS person UNION ALL SELECT 'wangwu') p WHERE c.corpid = ? AND c.roomid LIKE 'many%'`, h.CorpID)
			return err
		})
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := h.Server.Chats.SendText(ctx, tx, chat.Say{CorpID: h.CorpID, From: id.Person("zhangsan"), To: "wangwu", Type: "text", Content: []byte(`{"content":"合同附件"}`)})
			return err
		})
		h.sealAll()
		by := archive.Reader{CorpID: h.CorpID, Range: access.Range{Members: []id.UserID{"lisi", "wangwu", "zhangsan"}}}
		if got := h.search(by, archive.Question{Words: []string{"合同"}, Limit: 10}); !slices.Equal(got, []int64{1}) {
			t.Errorf("found %v", got)
		}
		if err := h.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
			list, _, err := h.Server.Archive.Conversations(tx, by, "", 0)
			if err == nil && (len(list) == 0 || list[0].Records != 1) {
				err = fmt.Errorf("the latest of %d conversations is not the one with a record", len(list))
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

// TestSearchBehindTheIndex: what somebody of a range has said is found at once, however much of the archive is not in
// the index yet, as after an upgrade.
func TestSearchBehindTheIndex(t *testing.T) {
	runAlone(t, func(t *testing.T, h *house) {
		h.WithoutTwin()
		h.done(h.Corp, "archive/settings", `{"plain":true,"pull_days":0}`, nil)
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := h.Server.Chats.SendText(ctx, tx, chat.Say{CorpID: h.CorpID, From: id.Person("zhangsan"), To: "wangwu", Type: "text", Content: []byte(`{"content":"合同附件"}`)})
			return err
		})
		h.sealAll()
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE archive_chain SET seq = 1000000000000 WHERE corpid = ?`, h.CorpID)
			return err
		})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if err := h.Server.Store.Read(ctx, func(tx *store.Tx) error {
			found, err := h.Server.Archive.Search(tx, archive.Reader{CorpID: h.CorpID, Range: access.Range{Members: []id.UserID{"wangwu"}}}, archive.Question{Words: []string{"合同"}, Limit: 10})
			if err == nil && (len(found.Records) != 1 || found.Next != 0) {
				err = fmt.Errorf("found %+v", found)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}
