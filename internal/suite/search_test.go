package suite_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

type searched struct {
	Code   int `json:"errcode"`
	Result struct {
		User, Dismiss struct {
			UserIDs []string `json:"userid"`
			Open    []string `json:"open_userid"`
		}
		Party struct {
			IDs []int64 `json:"department_id"`
		}
	} `json:"query_result"`
	Last bool   `json:"is_last"`
	Next string `json:"next_cursor"`
}

// TestContactSearch: a provider finds members and departments in the range of its
// applications by name, by sound and by English name, and those who have left.
func TestContactSearch(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		in := h.install() // department 2 and wangwu
		w.As(access.ContactSync).Configure(func(a *app.App) { a.Legacy = true })
		for i, name := range []string{"欧阳锋", "欧阳克", "黄药师"} {
			h.contact("user/create", fmt.Sprintf(`{"userid":"m%d","name":"%s","english_name":"West%d","mobile":"1390000000%d","department":[2]}`, i, name, i, i))
		}
		h.contact("user/create", `{"userid":"outside","name":"欧阳外","mobile":"13900000009","department":[4]}`)
		h.contact("department/create", `{"id":70,"name":"欧阳组","parentid":2}`)
		h.contact("department/create", `{"id":71,"name":"欧阳外组","parentid":4}`)
		provider := h.providerToken()
		search := func(body string) string {
			return h.Send("POST", "/cgi-bin/service/contact/search?provider_access_token="+provider, `{"auth_corpid":"`+in.OpenCorpID+`",`+body+`}`).Body
		}
		for _, tt := range []struct {
			body           string
			users, parties int
		}{
			{`"query_word":"欧阳"`, 2, 1},
			{`"query_word":"ouyang","query_type":1`, 2, 0},
			{`"query_word":"oyf"`, 1, 0},
			{`"query_word":"west"`, 3, 0},
			{`"query_word":"WEST1","full_match_field":2`, 1, 0},
			{`"query_word":"west","full_match_field":2`, 0, 0},
			{`"query_word":"欧阳","full_match_field":1`, 0, 0},
			{`"query_word":"欧阳锋","full_match_field":1`, 1, 0},
			{`"query_word":"欧阳","query_type":2,"agentid":` + itoa(in.AgentID), 0, 1},
		} {
			var got searched
			body := search(tt.body)
			h.Send("POST", "/cgi-bin/service/contact/search?provider_access_token="+provider, `{"auth_corpid":"`+in.OpenCorpID+`",`+tt.body+`}`).Decode(&got)
			if len(got.Result.User.UserIDs) != tt.users || len(got.Result.Party.IDs) != tt.parties || !got.Last || strings.Contains(body, `"m0"`) {
				t.Errorf("%s: %s, want %d and %d", tt.body, body, tt.users, tt.parties)
			}
		}
		var page searched
		seen := map[string]bool{}
		for range 3 {
			h.Send("POST", "/cgi-bin/service/contact/search?provider_access_token="+provider,
				`{"auth_corpid":"`+in.OpenCorpID+`","query_word":"west","query_type":1,"limit":1,"cursor":"`+page.Next+`"}`).Decode(&page)
			for _, u := range page.Result.User.Open {
				seen[u] = true
			}
		}
		if len(seen) != 3 || !page.Last {
			t.Errorf("page by page: %v, %+v", seen, page)
		}
		h.contact("user/delete?userid=m0", "")
		if got := search(`"query_word":"欧阳","query_range":1`); !strings.Contains(got, `"dismiss_user":{"userid":[]`) {
			t.Errorf("one who left and had not activated: %s", got)
		}
		h.contact("user/delete?userid=lisi", "")
		if got := search(`"query_word":"lisi","query_range":1`); !strings.Contains(got, `"dismiss_user":{"userid":["wo`) {
			t.Errorf("one who left: %s", got)
		}
		w.Advance(366 * 24 * time.Hour)
		provider = h.providerToken()
		if got := search(`"query_word":"lisi","query_range":1`); !strings.Contains(got, `"dismiss_user":{"userid":[]`) {
			t.Errorf("one who left long ago: %s", got)
		}
		if got := h.Send("POST", "/cgi-bin/service/contact/batchsearch?provider_access_token="+provider,
			`{"auth_corpid":"`+in.OpenCorpID+`","query_request_list":[{"query_word":"欧阳"},{"query_word":"黄","query_type":1}]}`).Body; strings.Count(got, `"query_result":`) != 2 ||
			!strings.Contains(got, `"department_id":[70]`) {
			t.Errorf("batchsearch: %s", got)
		}
		for body, want := range map[string]string{
			`"query_word":""`: "40063", `"query_word":"` + strings.Repeat("长", 65) + `"`: "40058", `"query_word":"a","limit":201`: "40058",
			`"query_word":"a","query_type":3`: "40058", `"query_word":"a","cursor":"x"`: "40058", `"query_word":"a","agentid":1`: "60011",
		} {
			if got := search(body); !strings.Contains(got, `"errcode":`+want) {
				t.Errorf("%s: %s, want %s", body, got, want)
			}
		}
	})
}

// TestContactSort: members are put in the order of how their names sound.
func TestContactSort(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		in, token := h.corpToken()
		for i, name := range []string{"赵一", "李二", "李二"} {
			h.contact("user/create", fmt.Sprintf(`{"userid":"m%d","name":"%s","alias":"a%d","mobile":"1390000000%d","department":[2]}`, i, name, i, i))
		}
		var conv struct {
			Users []struct {
				Open string `json:"open_userid"`
			} `json:"open_userid_list"`
		}
		h.Send("POST", "/cgi-bin/batch/userid_to_openuserid?access_token="+token, `{"userid_list":["m0","m1","m2"]}`).Decode(&conv)
		ids := make([]string, 3)
		for i, u := range conv.Users {
			ids[i] = `"` + u.Open + `"`
		}
		provider := h.providerToken()
		for options, want := range map[string][]int{
			``: {1, 2, 0}, `,"sort_options":[{"sort_field":0,"sort_type":1},{"sort_field":1,"sort_type":1}]`: {0, 2, 1},
			`,"sort_options":[{"sort_field":1,"sort_type":0}]`: {0, 1, 2}, `,"sort_type":1`: {0, 1, 2},
		} {
			list := []string{ids[want[0]], ids[want[1]], ids[want[2]]}
			got := h.Send("POST", "/cgi-bin/service/contact/sort?provider_access_token="+provider, `{"auth_corpid":"`+in.OpenCorpID+`","useridlist":[`+strings.Join(ids, ",")+`]`+options+`}`).Body
			if !strings.Contains(got, `"useridlist":[`+strings.Join(list, ",")+`]`) {
				t.Errorf("%s: %s, want %v", options, got, want)
			}
		}
		for _, option := range []string{`"sort_field":-1,"sort_type":0`, `"sort_field":2,"sort_type":0`, `"sort_field":0,"sort_type":-1`, `"sort_field":1,"sort_type":2`} {
			if got := h.call("POST", "/cgi-bin/service/contact/sort?provider_access_token="+provider, `{"auth_corpid":"`+in.OpenCorpID+`","useridlist":[`+ids[0]+`],"sort_options":[{`+option+`}]}`); got.Code != 40058 {
				t.Errorf("%s: %+v", option, got)
			}
		}
		if got := h.call("POST", "/cgi-bin/service/contact/sort?provider_access_token="+provider, `{"auth_corpid":"`+in.OpenCorpID+`","useridlist":["m0"]}`); got.Code != 60111 {
			t.Errorf("the corp's own id: %+v", got)
		}
	})
}
