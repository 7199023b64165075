package event_test

import (
	"encoding/xml"
	"testing"
	"time"
	"unicode/utf8"

	"qiwei/internal/event"
)

// TestXML compares with the message of the vectors that come with the official
// description (doc 90968), and with what the pages print.
func TestXML(t *testing.T) {
	p := event.Push{Event: "change_contact"}
	p.Fields.Bare("ChangeType", "create_user")
	p.Fields.Text("UserID", "zhangsan")
	p.Fields.Text("Name", "张三")
	p.Fields.Text("Department", "1,2")
	const want = `<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>1700000001</CreateTime>` +
		`<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[change_contact]]></Event><ChangeType>create_user</ChangeType>` +
		`<UserID><![CDATA[zhangsan]]></UserID><Name><![CDATA[张三]]></Name><Department><![CDATA[1,2]]></Department></xml>`
	if got := p.XML("ww1234567890abcdef", time.Unix(1700000001, 0)); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	m := event.Push{MsgType: "text", From: "zhangsan"}
	m.Fields.Text("Content", "hello")
	m.Fields.Int("MsgId", 7300000000000000001)
	m.Fields.Int("AgentID", 1000002)
	const message = `<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName><CreateTime>1700000008</CreateTime>` +
		`<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hello]]></Content><MsgId>7300000000000000001</MsgId><AgentID>1000002</AgentID></xml>`
	if got := m.XML("ww1234567890abcdef", time.Unix(1700000008, 0)); got != message {
		t.Errorf("%s\nwant %s", got, message)
	}
}

// FuzzXML: whatever a member writes into his name, a receiver can read the push
// and reads the name, without what XML cannot carry.
func FuzzXML(f *testing.F) {
	for _, s := range []string{"", "张三", "]]>", "]]", "<b>&amp;</b>", "a\x00b", "\xff\xfe", "\ufffe", "\ufffd", "\r\n", "<![CDATA[x]]>", "]]]]><![CDATA[>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := event.Push{Event: "e"}
		var inner event.Fields
		inner.Text("Text", s)
		inner.Bare("Bare", s)
		p.Fields.Group("Group", inner)
		text := p.XML(s, time.Unix(0, 0))
		var got struct {
			To   string `xml:"ToUserName"`
			Text string `xml:"Group>Text"`
			Bare string `xml:"Group>Bare"`
		}
		if err := xml.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		if got.To != got.Text || got.Text != got.Bare {
			t.Errorf("%q became %q, %q and %q", s, got.To, got.Text, got.Bare)
		}
		// Go's decoder, as XML wants, makes one line end of \r\n and of \r.
		if printable(s) && got.Text != s {
			t.Errorf("%q became %q", s, got.Text)
		}
	})
}

func printable(s string) bool {
	for _, r := range s {
		if r < 0x20 || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError {
			return false
		}
	}
	return utf8.ValidString(s)
}
