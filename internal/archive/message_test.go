package archive_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/chat"
)

// upload returns the media_id of a file of the first enterprise.
func (h *house) upload(kind, name string, content []byte) string {
	h.t.Helper()
	var up struct {
		MediaID string `json:"media_id"`
	}
	got := h.app.Upload("/cgi-bin/media/upload?type="+kind, name, content)
	got.Decode(&up)
	if got.ErrCode != 0 {
		h.t.Fatal(got.Body)
	}
	return up.MediaID
}

// TestEveryType sends each msgtype and looks at what a client decrypts (doc 91774).
func TestEveryType(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		content := bytes.Repeat([]byte("0123456789"), 70)
		id := h.upload("file", "年报.pdf", content)
		sum := md5.Sum(content)
		hash := hex.EncodeToString(sum[:])
		f := `"media_id":"` + id + `"`
		files := map[string]string{}
		seen := map[string]bool{"agree": true, "disagree": true} // said by somebody outside, see TestConsent
		for _, tt := range []struct{ msgtype, say, want string }{
			{"text", `{"content":"hi"}`, `"text":{"content":"hi"}`},
			{"image", `{` + f + `}`, `"image":{"md5sum":"HASH","filesize":700,"sdkfileid":"FILE"}`},
			{"voice", `{` + f + `,"play_length":3}`, `"voice":{"md5sum":"HASH","voice_size":700,"play_length":3,"sdkfileid":"FILE"}`},
			{"video", `{` + f + `,"play_length":4}`, `"video":{"md5sum":"HASH","filesize":700,"play_length":4,"sdkfileid":"FILE"}`},
			{"file", `{` + f + `}`, `"file":{"md5sum":"HASH","filename":"年报.pdf","fileext":"pdf","filesize":700,"sdkfileid":"FILE"}`},
			{"emotion", `{` + f + `,"type":1,"width":20,"height":30}`, `"emotion":{"type":1,"width":20,"height":30,"imagesize":700,"md5sum":"HASH","sdkfileid":"FILE"}`},
			{"card", `{"corpname":"微信联系人","userid":"wangwu"}`, `"card":{"corpname":"微信联系人","userid":"wangwu"}`},
			{"location", `{"longitude":116.586616,"latitude":39.9,"address":"路 1 号","title":"楼","zoom":15}`, `"location":{"longitude":116.586616,"latitude":39.9,"address":"路 1 号","title":"楼","zoom":15}`},
			{"link", `{"title":"t","description":"d","link_url":"https://x.example/?a=1&b=2","image_url":""}`, `"link":{"title":"t","description":"d","link_url":"https://x.example/?a=1&b=2","image_url":""}`},
			{"weapp", `{"title":"t","description":"d","username":"gh_1@app","displayname":"n"}`, `"weapp":{"title":"t","description":"d","username":"gh_1@app","displayname":"n"}`},
			{"chatrecord", `{"title":"甲和乙","item":[{"type":"ChatRecordText","msgtime":1700000000,"content":{"content":"在吗"},"from_chatroom":false},{"type":"ChatRecordImage","msgtime":1700000001,"content":{` + f + `},"from_chatroom":true}]}`,
				`"chatrecord":{"title":"甲和乙","item":[{"type":"ChatRecordText","msgtime":1700000000,"content":"{\"content\":\"在吗\"}","from_chatroom":false},{"type":"ChatRecordImage","msgtime":1700000001,"content":"{\"md5sum\":\"HASH\",\"filesize\":700,\"sdkfileid\":\"FILE\"}","from_chatroom":true}]}`},
			{"mixed", `{"item":[{"type":"text","content":{"content":"a"}},{"type":"image","content":{` + f + `}}]}`,
				`"mixed":{"item":[{"type":"text","content":"{\"content\":\"a\"}"},{"type":"image","content":"{\"md5sum\":\"HASH\",\"filesize\":700,\"sdkfileid\":\"FILE\"}"}]}`},
			{"todo", `{"title":"t","content":"c"}`, `"todo":{"title":"t","content":"c"}`},
			{"vote", `{"votetitle":"去哪","voteitem":["山","海"],"votetype":101,"voteid":"v1"}`, `"vote":{"votetitle":"去哪","voteitem":["山","海"],"votetype":101,"voteid":"v1"}`},
			{"collect", `{"room_name":"群","creator":"c","create_time":"2026-01-02 03:04:05","title":"t","details":[{"id":1,"ques":"q","type":"Text"}]}`,
				`"collect":{"room_name":"群","creator":"c","create_time":"2026-01-02 03:04:05","title":"t","details":[{"id":1,"ques":"q","type":"Text"}]}`},
			{"redpacket", `{"type":1,"wish":"w","totalcnt":2,"totalamount":20}`, `"redpacket":{"type":1,"wish":"w","totalcnt":2,"totalamount":20}`},
			{"external_redpacket", `{"type":2,"wish":"w","totalcnt":2,"totalamount":20}`, `"redpacket":{"type":2,"wish":"w","totalcnt":2,"totalamount":20}`},
			{"meeting", `{"topic":"t","starttime":1,"endtime":2,"address":"a","remarks":"r","meetingid":18446744073709551615}`, `"meeting":{"topic":"t","starttime":1,"endtime":2,"address":"a","remarks":"r","meetingid":18446744073709551615}`},
			{"meeting_notification", `{"content":"c","meeting_id":9007199254740993,"notification_type":2}`, `"info":{"content":"c","meeting_id":9007199254740993,"notification_type":2}`},
			{"docmsg", `{"title":"t","doc_creator":"lisi","link_url":"https://d.example"}`, `"doc":{"title":"t","doc_creator":"lisi","link_url":"https://d.example"}`},
			{"markdown", `{"content":"**b**"}`, `"info":{"content":"**b**"}`},
			{"news", `{"item":[{"title":"t","description":"d","url":"u","picurl":"p"}]}`, `"info":{"item":[{"title":"t","description":"d","url":"u","picurl":"p"}]}`},
			{"calendar", `{"title":"t","creatorname":"c","attendeename":["a"],"starttime":1,"endtime":2,"place":"p","remarks":"r"}`, `"calendar":{"title":"t","creatorname":"c","attendeename":["a"],"starttime":1,"endtime":2,"place":"p","remarks":"r"}`},
			{"meeting_voice_call", `{` + f + `,"voiceid":"vid","endtime":9,"demofiledata":[{"filename":"n","demooperator":"o","starttime":1,"endtime":2}],"sharescreendata":[{"share":"s","starttime":1,"endtime":2}]}`,
				`"voiceid":"vid","meeting_voice_call":{"endtime":9,"sdkfileid":"FILE","demofiledata":[{"filename":"n","demooperator":"o","starttime":1,"endtime":2}],"sharescreendata":[{"share":"s","starttime":1,"endtime":2}]}`},
			{"voip_doc_share", `{` + f + `,"voipid":"vp"}`, `"voipid":"vp","voip_doc_share":{"filename":"年报.pdf","md5sum":"HASH","filesize":700,"sdkfileid":"FILE"}`},
			{"sphfeed", `{"feed_type":4,"sph_name":"n","feed_desc":"d"}`, `"sphfeed":{"feed_type":4,"sph_name":"n","feed_desc":"d"}`},
			{"voiptext", `{"callduration":10,"invitetype":2}`, `"info":{"callduration":10,"invitetype":2}`},
			{"qydiskfile", `{"filename":"n"}`, `"info":{"filename":"n"}`},
		} {
			msgid := h.say(fmt.Sprintf(`{"from":"zhangsan","to":"lisi","msgtype":%q,%[1]q:%s}`, tt.msgtype, tt.say))
			seen[tt.msgtype] = true
			list := h.read(int64(len(files)))
			if len(list) != 1 {
				t.Fatalf("%s: %q", tt.msgtype, list)
			}
			files[tt.msgtype] = list[0]
			fileID := fileIDOf(list[0])
			want := fmt.Sprintf(`{"msgid":%q,"action":"send","from":"zhangsan","tolist":["lisi"],"roomid":"","msgtime":%d,"msgtype":%q,%s}`, msgid, h.Clock.Now().UnixMilli(), tt.msgtype,
				strings.NewReplacer("HASH", hash, "FILE", fileID).Replace(tt.want))
			if list[0] != want {
				t.Errorf("%s\nis   %s\nwant %s", tt.msgtype, list[0], want)
			}
		}
		first := fileIDOf(files["text"])
		if first != "" {
			t.Errorf("a text has a file %q", first)
		}
		text := h.says("zhangsan", "lisi", "oh no")
		revoke := h.say(fmt.Sprintf(`{"from":"zhangsan","msgtype":"revoke","revoke":{"pre_msgid":%q}}`, text))
		change := h.say(`{"from":"zhangsan","msgtype":"switch"}`)
		seen["revoke"], seen["switch"] = true, true
		got, at := h.read(int64(len(files))+1), h.Clock.Now().UnixMilli()
		if want := fmt.Sprintf(`{"msgid":%q,"action":"recall","from":"zhangsan","tolist":["lisi"],"roomid":"","msgtime":%d,"msgtype":"revoke","revoke":{"pre_msgid":%q}}`, revoke, at, text); len(got) != 2 || got[0] != want {
			t.Errorf("revoked: %q, want %s", got, want)
		}
		if want := fmt.Sprintf(`{"msgid":%q,"action":"switch","time":%d,"user":"zhangsan"}`, change, at); got[1] != want {
			t.Errorf("switched: %s, want %s", got[1], want)
		}
		for _, msgtype := range chat.Types() {
			if !seen[msgtype] {
				t.Errorf("%s is not tried", msgtype)
			}
		}
	})
}

// fileIDOf returns the first sdkfileid of a plaintext.
func fileIDOf(plain string) string {
	_, rest, _ := strings.Cut(strings.ReplaceAll(plain, `\"`, `"`), `"sdkfileid":"`)
	out, _, _ := strings.Cut(rest, `"`)
	return out
}

// A group's messages go to everybody else in it; groups change, and their robots speak.
func TestGroup(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var g struct{ ChatID string }
		h.done(h.Corp, "chat/group", `{"userid":"zhangsan","name":"项目","add":["lisi","wangwu"],"notice":"周五上线"}`, &g)
		var robot struct {
			ID string `json:"robot_id"`
		}
		h.done(h.Corp, "chat/robot", fmt.Sprintf(`{"chatid":%q,"userid":"lisi","name":"播报"}`, g.ChatID), &robot)
		h.say(fmt.Sprintf(`{"from":"lisi","chatid":%q,"msgtype":"text","text":{"content":"大家好"}}`, g.ChatID))
		h.say(fmt.Sprintf(`{"from":%q,"chatid":%q,"msgtype":"markdown","markdown":{"content":"构建通过"}}`, robot.ID, g.ChatID))
		h.done(h.Corp, "chat/group", fmt.Sprintf(`{"chatid":%q,"userid":"wangwu","remove":["wangwu"]}`, g.ChatID), nil)
		h.say(fmt.Sprintf(`{"from":"lisi","chatid":%q,"msgtype":"text","text":{"content":"他走了"}}`, g.ChatID))
		type line struct {
			From   string
			To     []string `json:"tolist"`
			RoomID string
			Type   string `json:"msgtype"`
		}
		var got []line
		for _, text := range h.read(0) {
			var l line
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				t.Fatal(err)
			}
			got = append(got, l)
		}
		want := []line{
			{"lisi", []string{"zhangsan", "wangwu"}, g.ChatID, "text"},
			{robot.ID, []string{"zhangsan", "lisi", "wangwu"}, g.ChatID, "markdown"},
			{"lisi", []string{"zhangsan"}, g.ChatID, "text"},
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v\nwant %+v", got, want)
		}
		at := h.Clock.Now().Unix()
		for _, tt := range []struct {
			path, body, want string
			code             int
		}{
			{"groupchat/get", `{"roomid":"` + g.ChatID + `"}`, fmt.Sprintf(`"roomname":"项目","creator":"zhangsan","room_create_time":%d,"notice":"周五上线","members":[{"memberid":"zhangsan","jointime":%[1]d},{"memberid":"lisi","jointime":%[1]d}]`, at), 0},
			{"groupchat/get", `{"roomid":"wrOther"}`, "", 301059},
			{"groupchat/get", `{}`, "", 40063},
			{"check_room_agree", `{"roomid":"` + g.ChatID + `"}`, `"agreeinfo":[]`, 0},
			{"check_room_agree", `{"roomid":"wrOther"}`, "", 86003},
			{"check_room_agree", `{}`, "", 40063},
		} {
			if got := h.app.Call("POST", "/cgi-bin/msgaudit/"+tt.path, tt.body); got.ErrCode != tt.code || !strings.Contains(got.Body, tt.want) {
				t.Errorf("%s %s: %s", tt.path, tt.body, got.Body)
			}
		}
		if got := h.app.Call("GET", "/cgi-bin/msgaudit/get_robot_info?robot_id="+robot.ID, ""); got.ErrCode != 0 || !strings.Contains(got.Body, fmt.Sprintf(`"data":{"robot_id":%q,"name":"播报","creator_userid":"lisi"}`, robot.ID)) {
			t.Error(got.Body)
		}
		if got := h.app.Call("GET", "/cgi-bin/msgaudit/get_robot_info?robot_id=wbx", ""); got.ErrCode != 40058 {
			t.Error(got.Body)
		}
		h.open(h.Second, `,"editions":{"1":{"departments":[1]}}`)
		other := h.Second.As(access.ChatArchive)
		if got := other.Call("POST", "/cgi-bin/msgaudit/groupchat/get", `{"roomid":"`+g.ChatID+`"}`); got.ErrCode != 301059 {
			t.Errorf("another enterprise: %s", got.Body)
		}
		if got := other.Call("GET", "/cgi-bin/msgaudit/get_robot_info?robot_id="+robot.ID, ""); got.ErrCode != 40058 {
			t.Errorf("another enterprise: %s", got.Body)
		}
	})
}

// A file comes in chunks, which can be asked for again, and outlives its media_id.
func TestFileInChunks(t *testing.T) {
	runAlone(t, func(t *testing.T, h *house) {
		h.done(h.Corp, "archive/settings", `{"pull_days":30}`, nil)
		content := bytes.Repeat([]byte("qiwei archive\x00"), 100_000)
		id := h.upload("file", "big.bin", content)
		h.say(`{"from":"zhangsan","to":"lisi","msgtype":"file","file":{"media_id":"` + id + `"}}`)
		fileID := fileIDOf(h.read(0)[0])
		h.Advance(4 * 24 * 3600 * 1e9)
		if err := h.Server.Media.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		part := func(index string) (string, string, string) {
			got := h.ask(h.app, "media", fmt.Sprintf(`{"sdkfileid":%q,"indexbuf":%q}`, fileID, index))
			if got.Status != 200 {
				t.Fatalf("%s: %d %s", index, got.Status, got.Body)
			}
			return got.Body, got.Header.Get("X-Qiwei-Outindexbuf"), got.Header.Get("X-Qiwei-Finish")
		}
		var whole strings.Builder
		chunks, index, finish := 0, "", "0"
		for ; finish == "0"; chunks++ {
			var one string
			before := index
			one, index, finish = part(before)
			again, _, _ := part(before)
			if len(one) > 512<<10 || again != one {
				t.Fatalf("chunk %d has %d bytes, and %d the second time", chunks, len(one), len(again))
			}
			if chunks == 0 && index != "Range:bytes=524288-1048575" || chunks == 1 && index != "Range:bytes=1048576-1399999" {
				t.Errorf("behind chunk %d: %q", chunks, index)
			}
			whole.WriteString(one)
		}
		if whole.String() != string(content) || chunks != 3 {
			t.Errorf("%d bytes in %d chunks", whole.Len(), chunks)
		}
		for _, tt := range []struct {
			what, body string
			code       int
		}{
			{"no file", `{"sdkfileid":"","indexbuf":""}`, 10000},
			{"no id", `{"sdkfileid":"xyz","indexbuf":""}`, 10005},
			{"no JSON", `x`, 10000},
			{"an index of nothing", fmt.Sprintf(`{"sdkfileid":%q,"indexbuf":"Range:bytes=a-b"}`, fileID), 10000},
			{"an index behind the end", fmt.Sprintf(`{"sdkfileid":%q,"indexbuf":"Range:bytes=1400000-1400001"}`, fileID), 10000},
			{"an index backwards", fmt.Sprintf(`{"sdkfileid":%q,"indexbuf":"Range:bytes=10-5"}`, fileID), 10000},
		} {
			if got := h.ask(h.app, "media", tt.body); got.Status != 400 || got.ErrCode != tt.code {
				t.Errorf("%s: %d %s", tt.what, got.Status, got.Body)
			}
		}
		if body, _, _ := part("Range:bytes=5-9"); body != string(content[5:10]) {
			t.Errorf("a short part: %q", body)
		}
		if got := h.ask(h.app, "media", fmt.Sprintf(`{"sdkfileid":%q,"indexbuf":"Range:bytes=0-99999999"}`, fileID)); got.Status != 200 || len(got.Body) != 512<<10 {
			t.Errorf("a part that is too long: %d, %d bytes", got.Status, len(got.Body))
		}
		h.open(h.Second, `,"editions":{"1":{"departments":[1]}}`)
		if got := h.ask(h.Second.As(access.ChatArchive), "media", fmt.Sprintf(`{"sdkfileid":%q}`, fileID)); got.Status != 400 || got.ErrCode != 10005 {
			t.Errorf("another enterprise: %d %s", got.Status, got.Body)
		}
		h.done(h.Corp, "archive/settings", `{"pull_days":3}`, nil)
		if got := h.ask(h.app, "media", fmt.Sprintf(`{"sdkfileid":%q}`, fileID)); got.Status != 400 || got.ErrCode != 10010 {
			t.Errorf("outside of the window: %d %s", got.Status, got.Body)
		}
	})
}
