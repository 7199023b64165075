package archive_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/archive"
	"qiwei/internal/chat"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// told is a message that is looked for. The first one's seq is 1.
type told struct {
	from, to, room, text string
	at                   time.Time
}

// tell has members say things, so many that some blocks of the index are full. Between its thirds an hour passes.
func (h *house) tell(n int, room string) (out []told) {
	h.t.Helper()
	words := []string{"报价单", "接口文档", "测试环境", "合同附件", "Release NOTES"}
	people := []string{"zhangsan", "lisi", "wangwu"}
	for i := range n {
		one := told{from: people[i%3], to: people[(i+1+i/7%2)%3], text: fmt.Sprintf("%s 第 %d 号", words[i*i%7%len(words)], 10_000+i)}
		if i%11 == 5 {
			one.text += "，急件"
		}
		if i%97 == 40 {
			one.to, one.room = "", room
		}
		out = append(out, one)
	}
	for third := range slices.Chunk(out, n/3+1) {
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			for i := range third {
				content, err := json.Marshal(map[string]string{"content": third[i].text})
				if err != nil {
					return err
				}
				third[i].at = tx.Now()
				if _, err := h.Server.Chats.SendText(ctx, tx, chat.Say{CorpID: h.CorpID, From: id.Person(third[i].from), To: id.UserID(third[i].to), ChatID: third[i].room, Type: "text", Content: content}); err != nil {
					return err
				}
			}
			return nil
		})
		h.Advance(time.Hour)
	}
	h.sealAll()
	return out
}

// expected are the seqs of what the question is about, the newest first.
func expected(all []told, q archive.Question, inRange, gone func(told) bool) (out []int64) {
	for i := len(all) - 1; i >= 0; i-- {
		one := all[i]
		has := inRange(one) && !gone(one) && (q.Person == "" || one.from == q.Person || one.to == q.Person) && (q.RoomID == "" || one.room == q.RoomID) &&
			(q.Since.IsZero() || !one.at.Before(q.Since)) && (q.Until.IsZero() || one.at.Before(q.Until)) && (q.Before == 0 || int64(i+1) < q.Before)
		for _, w := range q.Words {
			has = has && strings.Contains(strings.ToLower(one.text), strings.ToLower(w))
		}
		if has {
			out = append(out, int64(i+1))
		}
	}
	return out
}

// search asks page by page. All pages but the last are full.
func (h *house) search(by archive.Reader, q archive.Question) (out []int64) {
	h.t.Helper()
	for {
		var next int64
		if err := h.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
			found, err := h.Server.Archive.Search(tx, by, q)
			if err != nil {
				return err
			}
			if next = found.Next; next != 0 && int64(len(found.Records)) != q.Limit {
				h.t.Errorf("%+v: a page of %d of %d, and it goes on at %d", q, len(found.Records), q.Limit, next)
			}
			for _, r := range found.Records {
				if len(r.Hits) != len(q.Words) || r.Message == nil {
					h.t.Errorf("%+v: %+v", q, r)
				}
				out = append(out, r.Seq)
			}
			return nil
		}); err != nil {
			h.t.Fatal(err)
		}
		if next == 0 {
			return out
		}
		q.Before = next
	}
}

// What is looked for in many records is what looking at each of them would find: in full blocks of the index and
// behind them, by words, people, rooms and times, within a reader's range, and after something was erased.
func TestSearchInBlocks(t *testing.T) {
	runAlone(t, func(t *testing.T, h *house) {
		h.WithoutTwin()
		h.done(h.Corp, "archive/settings", `{"plain":true,"pull_days":0}`, nil)
		var g struct{ ChatID string }
		h.done(h.Corp, "chat/group", `{"userid":"zhangsan","name":"g","add":["lisi","wangwu"]}`, &g)
		all := h.tell(2400, g.ChatID)
		everything := archive.Reader{CorpID: h.CorpID, Range: access.Everything()}
		narrow := archive.Reader{CorpID: h.CorpID, Range: access.Range{Members: []id.UserID{"wangwu"}}}
		of := func(one told) bool { return one.room != "" || one.from == "wangwu" || one.to == "wangwu" }
		any, none := func(told) bool { return true }, func(told) bool { return false }
		questions := []archive.Question{
			{Words: []string{"报价单"}, Limit: 100},
			{Words: []string{"急件", "文档"}, Limit: 7},
			{Words: []string{"release", "notes"}, Limit: 1000},
			{Words: []string{"10777"}, Limit: 5},
			{Words: []string{"777"}, Limit: 5},
			{Words: []string{"报价单", "接口文档"}, Limit: 5},
			{Words: []string{"没有人说过"}, Limit: 5},
			{Words: []string{"急件"}, Person: "wangwu", Limit: 10},
			{Words: []string{"合同"}, RoomID: g.ChatID, Limit: 3},
			{Words: []string{"合同"}, RoomID: "wrelsewhere", Limit: 3},
			{Words: []string{"合同"}, Since: all[900].at, Limit: 50},
			{Words: []string{"合同"}, Until: all[900].at, Limit: 50},
			{Words: []string{"合同"}, Since: all[900].at, Until: all[2399].at, Person: "lisi", Limit: 50},
			{Words: []string{"环境"}, Before: 1030, Limit: 50},
			{Words: []string{"环境"}, Before: 1024, Limit: 50},
		}
		check := func(when string, gone func(told) bool) {
			t.Helper()
			for _, q := range questions {
				if got, want := h.search(everything, q), expected(all, q, any, gone); !slices.Equal(got, want) {
					t.Errorf("%s: %+v: %d records %v, want %d %v", when, q, len(got), got, len(want), want)
				}
				if got, want := h.search(narrow, q), expected(all, q, of, gone); !slices.Equal(got, want) {
					t.Errorf("%s, within a range: %+v: %d records %v, want %d %v", when, q, len(got), got, len(want), want)
				}
			}
		}
		if err := h.Server.Archive.IndexAll(context.Background()); err != nil {
			t.Fatal(err)
		}
		check("indexed", none)
		if n := h.count(`SELECT blocks FROM archive_index WHERE corpid = ?`); n != 2 {
			t.Errorf("%d blocks are indexed", n)
		}

		officer := h.reader("lisi")
		officer.Role, officer.Range = archive.Officer, access.Everything()
		h.appoint("lisi", "officer", access.Range{})
		h.appoint("zhangsan", "officer", access.Range{})
		for _, tt := range []struct {
			c    archive.Case
			want func(told) bool
		}{
			{archive.Case{Words: []string{"急件"}}, func(one told) bool { return strings.Contains(one.text, "急件") }},
			{archive.Case{People: []string{"wangwu"}}, of},
			{archive.Case{People: []string{"wangwu"}, Since: all[900].at, Until: all[2399].at}, func(one told) bool { return of(one) && one.at.Equal(all[900].at) }},
			{archive.Case{Since: all[2399].at}, func(one told) bool { return one.at.Equal(all[2399].at) }},
			{archive.Case{Rooms: []string{g.ChatID, "wrelsewhere"}}, func(one told) bool { return one.room != "" }},
			{archive.Case{Rooms: []string{g.ChatID}, People: []string{"lisi", "zhouba"}}, func(one told) bool { return one.room != "" }},
			{archive.Case{Rooms: []string{g.ChatID}, People: []string{"zhouba"}}, none},
			{archive.Case{People: []string{"zhouba"}}, none},
		} {
			no, err := h.askExport(officer, "case", tt.c, "json")
			if err != nil {
				t.Fatal(err)
			}
			if err := h.decide(h.reader("zhangsan"), no, true); err != nil {
				t.Fatal(err)
			}
			if err := h.Server.Archive.ExportAll(context.Background()); err != nil {
				t.Fatal(err)
			}
			want := 0
			for _, one := range all {
				if tt.want(one) {
					want++
				}
			}
			if got := h.count(`SELECT records FROM archive_export WHERE corpid = ? ORDER BY no DESC LIMIT 1`); got != int64(want) {
				t.Errorf("%+v: %d records were exported, want %d", tt.c, got, want)
			}
		}

		h.Advance(10 * 24 * time.Hour)
		h.rules(archive.Rule{Departments: []int64{2}, Days: 5})
		gone := func(one told) bool { return one.from != "wangwu" } // the others are below the department
		if n := h.erase(); n != 1600 {
			t.Fatalf("%d were erased", n)
		}
		check("erased", gone)
		// The index says nothing of what was erased either.
		if n, left := h.bits(), h.count(`SELECT count(*) FROM archive_plain WHERE corpid = ? AND seq < 2048 AND plain LIKE '%急件%'`); n != left {
			t.Errorf("the index has %d records with the word, and %d are there", n, left)
		}
		if page := h.pull(0, 500); len(page) != 500 || page[0].Seq != 3 {
			t.Errorf("a page of %d among the erased", len(page))
		}
	})
}

// count asks the database about the first enterprise.
func (h *house) count(query string) (n int64) {
	h.t.Helper()
	if err := h.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		n, err = tx.Count(query, h.CorpID)
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return n
}

// bits returns how many records the index names for the pair 急件.
func (h *house) bits() (n int64) {
	h.t.Helper()
	if err := h.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
		return tx.Each(`SELECT places FROM archive_posting WHERE gram = ?`, []any{int64('急')<<21 | int64('件')}, func(rows *store.Rows) error {
			var raw []byte
			err := rows.Scan(&raw)
			if len(raw) == 128 {
				for _, b := range raw {
					for ; b != 0; b &= b - 1 {
						n++
					}
				}
			} else {
				n += int64(len(raw) / 2)
			}
			return err
		})
	}); err != nil {
		h.t.Fatal(err)
	}
	return n
}
