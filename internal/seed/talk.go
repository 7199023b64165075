package seed

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/archive"
	"qiwei/internal/chat"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// The demo's conversations: two months of them, invented, the same in each installation but for the ids and the
// times.

// talked is how many days the demo's people have talked, and a day's messages at most.
const (
	talkedDays = 60
	talkedADay = 14
)

// pairs and rooms are who talks.
var (
	talkPairs = [][2]id.UserID{{"zhangsan", "lisi"}, {"zhangsan", "linyue"}, {"wangwu", "zhengshi"}, {"qibin", "xiexin"}, {"shenqingchuan", "zhaoliu"}, {"yangfan", "heping"}}
	talkRooms = []struct {
		name    string
		members []id.UserID
	}{
		{"平台组日常", []id.UserID{"zhangsan", "yangfan", "zhuqing", "xubin", "heping"}},
		{"华东区周会", []id.UserID{"wangwu", "zhengshi", "qibin", "xiexin"}},
		{"新品上线", []id.UserID{"linyue", "zhangsan", "lisi", "zhouba", "chenbo", "sunqi"}},
	}
)

// What is said: openings, subjects and ends that fit each other.
var (
	talkOpenings = []string{"早，", "麻烦看一下，", "刚开完会，", "提醒一下，", "补充一点，", "客户问，", "我查过了，", "按上次说的，"}
	talkSubjects = []string{"报价单", "接口文档", "测试环境", "合同附件", "上线清单", "周报", "回归用例", "展会物料", "账期", "监控告警"}
	talkEnds     = []string{"什么时候能给？", "已经更新了。", "还差一页。", "需要你确认。", "今天下班前发你。", "和上个月对不上。", "放在群文件里了。", "先按原计划走。", "改到周四下午三点。", "没问题，可以。"}
)

// Talk gives the demo's enterprise an archive, sealed for the public key, with two months of conversations in
// it.
func Talk(ctx context.Context, s *platform.Server, corpID, publicKey string) error {
	t := talker{ctx: ctx, s: s, corpID: corpID, random: rand.New(rand.NewPCG(20, 26))}
	if err := s.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.Archive.AddKey(ctx, tx, corpID, publicKey); err != nil {
			return err
		}
		if err := s.Archive.Set(ctx, tx, corpID, archive.Settings{
			Enabled: true, Plain: true,
			// A customer of those with the third edition is asked first, and is welcomed afterwards.
			Editions: map[archive.Edition]access.Range{archive.Office: access.Everything(), archive.Enterprise: {Members: []id.UserID{"wangwu", "zhengshi"}}},
		}); err != nil {
			return err
		}
		// Of two compliance officers one asks for an export and the other approves.
		for user, role := range map[id.UserID]archive.Role{"shenqingchuan": archive.Officer, "lisi": archive.Officer, "linyue": archive.Auditor} {
			if err := s.Archive.Appoint(ctx, tx, corpID, user, role, access.Range{}); err != nil {
				return err
			}
		}
		return t.texts(tx)
	}); err != nil {
		return fmt.Errorf("the demo's conversations: %w", err)
	}
	if err := t.files(); err != nil {
		return fmt.Errorf("the demo's conversations: %w", err)
	}
	return nil
}

type talker struct {
	ctx    context.Context
	s      *platform.Server
	corpID string
	random *rand.Rand
}

func (t talker) pick(list []string) string { return list[t.random.IntN(len(list))] }

func (t talker) sentence() string {
	return t.pick(talkOpenings) + t.pick(talkSubjects) + t.pick(talkEnds)
}

// texts has people talk, day by day up to yesterday.
func (t talker) texts(tx *store.Tx) error {
	begin := tx.Now().AddDate(0, 0, -talkedDays).Truncate(24 * time.Hour).Add(time.Hour) // 9 o'clock in China
	var rooms []chat.Group
	for _, r := range talkRooms {
		g, err := t.s.Chats.CreateGroup(t.ctx, tx, t.corpID, chat.NewGroup{Creator: r.members[0], Name: r.name, Members: r.members[1:], At: begin.Add(-time.Hour)})
		if err != nil {
			return err
		}
		rooms = append(rooms, g)
	}
	robot, err := t.s.Chats.AddRobot(t.ctx, tx, t.corpID, rooms[0].ChatID, talkRooms[0].members[0], "构建播报")
	if err != nil {
		return err
	}
	last := map[string]string{} // msgid by its sender, where it can be taken back
	for day := range talkedDays {
		moments := make([]time.Duration, 4+t.random.IntN(talkedADay-3))
		for i := range moments {
			moments[i] = time.Duration(t.random.IntN(9*60*60)) * time.Second
		}
		slices.Sort(moments)
		for n, at := range moments {
			say := chat.Say{CorpID: t.corpID, At: begin.AddDate(0, 0, day).Add(at)}
			if room := t.random.IntN(2 * len(rooms)); room < len(rooms) {
				members := talkRooms[room].members
				say.From, say.ChatID = id.Person(members[t.random.IntN(len(members))]), rooms[room].ChatID
			} else {
				pair := talkPairs[t.random.IntN(len(talkPairs))]
				from := t.random.IntN(2)
				say.From, say.To = id.Person(pair[from]), pair[1-from]
			}
			if n == 0 && day%7 == 3 {
				say.From, say.ChatID, say.To = robot.ID, rooms[0].ChatID, ""
				say.Type, say.Content = "markdown", object(map[string]string{"content": fmt.Sprintf("**构建 #%d 通过**\n> 用时 %d 秒", 400+day, 100+t.random.IntN(80))})
			} else {
				say.Type, say.Content = t.content(day, n, say.At)
			}
			m, err := t.s.Chats.SendText(t.ctx, tx, say)
			if err != nil {
				return err
			}
			if say.Type == "text" && say.ChatID == "" {
				last[string(say.From)] = m.MsgID
			}
		}
		if before := last["zhangsan"]; before != "" && day%11 == 5 {
			if _, err := t.s.Chats.SendText(t.ctx, tx, chat.Say{CorpID: t.corpID, From: "zhangsan", At: begin.AddDate(0, 0, day).Add(9 * time.Hour), Type: "revoke", Content: object(map[string]string{"pre_msgid": before})}); err != nil {
				return err
			}
			delete(last, "zhangsan")
		}
	}
	return nil
}

func object(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and numbers
	}
	return text
}

// content is mostly a text.
func (t talker) content(day, n int, at time.Time) (msgtype string, content json.RawMessage) {
	if n != 2 {
		return "text", object(map[string]string{"content": t.sentence()})
	}
	switch day % 10 {
	case 1:
		return "link", object(map[string]string{"title": t.pick(talkSubjects), "description": "共享目录", "link_url": "https://wiki.qingchuan.example/page/" + fmt.Sprint(day), "image_url": ""})
	case 2:
		return "location", object(map[string]any{"longitude": 121.48, "latitude": 31.23, "address": "滨江大道 88 号", "title": "展厅", "zoom": 15})
	case 3:
		return "vote", object(map[string]any{"votetitle": "团建去哪", "voteitem": []string{"山里", "海边"}, "votetype": 101})
	case 4:
		return "todo", object(map[string]string{"title": "待办", "content": "整理" + t.pick(talkSubjects)})
	case 5:
		return "meeting", object(map[string]any{"topic": "评审会", "starttime": at.Add(time.Hour).Unix(), "endtime": at.Add(2 * time.Hour).Unix(), "address": "三楼", "remarks": "", "meetingid": 1000 + day})
	case 6:
		return "calendar", object(map[string]any{"title": "一对一", "creatorname": "林悦", "attendeename": []string{"张三"}, "starttime": at.Add(24 * time.Hour).Unix(), "endtime": at.Add(25 * time.Hour).Unix(), "place": "", "remarks": ""})
	case 7:
		return "chatrecord", object(map[string]any{"title": "群聊的聊天记录", "item": []any{
			map[string]any{"type": "ChatRecordText", "msgtime": at.Add(-time.Hour).Unix(), "content": map[string]string{"content": t.sentence()}, "from_chatroom": true},
		}})
	case 8:
		return "voiptext", object(map[string]int{"callduration": 30 + t.random.IntN(600), "invitetype": 2})
	case 9:
		return "docmsg", object(map[string]string{"title": t.pick(talkSubjects), "doc_creator": "linyue", "link_url": "https://docs.qingchuan.example/d/" + fmt.Sprint(day)})
	}
	return "text", object(map[string]string{"content": t.sentence()})
}

// files sends a picture and a file, today.
func (t talker) files() error {
	by := access.System(t.corpID)
	picture := image.NewPaletted(image.Rect(0, 0, 120, 80), color.Palette{color.White, color.RGBA{0x2b, 0x7b, 0xd6, 0xff}})
	for x := range 120 {
		for y := 80 - x*2/3; y < 80; y++ {
			picture.SetColorIndex(x, y, 1)
		}
	}
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, picture); err != nil {
		return err
	}
	for _, f := range []struct {
		kind    media.Kind
		name    string
		content string
		msgtype string
	}{
		{media.Image, "趋势图.png", drawn.String(), "image"},
		{media.Other, "十一月报价单.csv", "型号,单价\n" + strings.Repeat("QC-100,1200\n", 40), "file"},
	} {
		up, err := t.s.Media.Upload(t.ctx, by, media.NewFile{Kind: f.kind, Scene: media.General, Name: f.name, Length: int64(len(f.content)), Content: strings.NewReader(f.content)})
		if err != nil {
			return err
		}
		if _, err := t.s.Chats.Send(t.ctx, chat.Say{CorpID: t.corpID, From: "wangwu", To: "zhengshi", Type: f.msgtype, Content: object(map[string]string{"media_id": up.MediaID})}); err != nil {
			return err
		}
	}
	return nil
}
