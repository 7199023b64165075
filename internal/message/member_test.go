package message_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// as runs the member's action in a transaction and returns its error.
func as(w *qiweitest.World, c *qiweitest.Corp, user string, do func(context.Context, *store.Tx, directory.Member) error) error {
	ctx := context.Background()
	return w.Server.Store.Write(ctx, func(tx *store.Tx) error {
		m, err := w.Server.Directory.Member(ctx, tx, access.System(c.CorpID), id.UserID(user))
		if err != nil {
			return err
		}
		return do(ctx, tx, m)
	})
}

func write(w *qiweitest.World, c *qiweitest.Corp, user string, agent int64, wr message.Written) error {
	return as(w, c, user, func(ctx context.Context, tx *store.Tx, m directory.Member) error {
		_, err := w.Server.Messages.Write(ctx, tx, c.CorpID, m, agent, wr)
		return err
	})
}

// TestWrite: a member writes to an application, which gets the platform's push and answers.
func TestWrite(t *testing.T) {
	head := func(c *qiweitest.Corp, kind string) string {
		return `<xml><ToUserName><![CDATA[` + c.CorpID + `]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName><CreateTime>1925456400</CreateTime><MsgType><![CDATA[` + kind + `]]></MsgType>`
	}
	for _, tt := range []struct {
		name  string
		wrote message.Written
		xml   string // what follows the head, up to MsgId
		tail  string
		has   string
	}{
		{"a text", message.Written{MsgType: "text", Content: "你好 ]]>"}, `<Content><![CDATA[你好 ]]]]><![CDATA[>]]></Content>`, ``, `text {"content":"你好 ]]>"}`},
		{"a place", message.Written{MsgType: "location", Latitude: 23.134, Longitude: 113.358, Scale: 20, Label: "珠江"},
			`<Location_X>23.134</Location_X><Location_Y>113.358</Location_Y><Scale>20</Scale><Label><![CDATA[珠江]]></Label>`,
			`<AppType><![CDATA[wxwork]]></AppType>`, `location {"latitude":23.134,"longitude":113.358,"scale":20,"label":"珠江"}`},
		{"a link", message.Written{MsgType: "link", Title: "t", Description: "d", URL: "https://a.example", Picture: "https://a.example/p"},
			`<Title><![CDATA[t]]></Title><Description><![CDATA[d]]></Description><Url><![CDATA[https://a.example]]></Url><PicUrl><![CDATA[https://a.example/p]]></PicUrl>`,
			``, `link {"picurl":"https://a.example/p","title":"t","description":"d","url":"https://a.example"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				a := w.As(access.SelfBuilt)
				rc := w.Receiver(a)
				rc.Next(rc.Reply(`<xml><ToUserName><![CDATA[zhangsan]]></ToUserName><FromUserName><![CDATA[` + w.CorpID + `]]></FromUserName><CreateTime>1</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[收到]]></Content></xml>`))
				if err := write(w, w.Corp, "zhangsan", a.AgentID, tt.wrote); err != nil {
					t.Fatal(err)
				}
				w.Delivered()
				got := rc.Take()
				if len(got) != 1 {
					t.Fatalf("%d pushes", len(got))
				}
				want := fmt.Sprintf(`%s%s<MsgId>%s</MsgId><AgentID>%d</AgentID>%s</xml>`, head(w.Corp, tt.wrote.MsgType), tt.xml, got[0].Field("MsgId"), a.AgentID, tt.tail)
				if got[0].XML() != want {
					t.Errorf("pushed\n%s, want\n%s", got[0].XML(), want)
				}
				if got := strings.Join(has(t, w, w.Corp, "zhangsan", a.AgentID), "; "); got != tt.has+`; text {"content":"收到"}` {
					t.Errorf("zhangsan has %s", got)
				}
				if got := has(t, w, w.Corp, "lisi", a.AgentID); len(got) > 0 {
					t.Errorf("lisi has %q", got)
				}
			})
		})
	}
}

// The MsgId of pushes has more digits than a float can hold, and grows.
func TestMsgIDs(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		rc := w.Receiver(w.As(access.SelfBuilt), w.Second.As(access.SelfBuilt))
		var last int64
		for _, c := range []*qiweitest.Corp{w.Corp, w.Second, w.Corp} {
			if err := write(w, c, "zhangsan", c.As(access.SelfBuilt).AgentID, message.Written{MsgType: "text", Content: "a"}); err != nil {
				t.Fatal(err)
			}
			w.Delivered()
			for _, push := range rc.Take() {
				id, err := strconv.ParseInt(push.Field("MsgId"), 10, 64)
				if err != nil || id <= last || len(push.Field("MsgId")) != 19 {
					t.Errorf("MsgId %s after %d", push.Field("MsgId"), last)
				}
				last = id
			}
		}
		if last == 0 {
			t.Error("nothing was pushed")
		}
	})
}

func TestMayWrite(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		rd := w.WithApp(access.SelfBuilt, app.Settings{Name: "研发", Range: access.Range{Departments: []int64{2}}})
		deaf := w.WithApp(access.SelfBuilt, app.Settings{Name: "聋", Range: access.Everything()})
		off := w.WithApp(access.SelfBuilt, app.Settings{Name: "关", Range: access.Everything(), Disabled: true})
		w.Receiver(rd)
		hello := message.Written{MsgType: "text", Content: "a"}
		for _, tt := range []struct {
			name, user string
			agent      int64
			wrote      message.Written
			refused    string
		}{
			{"within the range", "lisi", rd.AgentID, hello, ""},
			{"outside it", "wangwu", rd.AgentID, hello, "no such conversation"},
			{"an application that does not listen", "lisi", deaf.AgentID, hello, "43012"},
			{"one that is switched off", "lisi", off.AgentID, hello, "no such conversation"},
			{"contact sync", "lisi", w.As(access.ContactSync).AgentID, hello, "no such conversation"},
			{"an unknown one", "lisi", 999, hello, "no such conversation"},
			{"an empty text", "lisi", rd.AgentID, message.Written{MsgType: "text"}, "44004"},
			{"a picture that there is not", "lisi", rd.AgentID, message.Written{MsgType: "image", MediaID: "x"}, "40007"},
			{"a link without scheme", "lisi", rd.AgentID, message.Written{MsgType: "link", URL: "a.example"}, "45034"},
			{"a place off the globe", "lisi", rd.AgentID, message.Written{MsgType: "location", Latitude: 91}, "40058"},
			{"a card", "lisi", rd.AgentID, message.Written{MsgType: "template_card"}, "40008"},
		} {
			err := write(w, w.Corp, tt.user, tt.agent, tt.wrote)
			if (err == nil) != (tt.refused == "") || err != nil && !strings.Contains(err.Error(), tt.refused) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.refused)
			}
		}
		if got := has(t, w, w.Corp, "lisi", rd.AgentID); len(got) != 1 {
			t.Errorf("lisi has %q", got)
		}
	})
}

// TestAnswers: a member answers cards, and the application changes them by a reply.
func TestAnswers(t *testing.T) {
	menu := with(with(noticeCard, "action_menu", `{"action_list":[{"text":"静音","key":"mute"}]}`), "task_id", `"N"`)
	chosen := with(buttonCard, "button_selection", `{"question_key":"q","selected_id":"b","option_list":[{"id":"a","text":"A"},{"id":"b","text":"B"}]}`)
	button := `<Button><ReplaceName><![CDATA[已同意]]></ReplaceName></Button>`
	item := func(question string, ids ...string) string {
		return `<SelectedItems><SelectedItem><QuestionKey><![CDATA[` + question + `]]></QuestionKey><OptionIds><OptionId><![CDATA[` +
			strings.Join(ids, `]]></OptionId><OptionId><![CDATA[`) + `]]></OptionId></OptionIds></SelectedItem></SelectedItems>`
	}
	for _, tt := range []struct {
		name, card string
		answer     message.CardAnswer
		refused    bool
		event      string
		key, task  string
		items      string
		reply      string // MsgType and what follows
		becomes    string // part of the card afterwards
	}{
		{"a button", buttonCard, message.CardAnswer{Key: "ok"}, false, "template_card_event", "ok", "T", "", "update_button " + button, `"replace_text":"已同意"`},
		{"a button that there is not", buttonCard, message.CardAnswer{Key: "x"}, true, "", "", "", "", "", ""},
		{"a button with what was selected", chosen, message.CardAnswer{Key: "no"}, false, "template_card_event", "no", "T", item("q", "b"), "", ""},
		{"another selection", chosen, message.CardAnswer{Key: "no", Selected: map[string][]string{"q": {"a"}}}, false, "template_card_event", "no", "T", item("q", "a"), "", ""},
		{"a vote", voteCard, message.CardAnswer{Key: "s", Selected: map[string][]string{"q": {"a", "b"}}}, false, "template_card_event", "s", "V", item("q", "a", "b"),
			`update_template_card <TemplateCard><CardType><![CDATA[vote_interaction]]></CardType><MainTitle><Title><![CDATA[午饭]]></Title></MainTitle><CheckBox><QuestionKey><![CDATA[q]]></QuestionKey>` +
				`<OptionList><Id><![CDATA[a]]></Id><Text><![CDATA[面]]></Text><IsChecked>true</IsChecked></OptionList><OptionList><Id><![CDATA[b]]></Id><Text><![CDATA[饭]]></Text></OptionList><Disable>true</Disable><Mode>1</Mode></CheckBox>` +
				`<ReplaceText><![CDATA[已投]]></ReplaceText></TemplateCard>`,
			`"checkbox":{"question_key":"q","mode":1,"disable":true,"option_list":[{"id":"a","text":"面","is_checked":true},{"id":"b","text":"饭"}]},"replace_text":"已投"`},
		{"what was checked before", voteCard, message.CardAnswer{}, false, "template_card_event", "s", "V", item("q", "b"), "", ""},
		{"an option that there is not", voteCard, message.CardAnswer{Selected: map[string][]string{"q": {"x"}}}, true, "", "", "", "", "", ""},
		{"a choice", choiceCard, message.CardAnswer{Key: "s", Selected: map[string][]string{"q": {"l"}}}, false, "template_card_event", "s", "M", item("q", "l"),
			`update_template_card <TemplateCard><CardType>text_notice</CardType><MainTitle><Title>完</Title></MainTitle><HorizontalContentList><KeyName>号</KeyName><Value>17</Value></HorizontalContentList><CardAction><Type>2</Type><AppId>wx1</AppId></CardAction></TemplateCard>`,
			`{"card_type":"text_notice","main_title":{"title":"完"},"horizontal_content_list":[{"keyname":"号","value":"17"}],"card_action":{"type":2,"appid":"wx1"}}`},
		// As in the samples of page 90241, which repeat an option's id.
		{"a button, answered with options of one id", buttonCard, message.CardAnswer{Key: "ok"}, false, "template_card_event", "ok", "T", "",
			`update_template_card <TemplateCard><CardType>button_interaction</CardType><MainTitle><Title>审批</Title></MainTitle><ButtonList><Text>好</Text><Key>k</Key></ButtonList>` +
				`<ButtonSelection><QuestionKey>q</QuestionKey><SelectedId>b</SelectedId><Disable>false</Disable><OptionList><Id>b</Id><Text>乙</Text></OptionList><OptionList><Id>b</Id><Text>乙</Text></OptionList></ButtonSelection></TemplateCard>`,
			`"selected_id":"b","option_list":[{"id":"b","text":"乙"},{"id":"b","text":"乙"}]`},
		{"a choice, answered with options of one id", choiceCard, message.CardAnswer{Key: "s", Selected: map[string][]string{"q": {"l"}}}, false, "template_card_event", "s", "M", item("q", "l"),
			`update_template_card <TemplateCard><CardType>multiple_interaction</CardType><MainTitle><Title>选</Title></MainTitle><SelectList><QuestionKey>q</QuestionKey><SelectedId>b</SelectedId>` +
				`<OptionList><Id>b</Id><Text>乙</Text></OptionList><OptionList><Id>b</Id><Text>乙</Text></OptionList></SelectList><SubmitButton><Text>交</Text><Key>s</Key></SubmitButton><ReplaceText>已交</ReplaceText></TemplateCard>`,
			`"option_list":[{"id":"b","text":"乙"},{"id":"b","text":"乙"}]`},
		{"two of one", choiceCard, message.CardAnswer{Selected: map[string][]string{"q": {"m", "l"}}}, true, "", "", "", "", "", ""},
		{"the menu", menu, message.CardAnswer{Key: "mute", Menu: true}, false, "template_card_menu_event", "mute", "N", "", "", ""},
		{"the menu without such an entry", menu, message.CardAnswer{Key: "x", Menu: true}, true, "", "", "", "", "", ""},
		{"a notice", noticeCard, message.CardAnswer{Key: "x"}, true, "", "", "", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				a := w.As(access.SelfBuilt)
				rc := w.Receiver(a)
				var s sent
				sendCard(a, "zhangsan|lisi", tt.card).Decode(&s)
				if tt.reply != "" {
					kind, rest, _ := strings.Cut(tt.reply, " ")
					rc.Next(rc.Reply(`<xml><MsgType>` + kind + `</MsgType>` + rest + `</xml>`))
				}
				no := messagesOf(t, w, "zhangsan", a.AgentID)[0].No
				err := as(w, w.Corp, "zhangsan", func(ctx context.Context, tx *store.Tx, m directory.Member) error {
					return w.Server.Messages.AnswerCard(ctx, tx, w.CorpID, m, no, tt.answer)
				})
				if (err != nil) != tt.refused {
					t.Fatalf("%v", err)
				}
				w.Delivered()
				got := rc.Take()
				if tt.refused {
					if len(got) > 0 {
						t.Errorf("pushed %s", got[0].XML())
					}
					return
				}
				if len(got) != 1 {
					t.Fatalf("%d pushes", len(got))
				}
				want := fmt.Sprintf(`<Event><![CDATA[%s]]></Event><EventKey><![CDATA[%s]]></EventKey><TaskId><![CDATA[%s]]></TaskId><CardType><![CDATA[%s]]></CardType><ResponseCode><![CDATA[%s]]></ResponseCode><AgentID>%d</AgentID>%s</xml>`,
					tt.event, tt.key, tt.task, got[0].Field("CardType"), got[0].Field("ResponseCode"), a.AgentID, tt.items)
				if !strings.HasSuffix(got[0].XML(), want) || got[0].Field("FromUserName") != "zhangsan" {
					t.Errorf("pushed\n%s, want\n…%s", got[0].XML(), want)
				}
				if now := has(t, w, w.Corp, "zhangsan", a.AgentID)[0]; !strings.Contains(now, tt.becomes) {
					t.Errorf("zhangsan has\n%s, want\n%s", now, tt.becomes)
				}
				if now := has(t, w, w.Corp, "lisi", a.AgentID)[0]; tt.becomes != "" && strings.Contains(now, tt.becomes) {
					t.Errorf("lisi has %s", now)
				}
				// The event's code is valid for one update of its own.
				code := got[0].Field("ResponseCode")
				if got := update(a, code, `"userids":["lisi"]`, `"template_card":`+noticeCard); got.ErrCode != 0 {
					t.Errorf("with the event's code: %s", got.Body)
				}
				if got := update(a, code, `"userids":["lisi"]`, `"template_card":`+noticeCard); got.ErrCode != 60140 {
					t.Errorf("with it again: %s", got.Body)
				}
			})
		})
	}
}

func TestTaskCardClick(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		rc := w.Receiver(a)
		send(a, `"touser":"zhangsan","msgtype":"interactive_taskcard","interactive_taskcard":{"title":"t","task_id":"t1","btn":[{"key":"k","name":"批准"}]}`)
		rc.Next(rc.Reply(`<xml><MsgType>update_taskcard</MsgType><TaskCard><ReplaceName>已批</ReplaceName></TaskCard></xml>`))
		no := messagesOf(t, w, "zhangsan", a.AgentID)[0].No
		click := func() error {
			return as(w, w.Corp, "zhangsan", func(ctx context.Context, tx *store.Tx, m directory.Member) error {
				return w.Server.Messages.AnswerCard(ctx, tx, w.CorpID, m, no, message.CardAnswer{Key: "k"})
			})
		}
		if err := click(); err != nil {
			t.Fatal(err)
		}
		w.Delivered()
		if got := rc.Take(); len(got) != 1 || !strings.HasSuffix(got[0].XML(), fmt.Sprintf(`<EventKey><![CDATA[k]]></EventKey><TaskId><![CDATA[t1]]></TaskId><AgentId>%d</AgentId></xml>`, a.AgentID)) {
			t.Errorf("pushed %v", got)
		}
		if got := has(t, w, w.Corp, "zhangsan", a.AgentID)[0]; !strings.Contains(got, `"replace_name":"已批"`) {
			t.Errorf("zhangsan has %s", got)
		}
		if err := click(); err == nil {
			t.Error("a replaced button could be pressed")
		}
	})
}
