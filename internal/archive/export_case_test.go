package archive_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/archive"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// appoint gives somebody a role.
func (h *house) appoint(user, role string, r access.Range) {
	h.t.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return h.Server.Archive.Appoint(ctx, tx, h.CorpID, id.UserID(user), archive.Role(role), r)
	})
}

// reader returns somebody as a reader.
func (h *house) reader(user string) (by archive.Reader) {
	h.t.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		by, err = h.Server.Archive.ReaderNamed(ctx, tx, h.CorpID, id.UserID(user))
		return err
	})
	by.Address = "192.0.2.1"
	return by
}

// ask asks for an export.
func (h *house) askExport(by archive.Reader, name string, c archive.Case, formats ...string) (no int64, err error) {
	h.t.Helper()
	err = h.Server.Store.Write(context.Background(), func(tx *store.Tx) (err error) {
		no, err = h.Server.Archive.AskExport(tx, by, name, c, formats)
		return err
	})
	return no, err
}

func (h *house) decide(by archive.Reader, no int64, approve bool) error {
	return h.Server.Store.Write(context.Background(), func(tx *store.Tx) error { return h.Server.Archive.DecideExport(tx, by, no, approve) })
}

// code returns the code of an error; 0 if there is none.
func code(err error) int {
	if e, ok := err.(wire.Error); ok {
		return e.Code
	}
	if err != nil {
		return -1
	}
	return 0
}

// A case is asked for by one, approved by another, and has every message with its files in each format.
func TestExport(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.done(h.Corp, "archive/settings", `{"plain":true}`, nil)
		app := h.As(access.SelfBuilt)
		var up struct {
			MediaID string `json:"media_id"`
		}
		app.Upload("/cgi-bin/media/upload?type=file", "报价/单.pdf", []byte("the offer")).Decode(&up)
		h.says("zhangsan", "lisi", "报价单发你了 <b>\n第二行")
		h.say(fmt.Sprintf(`{"from":"zhangsan","to":"lisi","msgtype":"file","file":{"media_id":%q}}`, up.MediaID))
		h.says("zhangsan", "wangwu", "别的事")
		h.sealAll()
		h.appoint("zhangsan", "officer", access.Range{})
		h.appoint("lisi", "officer", access.Range{})
		h.appoint("wangwu", "auditor", access.Range{})
		asker, decider, auditor := h.reader("zhangsan"), h.reader("lisi"), h.reader("wangwu")
		no, err := h.askExport(asker, "案件 7", archive.Case{People: []string{"lisi"}})
		if err != nil {
			t.Fatal(err)
		}
		for what, got := range map[string]int{
			"by whoever asked":  code(h.decide(asker, no, true)),
			"by an auditor":     code(h.decide(auditor, no, true)),
			"of one that isn't": code(h.decide(decider, no+100, true)),
		} {
			if got == 0 {
				t.Errorf("%s: approved", what)
			}
		}
		if _, _, err := h.Server.Archive.FetchExport(context.Background(), asker, no); err == nil {
			t.Error("fetched before it was approved")
		}
		if err := h.decide(decider, no, true); err != nil {
			t.Fatal(err)
		}
		if code(h.decide(decider, no, false)) == 0 {
			t.Error("decided twice")
		}
		if err := h.Server.Archive.ExportAll(context.Background()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.Server.Archive.FetchExport(context.Background(), auditor, no); err == nil {
			t.Error("an auditor has fetched messages")
		}
		e, content, err := h.Server.Archive.FetchExport(context.Background(), asker, no)
		if err != nil || e.State != "done" || e.Records != 2 {
			t.Fatalf("%+v %v", e, err)
		}
		raw, err := io.ReadAll(content)
		content.Close()
		sum := sha256.Sum256(raw)
		if err != nil || e.Sum != hex.EncodeToString(sum[:]) || e.Size != int64(len(raw)) {
			t.Errorf("%d bytes, %v, %+v", len(raw), err, e)
		}
		h.checkExport(raw)
		var reads []archive.Read
		h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			reads, _, err = h.Server.Archive.Reads(tx, h.CorpID, archive.ReadsAsked{Limit: 10})
			return err
		})
		var what []string
		for _, r := range reads {
			what = append(what, r.UserID+" "+r.What)
		}
		if got := strings.Join(what, ", "); got != "zhangsan export fetch, lisi export approve, zhangsan export ask" {
			t.Error(got)
		}
		h.Advance(31 * 24 * time.Hour)
		if err := h.Server.Archive.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.Server.Archive.FetchExport(context.Background(), asker, no); err == nil {
			t.Error("fetched after 31 days")
		}
	})
}

// checkExport looks at what is in the zip file.
func (h *house) checkExport(raw []byte) {
	h.t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		h.t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			h.t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			h.t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	var list []struct {
		From  string
		Files []string
	}
	if err := json.Unmarshal([]byte(files["messages.json"]), &list); err != nil || len(list) != 2 || !slices.Equal(list[1].Files, []string{"files/2-1-报价_单.pdf"}) && !slices.Equal(list[1].Files, []string{"files/2-1-单.pdf"}) {
		h.t.Fatalf("%v %+v", err, list)
	}
	if files[list[1].Files[0]] != "the offer" {
		h.t.Errorf("%q", files[list[1].Files[0]])
	}
	for _, want := range []string{"案件 7", "报价单发你了 &lt;b&gt;\n第二行", "approved by lisi"} {
		if !strings.Contains(files["messages.html"], want) {
			h.t.Errorf("%q is not in %s", want, files["messages.html"])
		}
	}
	if pdf := files["messages.pdf"]; !strings.HasPrefix(pdf, "%PDF-1.5") || !strings.HasSuffix(pdf, "%%EOF\n") {
		h.t.Errorf("%.100q", pdf)
	}
	m, err := mail.ReadMessage(strings.NewReader(files["mail/00000002.eml"]))
	if err != nil {
		h.t.Fatal(err)
	}
	from, err := m.Header.AddressList("From")
	if err != nil || from[0].Address != "zhangsan@"+h.CorpID+".archive.invalid" || from[0].Name != "张三" {
		h.t.Errorf("%v %+v", err, from)
	}
	if strings.Contains(string(raw), "别的事") {
		h.t.Error("another case's message is in it")
	}
	if !strings.Contains(files["export.json"], `"checkpoint"`) {
		h.t.Error(files["export.json"])
	}
}

// What is asked for wrongly is refused, and whoever has lost the role gets nothing.
func TestExportsRefused(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.says("zhangsan", "lisi", "一二三")
		h.sealAll()
		h.appoint("zhangsan", "reader", access.Range{Members: []id.UserID{"lisi"}})
		h.appoint("lisi", "officer", access.Range{})
		reader, officer := h.reader("zhangsan"), h.reader("lisi")
		if _, err := h.askExport(reader, "case", archive.Case{People: []string{"lisi"}}); code(err) != 40058 {
			t.Errorf("without plaintext: %v", err)
		}
		h.done(h.Corp, "archive/settings", `{"plain":true}`, nil)
		h.says("zhangsan", "wangwu", "不在范围")
		h.says("zhangsan", "lisi", "在范围")
		h.sealAll()
		many := make([]string, 101)
		for what, ask := range map[string]func() (int64, error){
			"nobody's role": func() (int64, error) {
				return h.askExport(h.reader("wangwu"), "case", archive.Case{People: []string{"lisi"}})
			},
			"no name": func() (int64, error) { return h.askExport(reader, "", archive.Case{People: []string{"lisi"}}) },
			"a long name": func() (int64, error) {
				return h.askExport(reader, strings.Repeat("a", 201), archive.Case{People: []string{"lisi"}})
			},
			"everything": func() (int64, error) { return h.askExport(reader, "case", archive.Case{}) },
			"too many":   func() (int64, error) { return h.askExport(reader, "case", archive.Case{People: many}) },
			"a format": func() (int64, error) {
				return h.askExport(reader, "case", archive.Case{People: []string{"lisi"}}, "docx")
			},
			"a word of one": func() (int64, error) { return h.askExport(reader, "case", archive.Case{Words: []string{"一"}}) },
			"until before": func() (int64, error) {
				return h.askExport(reader, "case", archive.Case{Since: time.Unix(9, 0), Until: time.Unix(9, 0)})
			},
		} {
			if no, err := ask(); code(err) <= 0 {
				t.Errorf("%s: %d %v", what, no, err)
			}
		}
		no, err := h.askExport(reader, strings.Repeat("a", 200), archive.Case{People: make([]string, 100), Since: time.Unix(1, 0)}, "json")
		if err != nil {
			t.Fatal(err)
		}
		if err := h.decide(officer, no, false); err != nil {
			t.Fatal(err)
		}
		mine, err := h.askExport(reader, "case", archive.Case{People: []string{"zhangsan"}}, "json")
		if err != nil || h.decide(officer, mine, true) != nil {
			t.Fatal(err)
		}
		lost, err := h.askExport(reader, "case", archive.Case{People: []string{"zhangsan"}}, "json")
		if err != nil || h.Server.Archive.ExportAll(context.Background()) != nil {
			t.Fatal(err)
		}
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return h.Server.Archive.Relieve(ctx, tx, h.CorpID, "zhangsan")
		})
		if err := h.decide(officer, lost, true); err != nil {
			t.Fatal(err)
		}
		if err := h.Server.Archive.ExportAll(context.Background()); err != nil {
			t.Fatal(err)
		}
		for no, want := range map[int64]string{mine: "done 2", lost: "failed 0"} {
			var e archive.Export
			h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
				e, err = h.Server.Archive.Export(tx, h.CorpID, no)
				return err
			})
			if got := fmt.Sprint(e.State, " ", e.Records); got != want {
				t.Errorf("%d: %s, want %s (%s)", no, got, want, e.Error)
			}
		}
	})
}

// A reader sees the conversations of a range, and readings are kept as long as the enterprise says.
func TestReadersOfARange(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.done(h.Corp, "archive/settings", `{"plain":true}`, nil)
		h.says("zhangsan", "lisi", "给李四的合同")
		h.says("zhangsan", "wangwu", "给王五的合同")
		h.says("wangwu", "lisi", "王五给李四的合同")
		h.sealAll()
		h.appoint("lisi", "reader", access.Range{Members: []id.UserID{"wangwu"}})
		by := h.reader("lisi")
		ctx := context.Background()
		if err := h.Server.Store.Read(ctx, func(tx *store.Tx) error {
			found, err := h.Server.Archive.Search(tx, by, archive.Question{Words: []string{"合同"}, Limit: 10})
			if err != nil || len(found.Records) != 2 || found.Records[0].From != "wangwu" || found.Records[1].Peer != "wangwu" {
				t.Errorf("%v %+v", err, found)
			}
			list, next, err := h.Server.Archive.Conversations(tx, by, "", 0)
			if err != nil || len(list) != 2 || next != 0 || list[0].LastSeq != 3 || strings.Join(list[0].People, " ") != "lisi wangwu" {
				t.Errorf("%v %+v", err, list)
			}
			of, _, err := h.Server.Archive.Conversations(tx, by, "zhangsan", 0)
			if err != nil || len(of) != 1 || of[0].LastSeq != 2 {
				t.Errorf("%v %+v", err, of)
			}
			said, err := h.Server.Archive.Said(tx, by, list[0].No, 0, 0, 10)
			if err != nil || len(said.Records) != 1 || said.Records[0].Seq != 3 {
				t.Errorf("%v %+v", err, said)
			}
			if _, err := h.Server.Archive.Context(tx, by, 1, 10); code(err) <= 0 {
				t.Errorf("context out of range: %v", err)
			}
			if _, err := h.Server.Archive.Context(tx, by, 2, 10); err != nil {
				t.Errorf("context in range: %v", err)
			}
			all := by
			all.Range = access.Everything()
			every, _, err := h.Server.Archive.Conversations(tx, all, "", 0)
			if err != nil || len(every) != 3 {
				t.Errorf("%v %+v", err, every)
			}
			for _, c := range every {
				_, err := h.Server.Archive.Said(tx, by, c.No, 0, 0, 10)
				if want := c.LastSeq != 1; (err == nil) != want {
					t.Errorf("conversation of %d: %v", c.LastSeq, err)
				}
			}
			twin := by
			twin.CorpID = h.Second.CorpID
			if _, _, err := h.Server.Archive.Conversations(tx, twin, "", 0); code(err) != 301053 {
				t.Errorf("another enterprise's: %v", err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if err := h.Server.Store.Write(ctx, func(tx *store.Tx) error { return h.Server.Archive.Note(tx, by, "search", fmt.Sprint(i)) }); err != nil {
				t.Fatal(err)
			}
			h.Advance(24 * time.Hour)
		}
		h.done(h.Corp, "archive/settings", `{"read_days":2}`, nil)
		if err := h.Server.Archive.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if err := h.Server.Store.Read(ctx, func(tx *store.Tx) error {
			page, next, err := h.Server.Archive.Reads(tx, h.CorpID, archive.ReadsAsked{Limit: 1})
			if err != nil || len(page) != 1 || page[0].Asked != "2" || page[0].UserID != "lisi" {
				t.Errorf("%v %+v", err, page)
			}
			rest, next, err := h.Server.Archive.Reads(tx, h.CorpID, archive.ReadsAsked{Limit: 10, Before: next})
			if err != nil || len(rest) != 1 || rest[0].Asked != "1" || next != 0 {
				t.Errorf("%v %+v", err, rest)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
