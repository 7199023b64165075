package archive_test

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/store"
)

// short is a record as its sender, its receivers, its room, and its object.
func short(t *testing.T, plain string) string {
	t.Helper()
	var v struct {
		MsgID, From, RoomID, MsgType string
		ToList                       []string
	}
	if err := json.Unmarshal([]byte(plain), &v); err != nil {
		t.Fatalf("%v in %s", err, plain)
	}
	object := plain[strings.Index(plain, `"msgtype":`)+len(`"msgtype":`):]
	from := v.From
	if strings.HasPrefix(from, "wb") {
		from = "wb"
	}
	to := strings.Join(v.ToList, ",")
	if strings.HasPrefix(to, "wb") {
		to = "wb"
	}
	return fmt.Sprint(from, " to ", to, " in ", v.RoomID, " ", strings.TrimSuffix(object, "}"))
}

// shorts pulls what was said behind seq.
func (h *house) shorts(seq int64) (out []string) {
	h.t.Helper()
	for _, plain := range h.read(seq) {
		out = append(out, short(h.t, plain))
	}
	return out
}

func (h *house) wants(got []string, want ...string) {
	h.t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		h.t.Errorf("%s\nwant %s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// by runs what a member does.
func (h *house) by(user string, do func(context.Context, *store.Tx, directory.Member) error) {
	h.t.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		m, err := h.Server.Directory.Member(ctx, tx, access.System(h.CorpID), id.UserID(user))
		if err != nil {
			return err
		}
		return do(ctx, tx, m)
	})
}

// What an application says to many is a record for each who is archived, as a conversation of two. One that is
// taken back names each of them.
func TestApplicationsAreArchived(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.done(h.Corp, "archive/settings", `{"editions":{"3":{"departments":[]},"1":{"members":["zhangsan","lisi"]}}}`, nil)
		app := h.As(access.SelfBuilt)
		var sent struct{ MsgID string }
		got := app.Call("POST", "/cgi-bin/message/send", `{"touser":"@all","agentid":`+fmt.Sprint(app.AgentID)+`,"msgtype":"text","text":{"content":"放假通知"}}`)
		if got.Decode(&sent); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		h.wants(h.shorts(0), `wb to zhangsan in  "text","text":{"content":"放假通知"}`, `wb to lisi in  "text","text":{"content":"放假通知"}`)
		first := h.pull(0, 10)
		if got := app.Call("POST", "/cgi-bin/message/recall", fmt.Sprintf(`{"msgid":%q}`, sent.MsgID)); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		h.wants(h.shorts(2), fmt.Sprintf(`wb to zhangsan in  "revoke","revoke":{"pre_msgid":%q}`, first[0].MsgID), fmt.Sprintf(`wb to lisi in  "revoke","revoke":{"pre_msgid":%q}`, first[1].MsgID))
		ids := map[string]bool{}
		for _, s := range h.pull(0, 10) {
			ids[s.MsgID] = true
		}
		if len(ids) != 4 {
			t.Errorf("%d msgids in 4 records", len(ids))
		}
		var from struct{ From string }
		if err := json.Unmarshal([]byte(h.read(0)[0]), &from); err != nil {
			t.Fatal(err)
		}
		var info struct {
			Data struct {
				RobotID string `json:"robot_id"`
				Name    string
			}
		}
		if got := h.app.Call("GET", "/cgi-bin/msgaudit/get_robot_info?robot_id="+from.From, ""); got.ErrCode != 0 {
			t.Error(got.Body)
		} else if got.Decode(&info); info.Data.RobotID != from.From || info.Data.Name == "" {
			t.Error(got.Body)
		}
		h.open(h.Second, `,"editions":{"1":{"departments":[1]}}`)
		if got := h.Second.As(access.ChatArchive).Call("GET", "/cgi-bin/msgaudit/get_robot_info?robot_id="+from.From, ""); got.ErrCode != 40058 {
			t.Errorf("another enterprise's: %s", got.Body)
		}
	})
}

// A file that was sent to many is there as long as one of the records is.
func TestAFileForMany(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		app := h.As(access.SelfBuilt)
		var up struct {
			MediaID string `json:"media_id"`
		}
		app.Upload("/cgi-bin/media/upload?type=file", "合同.pdf", []byte("content of the contract")).Decode(&up)
		if got := app.Call("POST", "/cgi-bin/message/send", fmt.Sprintf(`{"touser":"zhangsan|lisi","agentid":%d,"msgtype":"file","file":{"media_id":%q}}`, app.AgentID, up.MediaID)); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		var files []string
		for _, plain := range h.read(0) {
			var m struct {
				File struct{ SDKFileID, FileName string }
			}
			if err := json.Unmarshal([]byte(plain), &m); err != nil || m.File.FileName != "合同.pdf" {
				t.Fatal(plain)
			}
			files = append(files, m.File.SDKFileID)
		}
		content := func() int {
			return h.ask(h.app, "media", fmt.Sprintf(`{"sdkfileid":%q,"indexbuf":""}`, files[0])).Status
		}
		if len(files) != 2 || files[0] != files[1] || content() != 200 {
			t.Fatalf("%q", files)
		}
		h.done(h.Corp, "archive/settings", `{"pull_days":0}`, nil)
		rule := `INSERT INTO archive_rule (corpid, conversation, msgtype, departments, days) VALUES (?, '', 'file', 'null', 1)`
		hold := `INSERT INTO archive_hold (corpid, name, people, rooms, since, until, created_at, released_at) VALUES (?, 'case', '["lisi"]', 'null', 0, 0, 0, 0)`
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(rule, h.CorpID); err != nil {
				return err
			}
			_, err := tx.Exec(hold, h.CorpID)
			return err
		})
		h.Advance(48 * time.Hour)
		for _, want := range []struct {
			erased int64
			status int
		}{{1, 200}, {1, 400}} {
			n, err := h.Server.Archive.EraseDue(context.Background(), h.CorpID)
			if err != nil || n != want.erased || content() != want.status {
				t.Errorf("%d erased, status %d, %v; want %+v", n, content(), err, want)
			}
			h.Write(func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE archive_hold SET released_at = 1 WHERE corpid = ?`, h.CorpID)
				return err
			})
		}
	})
}

// In a chat of an application there is one record for all; a robot's picture comes within its message.
func TestChatsOfApplicationsAreArchived(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		app := h.As(access.SelfBuilt)
		for path, body := range map[string]string{"create": `{"name":"群","userlist":["zhangsan","lisi"],"chatid":"r1"}`} {
			if got := app.Call("POST", "/cgi-bin/appchat/"+path, body); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
		}
		if got := app.Call("POST", "/cgi-bin/appchat/send", `{"chatid":"r1","msgtype":"markdown","markdown":{"content":"**上线**"}}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		var r message.Robot
		h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			r, err = h.Server.Messages.CreateRobot(ctx, tx, h.CorpID, "r1", "机器人")
			return err
		})
		picture := "\x89PNG\r\n\x1a\n" + strings.Repeat("p", 100)
		sum := md5.Sum([]byte(picture))
		for _, body := range []string{
			`{"msgtype":"text","text":{"content":"构建失败"}}`,
			`{"msgtype":"image","image":{"base64":"` + base64.StdEncoding.EncodeToString([]byte(picture)) + `","md5":"` + hex.EncodeToString(sum[:]) + `"}}`,
			`{"msgtype":"news","news":{"articles":[{"title":"t","url":"https://a.example","picurl":"https://a.example/p"}]}}`,
		} {
			if got := h.Send("POST", "/cgi-bin/webhook/send?key="+r.Key, body); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
		}
		got := h.shorts(0)
		if len(got) != 4 {
			t.Fatalf("%q", got)
		}
		image := h.read(2)[0]
		h.wants(append(got[:2], got[3]),
			`wb to zhangsan,lisi in r1 "markdown","info":{"content":"**上线**"}`,
			`wb to zhangsan,lisi in r1 "text","text":{"content":"构建失败"}`,
			`wb to zhangsan,lisi in r1 "news","info":{"item":[{"title":"t","description":"","url":"https://a.example","picurl":"https://a.example/p"}]}`)
		var m struct {
			Image struct {
				SDKFileID, MD5Sum string
				FileSize          int64
			}
		}
		if err := json.Unmarshal([]byte(image), &m); err != nil || m.Image.FileSize != int64(len(picture)) || m.Image.MD5Sum != hex.EncodeToString(sum[:]) {
			t.Fatal(image)
		}
		if got := h.ask(h.app, "media", fmt.Sprintf(`{"sdkfileid":%q,"indexbuf":""}`, m.Image.SDKFileID)); got.Body != picture {
			t.Errorf("%d %q", got.Status, got.Body)
		}
		var room struct {
			RoomName string
			Members  []struct{ MemberID string }
		}
		if got := h.app.Call("POST", "/cgi-bin/msgaudit/groupchat/get", `{"roomid":"r1"}`); got.ErrCode != 0 {
			t.Error(got.Body)
		} else if got.Decode(&room); room.RoomName != "群" || len(room.Members) != 2 {
			t.Error(got.Body)
		}
	})
}

// Members write to an application and to an intelligent robot, whose answer in parts is one record.
func TestWhatMembersWriteToRobotsIsArchived(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		app := h.As(access.SelfBuilt)
		rc := h.Receiver(app)
		h.by("zhangsan", func(ctx context.Context, tx *store.Tx, m directory.Member) error {
			_, err := h.Server.Messages.Write(ctx, tx, h.CorpID, m, app.AgentID, message.Written{MsgType: "location", Latitude: 23.1, Longitude: 113.3, Scale: 15, Label: "广州"})
			return err
		})
		h.Delivered()
		rc.Take()
		b := aibot.Bot{CorpID: h.CorpID, Mode: aibot.Webhook, Token: rc.Token, AESKey: rc.AESKey, Settings: aibot.Settings{Name: "助手", URL: rc.URL, Range: access.Everything()}}
		h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			b, err = h.Server.Bots.CreateBot(ctx, tx, b)
			return err
		})
		rc.Next(
			rc.Reply(`{"msgtype":"stream","stream":{"id":"s1","finish":false,"content":"晴"}}`),
			rc.Reply(`{"msgtype":"stream","stream":{"id":"s1","finish":true,"content":"晴，29度"}}`))
		h.by("zhangsan", func(ctx context.Context, tx *store.Tx, m directory.Member) error {
			_, err := h.Server.Bots.Write(ctx, tx, h.CorpID, m, b.BotID, "", aibot.Written{MsgType: "text", Content: "天气"})
			return err
		})
		h.Delivered()
		h.Advance(time.Second)
		if _, err := h.Server.Bots.Watch(context.Background()); err != nil {
			t.Fatal(err)
		}
		h.Delivered()
		h.wants(h.shorts(0),
			`zhangsan to wb in  "location","location":{"longitude":113.3,"latitude":23.1,"address":"广州","title":"广州","zoom":15}`,
			`zhangsan to wb in  "text","text":{"content":"天气"}`,
			`wb to zhangsan in  "markdown","info":{"content":"晴，29度"}`)
	})
}

// A card has no type in the archive and is a text of its words.
func TestCardsAreTexts(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		app := h.As(access.SelfBuilt)
		for _, body := range []string{
			`"template_card","template_card":{"card_type":"text_notice","main_title":{"title":"请假","desc":"张三"},"horizontal_content_list":[{"keyname":"天数","value":"3"}],"card_action":{"type":1,"url":"https://a.example"}}`,
			`"textcard","textcard":{"title":"领奖","description":"今天","url":"https://a.example"}`,
		} {
			if got := app.Call("POST", "/cgi-bin/message/send", fmt.Sprintf(`{"touser":"lisi","agentid":%d,"msgtype":%s}`, app.AgentID, body)); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
		}
		h.wants(h.shorts(0),
			`wb to lisi in  "text","text":{"content":"请假\n张三\n天数：3"}`,
			`wb to lisi in  "link","link":{"title":"领奖","description":"今天","link_url":"https://a.example","image_url":""}`)
	})
}
