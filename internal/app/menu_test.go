package app_test

import (
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// call is a call by one application, and its outcome.
type call struct {
	name string
	as   *qiweitest.Client
	// to is the path below /cgi-bin/; $agentid stands for the caller's own in it and
	// in the body. A call without a body is a GET.
	to, body string
	// want is the code, and after it, if anything, what stands in the answer.
	want string
}

func (c call) check(t *testing.T) {
	t.Helper()
	method, own := "POST", strings.NewReplacer("$agentid", strconv.FormatInt(c.as.AgentID, 10))
	if c.body == "" {
		method = "GET"
	}
	got := c.as.Call(method, "/cgi-bin/"+own.Replace(c.to), own.Replace(c.body))
	code, says, _ := strings.Cut(c.want, " ")
	if strconv.Itoa(got.ErrCode) != code || !strings.Contains(got.Body, says) {
		t.Errorf("%s: %s %.300s: %s; want %s", c.name, c.to, c.body, got.Body, c.want)
	}
}

func checkAll(t *testing.T, calls []call) {
	t.Helper()
	for _, c := range calls {
		c.check(t)
	}
}

// documentedMenu are the buttons of the page's second sample.
const documentedMenu = `{"button":[
	{"name":"扫码","sub_button":[
		{"type":"scancode_waitmsg","name":"扫码带提示","key":"rselfmenu_0_0","sub_button":[]},
		{"type":"scancode_push","name":"扫码推事件","key":"rselfmenu_0_1","sub_button":[]},
		{"type":"view_miniprogram","name":"小程序","pagepath":"pages/lunar/index","appid":"wx0123456789abcdef"}]},
	{"name":"发图","sub_button":[
		{"type":"pic_sysphoto","name":"系统拍照发图","key":"rselfmenu_1_0","sub_button":[]},
		{"type":"pic_photo_or_album","name":"拍照或者相册发图","key":"rselfmenu_1_1","sub_button":[]},
		{"type":"pic_weixin","name":"微信相册发图","key":"rselfmenu_1_2","sub_button":[]}]},
	{"name":"发送位置","type":"location_select","key":"rselfmenu_2_0"}]}`

func TestMenu(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		self, other := w.As(access.SelfBuilt), w.Second.As(access.SelfBuilt)
		const create, get, del = "menu/create?agentid=$agentid", "menu/get?agentid=$agentid", "menu/delete?agentid=$agentid"
		first := func(button string) string { return `{"button":[` + button + `]}` }
		second := func(button string) string { return `{"button":[{"name":"菜单","sub_button":[` + button + `]}]}` }
		many := func(n int, button string) string { return strings.TrimSuffix(strings.Repeat(button+",", n), ",") }
		const click = `{"type":"click","name":"歌","key":"K"}`
		named := func(n int) string { return `{"type":"click","name":"` + strings.Repeat("n", n) + `","key":"K"}` }
		keyed := func(n int) string { return `{"type":"click","name":"歌","key":"` + strings.Repeat("k", n) + `"}` }
		view := func(u string) string { return `{"type":"view","name":"页","url":"` + u + `"}` }
		long := func(n int) string { return "https://a.example/" + strings.Repeat("u", n-len("https://a.example/")) }
		checkAll(t, []call{
			{"before there is one", self, get, "", "46003"},
			{"the documented menu", self, create, documentedMenu, "0"},
			{"reads back without a member around it", self, get, "", `0 "errmsg":"ok","button":[{"name":"扫码","sub_button":[{"type":"scancode_waitmsg","name":"扫码带提示","key":"rselfmenu_0_0","sub_button":[]}`},
			{"with an empty list only where there was one", self, get, "", `0 "appid":"wx0123456789abcdef"}]}`},
			{"another enterprise's is its own", other, get, "", "46003"},
			{"a new menu replaces the old one", self, create, first(click), "0"},
			{"wholly", self, get, "", `0 "button":[` + `{"type":"click","name":"歌","key":"K"}]}`},

			{"no buttons", self, create, `{}`, "40016"},
			{"an empty list", self, create, `{"button":[]}`, "40016"},
			{"3 buttons", self, create, first(many(3, click)), "0"},
			{"4 buttons", self, create, first(many(4, click)), "40016"},
			{"5 below one", self, create, second(many(5, click)), "0"},
			{"6 below one", self, create, second(many(6, click)), "40023"},
			{"three levels", self, create, second(`{"name":"下","sub_button":[` + click + `]}`), "40022"},

			{"no name", self, create, first(`{"type":"click","key":"K"}`), "41102"},
			{"an empty name", self, create, first(`{"type":"click","name":"","key":"K"}`), "40018"},
			{"a name of 16 bytes", self, create, first(named(16)), "0"},
			{"a name of 17 bytes", self, create, first(named(17)), "40018"},
			{"below: no name", self, create, second(`{"type":"click","key":"K"}`), "41102"},
			{"below: a name of 40 bytes", self, create, second(named(40)), "0"},
			{"below: a name of 41 bytes", self, create, second(named(41)), "40025"},

			{"no type", self, create, first(`{"name":"歌","key":"K"}`), "40017"},
			{"an unknown type", self, create, first(`{"type":"media_id","name":"歌","key":"K"}`), "40017"},
			{"below: no type", self, create, second(`{"name":"歌","key":"K"}`), "40024"},

			{"no key", self, create, first(`{"type":"click","name":"歌"}`), "40019"},
			{"a key of 128 bytes", self, create, first(keyed(128)), "0"},
			{"a key of 129 bytes", self, create, first(keyed(129)), "40019"},
			{"below: no key", self, create, second(`{"type":"pic_weixin","name":"歌"}`), "40026"},
			{"below: a key of 129 bytes", self, create, second(keyed(129)), "40026"},

			{"a page", self, create, first(view("http://www.soso.com/")), "0"},
			{"a payment", self, create, first(view("weixin://wxpay/bizpayurl?pr=1")), "0"},
			{"another scheme", self, create, first(view("ftp://a.example/")), "40055"},
			{"no url", self, create, first(`{"type":"view","name":"页"}`), "40055"},
			{"a url of 1024 bytes", self, create, first(view(long(1024))), "0"},
			{"a url of 1025 bytes", self, create, first(view(long(1025))), "40020"},
			{"below: a host alone", self, create, second(view("a.example")), "40054"},
			{"below: a url of 1025 bytes", self, create, second(view(long(1025))), "40027"},

			{"a mini program that is not bound", self, create, first(`{"type":"view_miniprogram","name":"程","pagepath":"p","appid":"wx1"}`), "90206"},
			{"a mini program without a page", self, create, first(`{"type":"view_miniprogram","name":"程","appid":"wx0123456789abcdef"}`), "40058"},
			{"a refused menu changes nothing", self, get, "", `0 "url":"` + long(1024) + `"`},

			{"no agentid", self, "menu/create", first(click), "41011"},
			{"an agentid that is no number", self, "menu/create?agentid=x", first(click), "40056"},
			{"an unknown agentid", self, "menu/get?agentid=1", "", "40056"},
			{"another application's agentid", w.As(access.CustomerContact), "menu/get?agentid=" + strconv.FormatInt(self.AgentID, 10), "", "301002"},
			{"by a third party", w.As(access.ThirdParty), create, first(click), "48002"},
			{"by contact sync", w.As(access.ContactSync), create, first(click), "48002"},

			{"deleted", self, del, "", "0"},
			{"and gone", self, get, "", "46003"},
			{"deleted again", self, del, "", "0"},
		})
	})
}
