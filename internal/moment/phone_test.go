package moment_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// A member publishes the corp's moment and one of their own on the page; customers see both and answer.
func TestPhoneMoments(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang, li, foreign := h.Phone("zhangsan"), h.Phone("lisi"), h.Second.Phone("zhangsan")
		ma, bai := h.add("zhangsan", "马"), h.add("lisi", "白")
		_, corps := h.propose(h.App, `{"text":{"content":"企业的"},"visible_range":{"sender_list":{"user_list":["zhangsan"]}}}`)
		if got := qiweitest.Lines(zhang.Ask("moments").List("todo"), "moment_id", "text", "own"); len(got) != 1 || got[0] != corps+" 企业的 false" {
			t.Fatalf("%q", got)
		}
		if n := len(li.Ask("moments").List("todo")) + len(foreign.Ask("moments").List("todo")); n != 0 {
			t.Errorf("%d of others", n)
		}
		li.Does("moments/"+corps+"/publish", 400, qiweitest.JSON{})
		if got := zhang.Does("moments/"+corps+"/publish", 200, qiweitest.JSON{}); got.Int("customers") != 1 {
			t.Errorf("%v", got)
		}
		zhang.Does("moments/"+corps+"/publish", 400, qiweitest.JSON{})
		h.Advance(60e9)
		own := zhang.Does("moments", 200, qiweitest.JSON{"text": "自己的"}).Text("moment_id")
		zhang.Does("moments", 400, qiweitest.JSON{})
		sees := func(external string) (out []string) {
			var got qiweitest.JSON
			h.Get("/_qiwei/wechat/moments?corpid=" + h.CorpID + "&external_userid=" + external).Decode(&got)
			return qiweitest.Lines(got.List("moments"), "text", "by.userid")
		}
		if got := sees(ma); strings.Join(got, "|") != "自己的 zhangsan|企业的 zhangsan" {
			t.Errorf("%q", got)
		}
		if got := sees(bai); len(got) != 0 {
			t.Errorf("%q", got)
		}
		h.Play("moment/like", `{"moment_id":%q,"userid":"zhangsan","external_userid":%q}`, own, ma)
		h.Play("moment/comment", `{"moment_id":%q,"userid":"zhangsan","external_userid":%q,"text":"好看"}`, own, ma)
		zhang.Does("moments/"+own+"/comment", 200, qiweitest.JSON{"text": "谢谢"})
		zhang.Does("moments/"+own+"/comment", 400, qiweitest.JSON{"text": ""})
		zhang.Does("moments/"+own+"/smell", 404, qiweitest.JSON{})
		m := qiweitest.First(zhang.Ask("moments").List("published"), 0)
		if got := strings.Join(append(qiweitest.Lines(m.List("likes"), "name"), qiweitest.Lines(m.List("comments"), "text")...), "|"); got != "马|好看|谢谢" {
			t.Error(got)
		}
		zhang.Does("moments/"+corps+"/delete", 400, qiweitest.JSON{})
		zhang.Does("moments/"+own+"/delete", 200, qiweitest.JSON{})
		if got := sees(ma); strings.Join(got, "|") != "企业的 zhangsan" {
			t.Errorf("%q", got)
		}
	})
}

// The pictures of a moment are read by the member who publishes it, and by scripts.
func TestPhoneMomentFiles(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang := h.Phone("zhangsan")
		h.add("zhangsan", "马")
		media := h.upload(h.App, 1)
		_, momentID := h.propose(h.App, fmt.Sprintf(`{"attachments":[{"msgtype":"image","image":{"media_id":%q}}],"visible_range":{"sender_list":{"user_list":["zhangsan"]}}}`, media))
		m := qiweitest.First(zhang.Ask("moments").List("todo"), 0)
		path, _ := m["files"].(map[string]any)[m.List("images")[0].(string)].(string)
		if got := zhang.Get(path); got.Status != 200 || !strings.HasPrefix(got.Header.Get("Content-Type"), "image/") {
			t.Errorf("%s: %d", path, got.Status)
		}
		for who, p := range map[string]qiweitest.Phone{"li": h.Phone("lisi"), "the twin": h.Second.Phone("zhangsan")} {
			if got := p.Get(path); got.Status != 404 {
				t.Errorf("%s: %d", who, got.Status)
			}
		}
		dev := fmt.Sprintf("/_qiwei/wechat/moments/%s/%s/files/%s", h.CorpID, momentID, m.List("images")[0])
		if got := zhang.Get(dev); got.Status != 200 {
			t.Errorf("%s: %d", dev, got.Status)
		}
	})
}
