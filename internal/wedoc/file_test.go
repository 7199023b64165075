package wedoc_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"

	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func picture(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Pictures, files and signatures are handed in on the page, and opened by members of the enterprise.
func TestFilesOfForms(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin() // which is swept as well
		c := listed(w.Corp)
		f := made(t, c, "create_form", form(`{"question_id":1,"title":"照片","pos":1,"status":1,"reply_type":9,"must_reply":true,"question_extend_setting":{"image_setting":{"upload_image_limit":{"count_limit_type":1,"count":2,"max_size":1}}}},
			{"question_id":2,"title":"附件","pos":2,"status":1,"reply_type":10},{"question_id":3,"title":"签名","pos":3,"status":1,"reply_type":17},{"question_id":4,"title":"字","pos":4,"status":1,"reply_type":1}`, `{"allow_multi_fill":true}`))
		li, path := w.Phone("lisi"), "forms/"+f.FormID
		photo, paper := li.Uploads("image", "a.png", picture(t)), li.Uploads("file", "报告.html", []byte("<script>alert(1)</script>"))
		files := func(ids ...string) (out []body) {
			for _, id := range ids {
				out = append(out, body{"name": "别的名字", "fileid": id})
			}
			return out
		}
		answer := func(status int, replies ...any) body {
			t.Helper()
			var items []body
			for i := 0; i < len(replies); i += 2 {
				items = append(items, body{"question_id": replies[i], "file_extend_reply": replies[i+1]})
			}
			return li.Does(path, status, body{"items": items})
		}
		made := answer(200, 1, files(photo, photo), 2, files(paper), 3, files(photo), 4, files(photo))
		round := rounds(t, c, f.FormID)[0]
		var got qiweitest.JSON
		call(t, c, "get_form_answer", fmt.Sprintf(`{"repeated_id":%q,"answer_ids":[%d]}`, round, made.Int("answer_id")), 0).Decode(&got)
		items := qiweitest.First(got.List("answer.answer_list"), 0).List("reply.items")
		if len(items) != 3 || qiweitest.First(items, 0).Text("file_extend_reply.0.name") != "a.png" || qiweitest.First(items, 1).Text("file_extend_reply.0.name") != "报告.html" {
			t.Fatalf("the answer: %v", items)
		}
		one, page := qiweitest.First(items, 0).Text("file_extend_reply.0.fileid"), qiweitest.First(items, 1).Text("file_extend_reply.0.fileid")
		if one == qiweitest.First(items, 0).Text("file_extend_reply.1.fileid") || one == photo {
			t.Errorf("ids of files: %q", one)
		}
		// What was uploaded stays after its media_id has had its time.
		w.Advance(4 * 24 * 3600e9)
		for _, sweep := range []func() error{func() error { return w.Server.Media.Sweep(t.Context()) }, func() error { return w.Server.Documents.Sweep(t.Context()) }} {
			if err := sweep(); err != nil {
				t.Fatal(err)
			}
		}
		at := "/phone/api/docfiles/"
		zhang := w.Phone("zhangsan")
		if p := zhang.Get(at + one); p.Status != 200 || p.Body != string(picture(t)) {
			t.Errorf("the picture: %d, %d bytes", p.Status, len(p.Body))
		}
		if p := zhang.Get(at + page); p.Status != 200 || !strings.HasPrefix(p.Header.Get("Content-Disposition"), "attachment") || p.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("a page: %d %v", p.Status, p.Header)
		}
		w.Second.Phone("zhangsan").Lacks("docfiles/" + one)
		zhang.Lacks("docfiles/none")
		if p := w.Browser().Get(at + one); p.Status == 200 {
			t.Error("a stranger opens it")
		}
		// What does not fit is refused.
		photo, paper = li.Uploads("image", "a.png", picture(t)), li.Uploads("file", "a.txt", []byte("abcdefgh"))
		large := li.Uploads("image", "b.png", append(picture(t), make([]byte, 1<<20)...))
		theirs := w.Second.Phone("lisi").Uploads("image", "a.png", picture(t))
		for name, ids := range map[string][]string{"a text": {paper}, "too large": {large}, "too many": {photo, photo, photo}, "none": {}, "unknown": {"none"}, "of the other enterprise": {theirs}, "used before": {one}} {
			if got := answer(400, 1, files(ids...)); got.Text("error") == "" {
				t.Errorf("%s: %v", name, got)
			}
		}
		answer(400, 1, files(photo), 3, files(paper))
		ten := make([]string, 10)
		for i := range ten {
			ten[i] = paper
		}
		answer(400, 1, files(photo), 2, files(ten...))
		answer(200, 1, files(photo), 2, files(ten[:9]...))
	})
}

// A file that is uploaded and then not used is forgotten.
func TestUnusedFilesAreSwept(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin() // which is swept as well
		li := w.Phone("lisi")
		uploaded, id := li.Uploads("file", "a.txt", []byte("abcdefgh")), ""
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			up, err := w.Server.Media.File(tx, w.CorpID, uploaded)
			if err != nil {
				return err
			}
			f, err := w.Server.Documents.KeepFile(tx, up)
			id = f.FileID
			return err
		})
		sweep := func() {
			t.Helper()
			if err := w.Server.Documents.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		w.Advance(2 * 24 * 3600e9)
		if sweep(); li.Get("/phone/api/docfiles/"+id).Status != 200 {
			t.Error("forgotten too early")
		}
		w.Advance(2 * 24 * 3600e9)
		sweep()
		li.Lacks("docfiles/" + id)
	})
}
