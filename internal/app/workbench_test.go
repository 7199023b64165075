package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/qiweitest"
)

const (
	setTemplate = "agent/set_workbench_template"
	getTemplate = "agent/get_workbench_template"
	setData     = "agent/set_workbench_data"
	setMany     = "agent/batch_set_workbench_data"
	getData     = "agent/get_workbench_data"
)

func customWorkbench(c *qiweitest.Client) *qiweitest.Client {
	c.Configure(func(a *app.App) { a.CustomWorkbench = true })
	return c
}

func TestWorkbench(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		self := w.As(access.SelfBuilt)
		narrow := customWorkbench(w.WithApp(access.SelfBuilt, app.Settings{Range: access.Range{Members: []id.UserID{"lisi"}}}))
		call{"before an administrator lets it", self, setTemplate, `{"agentid":$agentid,"type":"image"}`, "94000"}.check(t)
		w.Events()
		customWorkbench(self)
		if e := w.Events(); !slices.Equal(e, []string{"switch_workbench_mode"}) {
			t.Errorf("switched on: events %q", e)
		}
		const agent = `{"agentid":$agentid}`
		template := func(rest string) string { return `{"agentid":$agentid,` + rest + `}` }
		member := func(user, rest string) string { return `{"agentid":$agentid,"userid":"` + user + `",` + rest + `}` }
		item := func(n int, text string) string {
			return `"items":[` + strings.TrimSuffix(strings.Repeat(text+",", n), ",") + `]`
		}
		const number, line = `{"key":"待审批","data":"2"}`, `{"title":"题"}`
		checkAll(t, []call{
			{"no template yet", self, getTemplate, agent, "94008"},
			{"nor anything to a member", self, getData, `{"agentid":$agentid,"userid":"lisi"}`, "94008"},
			{"data without a template", self, setData, member("lisi", `"type":"image","image":{"url":"https://a.example/a.png"}`), "94008"},
			{"no type", self, setTemplate, agent, "94001"},
			{"an unknown type", self, setTemplate, template(`"type":"video"`), "94001"},

			{"a picture for all", self, setTemplate, template(`"type":"image","image":{"url":"https://a.example/a.png","jump_url":"http://www.qq.com"},"replace_user_data":true`), "0"},
			{"reads back", self, getTemplate, agent, `0 "type":"image","image":{"url":"https://a.example/a.png","jump_url":"http://www.qq.com"},"replace_user_data":true}`},
			{"and every member is shown it", self, getData, `{"agentid":$agentid,"useridt":"lisi"}`, `0 "data":{"type":"image","image":{"url":"https://a.example/a.png"`},
			{"a picture for one", self, setData, member("lisi", `"type":"image","image":{"url":"https://a.example/b.png"}`), "0"},
			{"who is shown that", self, getData, `{"agentid":$agentid,"userid":"LiSi"}`, `0 b.png`},
			{"and others are not", self, getData, `{"agentid":$agentid,"userid":"wangwu"}`, `0 a.png`},
			{"a new template leaves it", self, setTemplate, template(`"type":"image","image":{"url":"https://a.example/c.png"}`), "0"},
			{"as it is", self, getData, `{"agentid":$agentid,"userid":"lisi"}`, `0 b.png`},
			{"one that replaces", self, setTemplate, template(`"type":"image","image":{"url":"https://a.example/d.png"},"replace_user_data":true`), "0"},
			{"does not", self, getData, `{"agentid":$agentid,"userid":"lisi"}`, `0 d.png`},
			{"a picture without a url", self, setData, member("lisi", `"type":"image","image":{}`), "94013"},
			{"no picture", self, setData, member("lisi", `"type":"image"`), "94013"},
			{"another type than the template's", self, setData, member("lisi", `"type":"list","list":{`+item(1, line)+`}`), "94001"},

			{"a type without content", self, setTemplate, template(`"type":"keydata"`), "0"},
			{"4 numbers", self, setData, member("lisi", `"type":"keydata","keydata":{`+item(4, number)+`}`), "0"},
			{"5 numbers", self, setData, member("lisi", `"type":"keydata","keydata":{`+item(5, number)+`}`), "94003"},
			{"no numbers", self, setData, member("lisi", `"type":"keydata"`), "94002"},
			{"a number without its value", self, setData, member("lisi", `"type":"keydata","keydata":{"items":[{"key":"k"}]}`), "94012"},
			{"a value of 65 characters", self, setData, member("lisi", `"type":"keydata","keydata":{"items":[{"data":"`+strings.Repeat("数", 65)+`"}]}`), "40058"},
			{"a key of 65 characters", self, setData, member("lisi", `"type":"keydata","keydata":{"items":[{"key":"`+strings.Repeat("数", 65)+`","data":"1"}]}`), "40058"},
			{"both of 64", self, setData, member("lisi", `"type":"keydata","keydata":{"items":[{"key":"`+strings.Repeat("数", 64)+`","data":"`+strings.Repeat("数", 64)+`"}]}`), "0"},
			{"an address and a page of 1024", self, setData, member("lisi", `"type":"keydata","keydata":{"items":[{"data":"2","jump_url":"`+strings.Repeat("页", 1024)+`","pagepath":"`+strings.Repeat("页", 1024)+`"}]}`), "0"},
			{"an address of 1025", self, setData, member("lisi", `"type":"keydata","keydata":{"items":[{"data":"2","jump_url":"`+strings.Repeat("a", 1025)+`"}]}`), "40058"},
			{"a page of 1025", self, setData, member("lisi", `"type":"keydata","keydata":{"items":[{"data":"2","pagepath":"`+strings.Repeat("a", 1025)+`"}]}`), "40058"},
			{"a number again", self, setData, member("lisi", `"type":"keydata","keydata":{`+item(1, number)+`}`), "0"},
			{"to several at once", self, setMany, template(`"userid_list":["zhangsan","WangWu"],"data":{"type":"keydata","keydata":{` + item(1, number) + `}}`), "0"},
			{"reads back", self, getData, `{"agentid":$agentid,"userid":"wangwu"}`, `0 "data":{"type":"keydata","keydata":{"items":[{"key":"待审批","data":"2"}]}}}`},
			{"to an unknown member among them", self, setMany, template(`"userid_list":["lisi","nobody"],"data":{"type":"keydata","keydata":{"items":[{"data":"9"}]}}`), "60111"},
			{"nobody is changed", self, getData, `{"agentid":$agentid,"userid":"lisi"}`, `0 "data":"2"`},
			{"to nobody", self, setMany, template(`"userid_list":[],"data":{"type":"keydata"}`), "41009"},
			{"to 1001", self, setMany, template(`"userid_list":[` + strings.TrimSuffix(strings.Repeat(`"lisi",`, 1001), ",") + `],"data":{"type":"keydata"}`), "40032"},
			{"without data", self, setMany, template(`"userid_list":["lisi"]`), "94001"},

			{"lines", self, setTemplate, template(`"type":"list","list":{` + item(3, line) + `}`), "0"},
			{"4 lines", self, setTemplate, template(`"type":"list","list":{` + item(4, line) + `}`), "94006"},
			{"data of the old type is gone", self, getData, `{"agentid":$agentid,"userid":"wangwu"}`, `0 "title":"题"`},
			{"no lines", self, setData, member("lisi", `"type":"list"`), "94005"},
			{"a line without its title", self, setData, member("lisi", `"type":"list","list":{"items":[{}]}`), "94010"},
			{"an empty title", self, setData, member("lisi", `"type":"list","list":{"items":[{"title":""}]}`), "94014"},
			{"a title of a byte, and one of 128", self, setData, member("lisi", `"type":"list","list":{"items":[{"title":"t"},{"title":"`+strings.Repeat("t", 128)+`"}]}`), "0"},
			{"a title of 129 bytes", self, setData, member("lisi", `"type":"list","list":{"items":[{"title":"`+strings.Repeat("t", 129)+`"}]}`), "94014"},

			{"a page that is not said yet", self, setTemplate, template(`"type":"webview"`), "0"},
			{"of any height", self, setData, member("lisi", `"type":"webview","webview":{"url":"http://www.qq.com"}`), "0"},
			{"a page", self, setTemplate, template(`"type":"webview","webview":{"url":"http://www.qq.com","height":"single_row","hide_title":true}`), "0"},
			{"reads back", self, getTemplate, agent, `0 "webview":{"url":"http://www.qq.com","height":"single_row","hide_title":true,"enable_webview_click":false},"replace_user_data":false}`},
			{"a page of another height", self, setData, member("lisi", `"type":"webview","webview":{"url":"http://www.qq.com"}`), "94016"},
			{"a page of no known height", self, setData, member("lisi", `"type":"webview","webview":{"url":"http://www.qq.com","height":"tall"}`), "94011"},
			{"a page of the same", self, setData, member("lisi", `"type":"webview","webview":{"url":"http://www.qq.com","height":"single_row"}`), "0"},
			{"a page without a url", self, setData, member("lisi", `"type":"webview","webview":{}`), "94015"},
			{"no page", self, setData, member("lisi", `"type":"webview"`), "94007"},

			{"back to the icon", self, setTemplate, template(`"type":"normal"`), "0"},
			{"reads back", self, getTemplate, agent, `0 "type":"normal","replace_user_data":false}`},
			{"and members can be shown nothing", self, setData, member("lisi", `"type":"webview","webview":{"url":"http://www.qq.com"}`), "94008"},

			{"another application's range", narrow, setTemplate, template(`"type":"image"`), "0"},
			{"within", narrow, setData, member("lisi", `"type":"image","image":{"url":"https://a.example/b.png"}`), "0"},
			{"outside", narrow, setData, member("wangwu", `"type":"image","image":{"url":"https://a.example/b.png"}`), "60011"},
			{"outside, to read", narrow, getData, `{"agentid":$agentid,"userid":"wangwu"}`, "60011"},
			{"no member", self, setData, template(`"type":"webview"`), "41009"},
			{"no agentid", self, setTemplate, `{"type":"image"}`, "41011"},
			{"by contact sync", w.As(access.ContactSync), setTemplate, template(`"type":"image"`), "48002"},
		})
		if e := w.Events(); e != nil {
			t.Errorf("events %q; want none", e)
		}
	})
}

// A write that collides and runs again counts once.
func TestWorkbenchFrequency(t *testing.T) {
	w := qiweitest.New(t, qiweitest.WithLimits(), qiweitest.WithCollisions())
	self := customWorkbench(w.As(access.SelfBuilt))
	const data = `{"agentid":$agentid,"userid":"lisi","type":"image","image":{"url":"https://a.example/b.png"}}`
	call{"a template", self, setTemplate, `{"agentid":$agentid,"type":"image"}`, "0"}.check(t)
	for range 10 {
		call{"ten in a minute", self, setData, data, "0"}.check(t)
	}
	call{"one more", self, setData, data, "45009"}.check(t)
	call{"for somebody else", self, setData, strings.ReplaceAll(data, "lisi", "wangwu"), "0"}.check(t)
	w.Advance(time.Minute + time.Second)
	call{"a minute later", self, setData, data, "0"}.check(t)
}
