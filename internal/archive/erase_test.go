package archive_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/archive"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// rules replaces the first enterprise's rules.
func (h *house) rules(rules ...archive.Rule) {
	h.t.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		old, err := h.Server.Archive.Rules(tx, h.CorpID)
		for _, r := range old {
			if err == nil {
				err = h.Server.Archive.RemoveRule(ctx, tx, h.CorpID, r.No)
			}
		}
		for _, r := range rules {
			if err == nil {
				_, err = h.Server.Archive.AddRule(ctx, tx, h.CorpID, r)
			}
		}
		return err
	})
}

// erase applies the rules and returns how many records that erased.
func (h *house) erase() int64 {
	h.t.Helper()
	n, err := h.Server.Archive.EraseDue(context.Background(), h.CorpID)
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// left returns the seqs that are still there.
func (h *house) left() string {
	h.t.Helper()
	var out []string
	for _, s := range h.pull(0, 1000) {
		out = append(out, fmt.Sprint(s.Seq))
	}
	return strings.Join(out, " ")
}

// Records are kept as the first rule says that speaks of them. What is erased is gone, its place in the chain
// is not, and a signed report says which it was.
func TestRetention(t *testing.T) {
	runAlone(t, func(t *testing.T, h *house) {
		h.done(h.Corp, "archive/settings", `{"plain":true,"pull_days":0}`, nil)
		file := h.upload("file", "a.txt", bytes.Repeat([]byte("x"), 100))
		h.says("zhangsan", "lisi", "旧的报价单")                                                                           // 1
		h.says("wangwu", "lisi", "市场部的话")                                                                             // 2
		h.say(`{"from":"lisi","to":"zhangsan","msgtype":"file","file":{"media_id":"` + file + `"}}`)                  // 3
		h.say(`{"from":"lisi","to":"zhangsan","msgtype":"link","link":{"link_url":"https://x.example","title":"t"}}`) // 4
		fileID := fileIDOf(h.read(2)[0])
		h.Advance(10 * 24 * 3600 * 1e9)
		h.says("zhangsan", "lisi", "新的报价单") // 5
		h.sealAll()
		if n := h.erase(); n != 0 || h.left() != "1 2 3 4 5" {
			t.Errorf("without a rule %d were erased", n)
		}
		before := h.verified(5)
		h.rules(archive.Rule{Type: "link"}, archive.Rule{Departments: []int64{2}, Days: 5})
		if n := h.erase(); n != 2 || h.left() != "2 4 5" {
			t.Errorf("%d were erased, %s are left", n, h.left())
		}
		if v := h.verified(5); v.Erased != 2 || v.Hash != before.Hash {
			t.Errorf("%+v, before %+v", v, before)
		}
		if got, s := h.texts("search", "words=报价单"); got != "新的报价单" || len(s.Records) != 1 {
			t.Errorf("found %s", got)
		}
		if got := h.ask(h.app, "media", fmt.Sprintf(`{"sdkfileid":%q}`, fileID)); got.ErrCode != 10010 {
			t.Errorf("the file: %s", got.Body)
		}
		h.rules(archive.Rule{Conversation: "external", Days: 1}, archive.Rule{Conversation: "internal", Days: 20})
		if n := h.erase(); n != 0 {
			t.Errorf("%d were erased", n)
		}
		h.reported(2)
	})
}

// reported checks the signatures of the reports, which name so many records.
func (h *house) reported(records int) {
	h.t.Helper()
	var list []archive.Report
	if err := h.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		list, err = h.Server.Archive.Reports(tx, h.CorpID)
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	named := 0
	for _, r := range list {
		key, _ := hex.DecodeString(r.PublicKey)
		signature, _ := hex.DecodeString(r.Signature)
		var e archive.Erasure
		if err := json.Unmarshal(r.Report, &e); err != nil || !ed25519.Verify(key, r.Report, signature) || e.CorpID != h.CorpID {
			h.t.Errorf("%+v: %v", r, err)
		}
		named += len(e.Records)
	}
	if named != records {
		h.t.Errorf("the reports name %d records, want %d", named, records)
	}
}

// A hold outranks every rule until it is released.
func TestHolds(t *testing.T) {
	runAlone(t, func(t *testing.T, h *house) {
		h.WithoutTwin()
		h.done(h.Corp, "archive/settings", `{"pull_days":0}`, nil)
		var g struct{ ChatID string }
		h.done(h.Corp, "chat/group", `{"userid":"zhangsan","name":"g","add":["lisi","wangwu"]}`, &g)
		h.says("zhangsan", "lisi", "one")                                                                           // 1
		h.says("zhangsan", "wangwu", "two")                                                                         // 2
		h.say(fmt.Sprintf(`{"from":"zhangsan","chatid":%q,"msgtype":"text","text":{"content":"three"}}`, g.ChatID)) // 3
		h.sealAll()
		h.Advance(24 * 3600 * 1e9)
		begin := h.Clock.Now()
		h.says("zhangsan", "lisi", "four") // 4
		h.sealAll()
		h.Advance(30 * 24 * 3600 * 1e9)
		var holds []int64
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			holds = nil
			for _, hold := range []archive.Hold{
				{Name: "of a person", People: []id.Person{"wangwu"}},
				{Name: "of a time", Since: begin, People: []id.Person{"lisi"}},
				{Name: "before it all", Until: begin.AddDate(-1, 0, 0)},
				{Name: "elsewhere", Rooms: []string{"wrx"}},
			} {
				no, err := h.Server.Archive.AddHold(ctx, tx, h.CorpID, hold)
				if err != nil {
					return err
				}
				holds = append(holds, no)
			}
			return nil
		})
		h.rules(archive.Rule{Days: 7})
		if n := h.erase(); n != 1 || h.left() != "2 3 4" {
			t.Errorf("%d were erased, %s are left", n, h.left())
		}
		for i, want := range []string{"4", ""} {
			h.Write(func(ctx context.Context, tx *store.Tx) error {
				return h.Server.Archive.ReleaseHold(ctx, tx, h.CorpID, holds[i])
			})
			if h.Advance(24 * 3600 * 1e9); h.Server.Archive.Sweep(context.Background()) != nil || h.left() != want {
				t.Errorf("after %d were released: %s", i+1, h.left())
			}
		}
		if v := h.verified(4); v.Erased != 4 {
			t.Errorf("%+v", v)
		}
		h.reported(4)
		h.exec(`UPDATE archive_erasure SET report = report || ' ' WHERE corpid = ?`)
		if v, err := h.Server.Archive.Verify(context.Background(), h.CorpID, nil); err != nil || len(v.Faults) != 4 {
			t.Errorf("with other reports: %+v, %v", v, err)
		}
		for what, err := range map[string]error{
			"a hold without a name": h.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				_, err := h.Server.Archive.AddHold(context.Background(), tx, h.CorpID, archive.Hold{})
				return err
			}),
			"a rule of nowhere": h.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				_, err := h.Server.Archive.AddRule(context.Background(), tx, h.CorpID, archive.Rule{Departments: []int64{999}, Days: 1})
				return err
			}),
			"another enterprise's hold": h.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				return h.Server.Archive.ReleaseHold(context.Background(), tx, h.Second.CorpID, holds[2])
			}),
		} {
			if err == nil {
				t.Errorf("%s is accepted", what)
			}
		}
	})
}
