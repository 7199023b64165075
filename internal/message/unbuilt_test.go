package message_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// What is not built says so, to those who might send it: a template of the platform's
// is sent by third parties alone.
func TestTemplatesAreNotBuilt(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		third := w.As(access.ThirdParty)
		got := third.Call("POST", "/cgi-bin/message/send",
			fmt.Sprintf(`{"touser":"lisi","agentid":%d,"msgtype":"template_msg","template_msg":{"template_id":"t"}}`, third.AgentID))
		if got.ErrCode != 48002 || !strings.Contains(got.ErrMsg, "not built in qiwei: template_msg") {
			t.Errorf("%s, want 48002 and the sentence", got.Body)
		}
	})
}
