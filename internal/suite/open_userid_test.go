package suite_test

import (
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

func TestOpenUserIDs(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		self, third := w.As(access.SelfBuilt), w.As(access.ThirdParty)
		agent := func(c *qiweitest.Client) string { return strconv.FormatInt(c.AgentID, 10) }
		many := `"a"` + strings.Repeat(`,"a"`, 1000)
		for _, tt := range []struct {
			name string
			as   *qiweitest.Client
			body string
			code int
			says string
		}{
			{"ids that nobody was given", self, `{"open_userid_list":["x","y"],"source_agentid":` + agent(third) + `}`, 0, `"userid_list":[],"invalid_open_userid_list":["x","y"]}`},
			{"an unknown source", self, `{"open_userid_list":["x"],"source_agentid":1}`, 40056, `"userid_list":[],"invalid_open_userid_list":[]}`},
			{"a source that is no provider's", self, `{"open_userid_list":["x"],"source_agentid":` + agent(self) + `}`, 40056, ""},
			{"no source", self, `{"open_userid_list":["x"]}`, 41011, ""},
			{"no ids", self, `{"open_userid_list":[],"source_agentid":` + agent(third) + `}`, 40063, ""},
			{"1001 ids", self, `{"open_userid_list":[` + many + `],"source_agentid":` + agent(third) + `}`, 40058, ""},
			{"by the third party itself", third, `{"open_userid_list":["x"],"source_agentid":` + agent(third) + `}`, 48002, ""},
			{"by contact sync", w.As(access.ContactSync), `{"open_userid_list":["x"],"source_agentid":` + agent(third) + `}`, 48002, ""},
		} {
			if got := tt.as.Call("POST", "/cgi-bin/batch/openuserid_to_userid", tt.body); got.ErrCode != tt.code || !strings.Contains(got.Body, tt.says) {
				t.Errorf("%s: %s, want %d %s", tt.name, got.Body, tt.code, tt.says)
			}
		}
	})
}
