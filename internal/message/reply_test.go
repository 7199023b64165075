package message_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"qiwei/internal/message"
)

// FuzzReply reads applications' answers, which may be anything.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{
		`<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[收到]]></Content></xml>`,
		`<xml><MsgType>news</MsgType><ArticleCount>1</ArticleCount><Articles><item><Title>t</Title><Url>https://a.example</Url></item></Articles></xml>`,
		`<xml><MsgType>video</MsgType><Video><MediaId>3a</MediaId></Video></xml>`,
		`<xml><MsgType>update_template_card</MsgType><TemplateCard><CardType>vote_interaction</CardType><CheckBox><QuestionKey>q</QuestionKey><OptionList><Id>a</Id><IsChecked>true</IsChecked></OptionList></CheckBox></TemplateCard></xml>`,
		`<xml><MsgType>update_template_card</MsgType><TemplateCard><CardImage><AspectRatio>1e999</AspectRatio></CardImage></TemplateCard></xml>`,
		`success`, ` <`, `<xml/>`, `<xml><MsgType>text</MsgType>`, strings.Repeat(`<a>`, 100), `<!DOCTYPE x [<!ENTITY a "b">]><xml><Content>&a;</Content></xml>`, "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		content, card, read, err := message.ReadReply([]byte(body))
		if !read && (content != "" || card != nil) {
			t.Errorf("what was not read has %q, %+v", content, card)
		}
		if err == nil && read && utf8.ValidString(body) && !utf8.ValidString(content) {
			t.Errorf("the content is no UTF-8: %q", content)
		}
	})
}
