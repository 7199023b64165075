package clients

import (
	"bytes"
	"image"
	"image/png"
	"strconv"
	"strings"
	"testing"

	"github.com/silenceper/wechat/v2/work/appchat"
	"github.com/silenceper/wechat/v2/work/message"
)

// TestSilenceperMessages sends the types that the library has: to a member and to
// a chat. It writes agentid as a text.
func TestSilenceperMessages(t *testing.T) {
	app := server.App("self_built")
	work := silenceper(app)
	ids := map[string]string{}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	for kind, content := range map[string]string{"image": picture.String(), "voice": "#!AMR\n" + strings.Repeat("\x3c"+strings.Repeat("\x00", 31), 50)} {
		up, err := work.GetMaterial().UploadTempFileFromReader("a", kind, strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		ids[kind] = up.MediaID
	}
	to := func(kind string) *message.SendRequestCommon {
		return &message.SendRequestCommon{ToUser: server.Corp.Members[0] + "|nobody_at_all", MsgType: kind, AgentID: strconv.Itoa(app.AgentID), EnableDuplicateCheck: 1}
	}
	m := work.GetMessage()
	for kind, send := range map[string]func() (*message.SendResponse, error){
		"text": func() (*message.SendResponse, error) {
			return m.SendText(message.SendTextRequest{SendRequestCommon: to("text"), Text: message.TextField{Content: unique("你好")}})
		},
		"image": func() (*message.SendResponse, error) {
			return m.SendImage(message.SendImageRequest{SendRequestCommon: to("image"), Image: message.ImageField{MediaID: ids["image"]}})
		},
		"voice": func() (*message.SendResponse, error) {
			return m.SendVoice(message.SendVoiceRequest{SendRequestCommon: to("voice"), Voice: message.VoiceField{MediaID: ids["voice"]}})
		},
	} {
		sent, err := send()
		if err != nil || sent.MsgID == "" || sent.InvalidUser != "nobody_at_all" {
			t.Errorf("%s: %+v, %v", kind, sent, err)
		}
	}
	_, err := m.SendImage(message.SendImageRequest{SendRequestCommon: to("image"), Image: message.ImageField{MediaID: ids["voice"]}})
	wantSilenceperCode(t, "a voice for an image", err, 40007)

	c := work.GetAppChat()
	in := &appchat.SendRequestCommon{ChatID: "nochatatall", MsgType: "text"}
	_, err = c.SendText(appchat.SendTextRequest{SendRequestCommon: in, Text: appchat.TextField{Content: "你好"}})
	wantSilenceperCode(t, "an unknown chat", err, 86003)
}
