package message_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// The files that tests send, by kind.
var contents = map[string]string{
	"image": func() string {
		var out bytes.Buffer
		if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
			panic(err)
		}
		return out.String()
	}(),
	"voice": "#!AMR\n" + strings.Repeat("\x3c"+strings.Repeat("\x00", 31), 50),
	"video": box("ftyp", "isom\x00\x00\x02\x00isommp41") + box("free", "") + box("moov", box("mvhd", strings.Repeat("\x00", 12)+"\x00\x00\x00\x0a\x00\x00\x00\x32"+strings.Repeat("\x00", 80))),
	"file":  "合同正文",
}

var names = map[string]string{"image": "图.png", "voice": "a.amr", "video": "a.mp4", "file": "合同.txt"}

func box(name, content string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(content)))) + name + content
}

// upload uploads a file of each kind as the application, and returns their media_ids.
func upload(t *testing.T, c *qiweitest.Client) map[string]string {
	t.Helper()
	out := map[string]string{}
	for kind, content := range contents {
		var up struct {
			MediaID string `json:"media_id"`
		}
		c.Upload("/cgi-bin/media/upload?type="+kind, names[kind], []byte(content)).Decode(&up)
		if up.MediaID == "" {
			t.Fatalf("%s is not taken", kind)
		}
		out[kind] = up.MediaID
	}
	return out
}

// fill puts media_ids into a text, for <image> and so on.
func fill(text string, ids map[string]string) string {
	for kind, id := range ids {
		text = strings.ReplaceAll(text, "<"+kind+">", id)
	}
	return text
}

// TestFilesByContent sends files as the kind of their content, whatever they were uploaded as.
func TestFilesByContent(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		as := func(kind, content string) string {
			var up struct {
				MediaID string `json:"media_id"`
			}
			a.Upload("/cgi-bin/media/upload?type="+kind, names[content], []byte(contents[content])).Decode(&up)
			return up.MediaID
		}
		for _, tt := range []struct {
			uploaded, content, sent string
			code                    int
			typ                     string
		}{
			{"file", "image", "image", 0, "image/png"},
			{"file", "voice", "voice", 0, "voice/amr"},
			{"file", "video", "video", 0, "video/mp4"},
			{"file", "image", "file", 0, "application/octet-stream"},
			{"image", "image", "file", 0, "application/octet-stream"},
			{"video", "video", "file", 0, "application/octet-stream"},
			{"file", "file", "image", 40007, ""},
			{"file", "image", "voice", 40007, ""},
			{"file", "voice", "video", 40007, ""},
			{"image", "image", "video", 40007, ""},
			{"voice", "voice", "image", 40007, ""},
		} {
			id := as(tt.uploaded, tt.content)
			before := len(messagesOf(t, w, "lisi", a.AgentID))
			got := send(a, `"touser":"lisi","msgtype":"`+tt.sent+`","`+tt.sent+`":{"media_id":"`+id+`"}`)
			list := messagesOf(t, w, "lisi", a.AgentID)[before:]
			if got.ErrCode != tt.code || (len(list) == 1) != (tt.code == 0) {
				t.Errorf("%s uploaded as %s, sent as %s: %s", tt.content, tt.uploaded, tt.sent, got.Body)
				continue
			}
			if tt.code == 0 && (len(list[0].Files) != 1 || string(list[0].Files[0].Kind) != tt.sent || list[0].Files[0].Type != tt.typ) {
				t.Errorf("%s uploaded as %s, sent as %s: lisi has %+v", tt.content, tt.uploaded, tt.sent, list[0].Files)
			}
			// media/get serves it as the kind that it was uploaded as.
			back := a.Request("GET", "/cgi-bin/media/get?media_id="+id, nil)
			if typ := back.Header.Get("Content-Type"); (typ == "application/octet-stream") != (tt.uploaded == "file") {
				t.Errorf("%s uploaded as %s: served as %s", tt.content, tt.uploaded, typ)
			}
		}
	})
}

// TestFiles sends every type that names a file, and reads the file as a member
// after the media_id has expired.
func TestFiles(t *testing.T) {
	cardWith := func(media string) string {
		return `"msgtype":"template_card","template_card":` + with(noticeCard, "horizontal_content_list", `[{"type":2,"keyname":"附件","value":"合同.txt","media_id":"`+media+`"}]`)
	}
	for _, tt := range []struct {
		name, fields string
		code         int
		files        []string // kinds, as the member reads them
	}{
		{"an image", `"msgtype":"image","image":{"media_id":"<image>"}`, 0, []string{"image"}},
		{"a voice", `"msgtype":"voice","voice":{"media_id":"<voice>"}`, 0, []string{"voice"}},
		{"a video", `"msgtype":"video","video":{"media_id":"<video>","title":"t"}`, 0, []string{"video"}},
		{"a file", `"msgtype":"file","file":{"media_id":"<file>"}`, 0, []string{"file"}},
		{"a secret file", `"msgtype":"file","safe":1,"file":{"media_id":"<file>"}`, 0, []string{"file"}},
		{"two articles with one picture", `"msgtype":"mpnews","mpnews":{"articles":[{"title":"一","thumb_media_id":"<image>","content":"a"},{"title":"二","thumb_media_id":"<image>","content":"b"}]}`, 0, []string{"image"}},
		{"a card with a file", cardWith("<file>"), 0, []string{"file"}},
		{"a text for an image", `"msgtype":"image","image":{"media_id":"<file>"}`, 40007, nil},
		{"a video for the picture of an article", `"msgtype":"mpnews","mpnews":{"articles":[{"title":"一","thumb_media_id":"<video>","content":"a"}]}`, 40007, nil},
		{"a card with an unknown file", cardWith("3unknown"), 40007, nil},
		{"another enterprise's", `"msgtype":"image","image":{"media_id":"<foreign>"}`, 40007, nil},
		{"no media_id", `"msgtype":"image","image":{}`, 41006, nil},
		{"no image at all", `"msgtype":"image"`, 41006, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
				a := w.As(access.SelfBuilt)
				ids := upload(t, a)
				ids["foreign"] = upload(t, w.Second.As(access.SelfBuilt))["image"]
				got := send(a, `"touser":"lisi|wangwu",`+fill(tt.fields, ids))
				if got.ErrCode != tt.code {
					t.Fatalf("%s", got.Body)
				}
				lisi := signedIn(t, w, w.Corp, "lisi")
				if tt.code != 0 {
					if got := has(t, w, w.Corp, "lisi", a.AgentID); len(got) > 0 {
						t.Errorf("lisi has %q", got)
					}
					return
				}
				w.Advance(4 * 24 * time.Hour)
				sweepTwice(t, w)
				if got := a.Call("GET", "/cgi-bin/media/get?media_id="+ids[tt.files[0]], ""); got.ErrCode != 40007 {
					t.Errorf("the media_id after its time: %.100s", got.Body)
				}
				lisi.renew("lisi")
				m := messagesOf(t, w, "lisi", a.AgentID)[0]
				if len(m.Files) != len(tt.files) {
					t.Fatalf("files %+v", m.Files)
				}
				for i, f := range m.Files {
					if string(f.Kind) != tt.files[i] || f.MediaID != ids[tt.files[i]] || f.Name != names[tt.files[i]] || f.Size != int64(len(contents[tt.files[i]])) {
						t.Errorf("file %+v", f)
					}
					if status, body := lisi.do("GET", f.Path, ""); status != 200 || body != contents[tt.files[i]] {
						t.Errorf("reading it: %d, %d bytes", status, len(body))
					}
					if status, body := lisi.do("GET", f.Path, "", "Range", "bytes=1-3"); status != 206 || body != contents[tt.files[i]][1:4] {
						t.Errorf("reading a part: %d %q", status, body)
					}
					if status, _ := lisi.do("GET", f.Path, "", "Range", "bytes=9999999-"); status != 416 {
						t.Errorf("reading beyond its end: %d", status)
					}
					for name, p := range map[string]*phone{
						"zhangsan, who did not get it": signedIn(t, w, w.Corp, "zhangsan"), "nobody": {t: t, w: w}, "lisi of the other": signedIn(t, w, w.Second, "lisi"),
					} {
						if status, _ := p.do("GET", f.Path, ""); status != 404 {
							t.Errorf("read by %s: %d", name, status)
						}
					}
				}
			})
		})
	}
}

// sweepTwice deletes everything that nothing needs.
func sweepTwice(t *testing.T, w *qiweitest.World) {
	t.Helper()
	for range 2 {
		if err := w.Server.Media.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		w.Advance(time.Hour)
	}
	if err := w.Server.Media.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// renew signs the member in again: some tests last longer than a session.
func (p *phone) renew(user string) { p.cookie = signedIn(p.t, p.w, p.w.Corp, user).cookie }

func TestFilesGo(t *testing.T) {
	send1 := func(w *qiweitest.World, a *qiweitest.Client, ids map[string]string) sent {
		var s sent
		send(a, fill(`"touser":"lisi","msgtype":"file","file":{"media_id":"<file>"}`, ids)).Decode(&s)
		return s
	}
	for _, tt := range []struct {
		name string
		end  func(w *qiweitest.World, a *qiweitest.Client, s sent)
		left int64
	}{
		{"when their message stays", func(*qiweitest.World, *qiweitest.Client, sent) {}, 1},
		{"when it is recalled", func(w *qiweitest.World, a *qiweitest.Client, s sent) {
			a.Call("POST", "/cgi-bin/message/recall", `{"msgid":"`+s.MsgID+`"}`)
			a.Call("POST", "/cgi-bin/message/recall", `{"msgid":"`+s.MsgID+`"}`)
		}, 0},
		{"when its application goes", func(w *qiweitest.World, a *qiweitest.Client, s sent) {
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				return w.Server.Apps.DeleteApp(ctx, tx, w.CorpID, a.AgentID)
			})
		}, 0},
		{"when the enterprise goes", func(w *qiweitest.World, a *qiweitest.Client, s sent) {
			w.Write(func(ctx context.Context, tx *store.Tx) error { return w.Server.Corps.DeleteCorp(ctx, tx, w.CorpID) })
		}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
				w.WithoutTwin()
				a := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()})
				tt.end(w, a, send1(w, a, upload(t, a)))
				w.Advance(4 * 24 * time.Hour)
				sweepTwice(t, w)
				var left int64
				w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
					left, err = tx.Count(`SELECT count(*) FROM blob`)
					return err
				})
				if left != tt.left {
					t.Errorf("%d contents are left, want %d", left, tt.left)
				}
			})
		})
	}
}

// TestWriteFiles: a member sends files to an application, which fetches them and answers with one.
func TestWriteFiles(t *testing.T) {
	for _, tt := range []struct {
		kind, body, xml string
		has             string
	}{
		{"image", `"media_id":"<image>"`, `<PicUrl><![CDATA[%s]]></PicUrl><MediaId><![CDATA[<image>]]></MediaId>`, `image {"media_id":"<image>"}`},
		{"voice", `"media_id":"<voice>"`, `<MediaId><![CDATA[<voice>]]></MediaId><Format><![CDATA[amr]]></Format>`, `voice {"media_id":"<voice>"}`},
		{"video", `"media_id":"<video>","thumb_media_id":"<image>"`, `<MediaId><![CDATA[<video>]]></MediaId><ThumbMediaId><![CDATA[<image>]]></ThumbMediaId>`, `video {"media_id":"<video>","thumb_media_id":"<image>"}`},
		{"file", `"media_id":"<file>"`, `<MediaId><![CDATA[<file>]]></MediaId><FileName><![CDATA[合同.txt]]></FileName>`, `file {"media_id":"<file>"}`},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				a := w.As(access.SelfBuilt)
				rc := w.Receiver(a)
				lisi := signedIn(t, w, w.Corp, "lisi")
				ids := map[string]string{}
				for kind := range contents {
					ids[kind] = lisi.upload(kind)
				}
				rc.Next(rc.Reply(fill(`<xml><MsgType>voice</MsgType><Voice><MediaId><voice></MediaId></Voice></xml>`, ids)))
				status, answer := lisi.do("POST", "/phone/api/messages", fmt.Sprintf(`{"agentid":%d,"msgtype":"%s",%s}`, a.AgentID, tt.kind, fill(tt.body, ids)))
				if status != 200 {
					t.Fatalf("%d %s", status, answer)
				}
				w.Delivered()
				got := rc.Take()
				if len(got) != 1 {
					t.Fatalf("%d pushes", len(got))
				}
				xml := fill(tt.xml, ids)
				if tt.kind == "image" {
					xml = fmt.Sprintf(xml, got[0].Field("PicUrl"))
					resp, err := http.Get(got[0].Field("PicUrl")) // without any session
					if err != nil {
						t.Fatal(err)
					}
					defer resp.Body.Close()
					if body, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 || string(body) != contents["image"] {
						t.Errorf("PicUrl: %d, %d bytes", resp.StatusCode, len(body))
					}
				}
				want := fmt.Sprintf(`<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[lisi]]></FromUserName><CreateTime>1925456400</CreateTime><MsgType><![CDATA[%s]]></MsgType>%s<MsgId>%s</MsgId><AgentID>%d</AgentID></xml>`,
					w.CorpID, tt.kind, xml, got[0].Field("MsgId"), a.AgentID)
				if got[0].XML() != want {
					t.Errorf("pushed\n%s, want\n%s", got[0].XML(), want)
				}
				for _, field := range []string{"MediaId", "ThumbMediaId"} {
					if id := got[0].Field(field); id != "" && a.Request("GET", "/cgi-bin/media/get?media_id="+id, nil).Status != 200 {
						t.Errorf("the application cannot fetch %s", field)
					}
				}
				if has := strings.Join(has(t, w, w.Corp, "lisi", a.AgentID), "; "); has != fill(tt.has+`; voice {"media_id":"<voice>"}`, ids) {
					t.Errorf("lisi has %s", has)
				}
				for i, m := range messagesOf(t, w, "lisi", a.AgentID) {
					if len(m.Files) == 0 {
						t.Errorf("message %d has no files", i)
					}
					for _, f := range m.Files {
						if status, body := lisi.do("GET", f.Path, ""); status != 200 || body != contents[string(f.Kind)] {
							t.Errorf("lisi reads %s: %d, %d bytes", f.Kind, status, len(body))
						}
					}
				}
			})
		})
	}
}

// upload sends a file as the member's page does, and returns its media_id.
func (p *phone) upload(kind string) string {
	p.t.Helper()
	status, answer := p.uploadAs(kind, contents[kind])
	var up struct {
		MediaID string `json:"media_id"`
	}
	if err := json.Unmarshal([]byte(answer), &up); err != nil || status != 200 || up.MediaID == "" {
		p.t.Fatalf("upload %s: %d %s", kind, status, answer)
	}
	return up.MediaID
}

func (p *phone) uploadAs(kind, content string, headers ...string) (status int, answer string) {
	p.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("media", names[kind])
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err := firstError(err, form.Close()); err != nil {
		p.t.Fatal(err)
	}
	return p.do("POST", "/phone/api/files?type="+kind, body.String(), append([]string{"Content-Type", form.FormDataContentType()}, headers...)...)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestMemberUploads(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		rc := w.Receiver(a)
		lisi := signedIn(t, w, w.Corp, "lisi")
		for _, tt := range []struct {
			name, kind, content string
			as                  *phone
			headers             []string
			status              int
			says                string
		}{
			{"a file of 21 MB", "file", strings.Repeat("a", 21<<20), lisi, nil, 400, "45001"},
			{"an empty one", "file", "", lisi, nil, 400, "44001"},
			{"a page for an image", "image", "<html></html>", lisi, nil, 400, "40004"},
			{"an unknown type", "page", "x", lisi, nil, 400, "40005"},
			{"JSON", "file", "x", lisi, []string{"Content-Type", "application/json"}, 415, "multipart/form-data"},
			{"from another site", "file", "123456", lisi, []string{"Origin", "https://evil.example"}, 403, ""},
			{"nobody", "file", "123456", &phone{t: t, w: w}, nil, 401, ""},
		} {
			if status, body := tt.as.uploadAs(tt.kind, tt.content, tt.headers...); status != tt.status || !strings.Contains(body, tt.says) {
				t.Errorf("%s: %d %.200s", tt.name, status, body)
			}
		}
		video, other := lisi.upload("video"), signedIn(t, w, w.Second, "lisi").upload("image")
		for _, tt := range []struct{ name, fields, says string }{
			{"a video without its picture", `"msgtype":"video","media_id":"` + video + `"`, "41006"},
			{"a video for an image", `"msgtype":"image","media_id":"` + video + `"`, "40007"},
			{"a video for its picture", `"msgtype":"video","media_id":"` + video + `","thumb_media_id":"` + video + `"`, "40007"},
			{"another enterprise's", `"msgtype":"image","media_id":"` + other + `"`, "40007"},
		} {
			if status, body := lisi.do("POST", "/phone/api/messages", fmt.Sprintf(`{"agentid":%d,%s}`, a.AgentID, tt.fields)); status != 400 || !strings.Contains(body, tt.says) {
				t.Errorf("%s: %d %s", tt.name, status, body)
			}
		}
		w.Delivered()
		if got := rc.Kinds(); len(got) > 0 {
			t.Errorf("pushed %q", got)
		}
	})
}

// TestRobotFiles uploads files as a robot and posts them.
func TestRobotFiles(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		r := robot(w, w.Corp)
		var second message.Robot
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			second, err = w.Server.Messages.CreateRobot(ctx, tx, w.CorpID, "r1", "第二")
			return err
		})
		a := w.As(access.SelfBuilt)
		up := func(key, kind, content string) (qiweitest.Result, string) {
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			part, _ := form.CreateFormFile("file", names[kind]) // any field will do
			part.Write([]byte(content))
			form.Close()
			req, _ := http.NewRequest("POST", w.URL+"/cgi-bin/webhook/upload_media?key="+key+"&type="+kind, &body)
			req.Header.Set("Content-Type", form.FormDataContentType())
			resp := w.Do(req)
			raw, _ := io.ReadAll(resp.Body)
			got := qiweitest.Result{Body: string(raw)}
			got.Decode(&got)
			var id struct {
				Type      string `json:"type"`
				MediaID   string `json:"media_id"`
				CreatedAt string `json:"created_at"`
			}
			got.Decode(&id)
			if got.ErrCode == 0 && (id.Type != kind || id.CreatedAt != "1925456400" || got.ErrMsg != "ok") {
				t.Errorf("%s", got.Body)
			}
			return got, id.MediaID
		}
		for _, tt := range []struct {
			name, key, kind, content string
			code                     int
		}{
			{"no key", "", "file", "123456", 40058},
			{"nonsense for a key", "x", "file", "123456", 40058},
			{"an unknown key", "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa", "file", "123456", 93000},
			{"an image", r.Key, "image", contents["image"], 40005},
			{"five bytes", r.Key, "file", "12345", 40006},
			{"21 MB", r.Key, "file", strings.Repeat("a", 21<<20), 45001},
			{"an MP3", r.Key, "voice", "ID3 and no voice", 301017},
			{"61 seconds", r.Key, "voice", "#!AMR\n" + strings.Repeat("\x3c"+strings.Repeat("\x00", 31), 50*61), 45007},
		} {
			if got, _ := up(tt.key, tt.kind, tt.content); got.ErrCode != tt.code {
				t.Errorf("%s: %s", tt.name, got.Body)
			}
		}
		_, file := up(r.Key, "file", contents["file"])
		_, voice := up(r.Key, "voice", contents["voice"])
		for _, tt := range []struct {
			name, key, body string
			code            int
		}{
			{"its file", r.Key, `{"msgtype":"file","file":{"media_id":"` + file + `"}}`, 0},
			{"its voice", r.Key, `{"msgtype":"voice","voice":{"media_id":"` + voice + `"}}`, 0},
			{"its file for a voice", r.Key, `{"msgtype":"voice","voice":{"media_id":"` + file + `"}}`, 40007},
			{"no media_id", r.Key, `{"msgtype":"file","file":{}}`, 41006},
			{"an application's", r.Key, `{"msgtype":"file","file":{"media_id":"` + upload(t, a)["file"] + `"}}`, 40007},
			{"another robot's", second.Key, `{"msgtype":"file","file":{"media_id":"` + file + `"}}`, 40007},
		} {
			if got := say(w, tt.key, tt.body); got.ErrCode != tt.code {
				t.Errorf("%s: %s", tt.name, got.Body)
			}
		}
		if got := send(a, `"touser":"lisi","msgtype":"file","file":{"media_id":"`+file+`"}`); got.ErrCode != 40007 {
			t.Errorf("sent by an application: %s", got.Body)
		}
		if got := a.Call("GET", "/cgi-bin/media/get?media_id="+file, ""); got.ErrCode != 40007 {
			t.Errorf("fetched by an application: %.100s", got.Body)
		}
		lisi := signedIn(t, w, w.Corp, "lisi")
		list := messagesAt(t, w, w.Corp, "lisi", message.Place{AgentID: a.AgentID, ChatID: "r1"})
		if len(list) != 2 || len(list[0].Files) != 1 {
			t.Fatalf("lisi has %+v", list)
		}
		if status, body := lisi.do("GET", list[0].Files[0].Path, ""); status != 200 || body != contents["file"] {
			t.Errorf("lisi reads %d %q", status, body)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Messages.SwitchRobot(ctx, tx, w.CorpID, r.Key, true)
		})
		if got, _ := up(r.Key, "file", "123456"); got.ErrCode != 93004 {
			t.Errorf("switched off: %s", got.Body)
		}
	})
}

// TestChatFiles sends files to a chat; a member who joins later cannot read them.
func TestChatFiles(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		ids := upload(t, a)
		robot(w, w.Corp) // makes the chat
		for kind := range contents {
			if got := a.Call("POST", "/cgi-bin/appchat/send", fmt.Sprintf(`{"chatid":"r1","msgtype":%q,%q:{"media_id":%q}}`, kind, kind, ids[kind])); got.ErrCode != 0 {
				t.Errorf("%s: %s", kind, got.Body)
			}
		}
		a.Call("POST", "/cgi-bin/appchat/update", `{"chatid":"r1","add_user_list":["wangwu"]}`)
		list := messagesAt(t, w, w.Corp, "lisi", message.Place{AgentID: a.AgentID, ChatID: "r1"})
		if len(list) != len(contents) {
			t.Fatalf("lisi has %+v", list)
		}
		lisi, wangwu := signedIn(t, w, w.Corp, "lisi"), signedIn(t, w, w.Corp, "wangwu")
		for _, m := range list {
			if status, body := lisi.do("GET", m.Files[0].Path, ""); status != 200 || body != contents[m.MsgType] {
				t.Errorf("lisi reads %s: %d", m.MsgType, status)
			}
			if status, _ := wangwu.do("GET", m.Files[0].Path, ""); status != 404 {
				t.Errorf("wangwu reads %s: %d", m.MsgType, status)
			}
		}
	})
}

// TestCardFileUpdate replaces a card by one with a file.
func TestCardFileUpdate(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		w.Receiver(a)
		ids := upload(t, a)
		var s sent
		sendCard(a, "lisi", buttonCard).Decode(&s)
		card := with(noticeCard, "horizontal_content_list", `[{"type":2,"keyname":"附件","value":"合同.txt","media_id":"`+ids["file"]+`"}]`)
		if got := update(a, s.ResponseCode, `"userids":["lisi"]`, `"template_card":`+card); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		m := messagesOf(t, w, "lisi", a.AgentID)[0]
		if len(m.Files) != 1 {
			t.Fatalf("files %+v", m.Files)
		}
		if status, body := signedIn(t, w, w.Corp, "lisi").do("GET", m.Files[0].Path, ""); status != 200 || body != contents["file"] {
			t.Errorf("lisi reads %d %q", status, body)
		}
	})
}

func TestSecretFiles(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		for name, code := range map[string]int{"a.PDF": 0, "a.zip": 40058, "pdf": 40058} {
			var up struct {
				MediaID string `json:"media_id"`
			}
			a.Upload("/cgi-bin/media/upload?type=file", name, []byte("content")).Decode(&up)
			for safe, want := range []int{0, code} {
				if got := send(a, fmt.Sprintf(`"touser":"lisi","msgtype":"file","safe":%d,"file":{"media_id":%q}`, safe, up.MediaID)); got.ErrCode != want {
					t.Errorf("%s, safe %d: %s", name, safe, got.Body)
				}
			}
		}
	})
}
