package directory_test

import (
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// field is a value for one or several fields of a member: the answer of user/create and user/update to it,
// and how user/get shows it afterwards.
type field struct {
	name   string
	fields string // besides userid, name and mobile, or instead of them
	want   string // the code, and what the answer contains
	shown  string // contained in user/get
}

func chars(n int) string { return strings.Repeat("字", n) }

var fields = []field{
	{"a name of 64 characters", `"name":"` + chars(64) + `"`, "0", `"name":"` + chars(64) + `"`},
	{"a name of 65", `"name":"` + chars(65) + `"`, "60112", ""},
	{"an empty name", `"name":""`, "60112", ""},
	{"a name of spaces", `"name":"   "`, "60112", ""},
	{"a name with a line break", `"name":"a\nb"`, "60112", ""},
	{"a number for a name", `"name":7`, "0", `"name":"7"`},
	{"a name with quotes and signs", `"name":"O\"Neil <b>&amp;|😀"`, "0", `"name":"O\"Neil <b>&amp;|😀"`},
	{"a name in escapes", `"name":"\u5f20\u4e09"`, "0", `"name":"张三"`},

	{"an alias of 64 characters", `"alias":"` + chars(64) + `"`, "0", `"alias":"` + chars(64) + `"`},
	{"an alias of 65", `"alias":"` + chars(65) + `"`, "40058", ""},
	{"an empty alias", `"alias":""`, "0", `"alias":""`},

	{"a mobile number", `"mobile":"13700000001"`, "0", `"mobile":"13700000001"`},
	{"with the country code of the mainland", `"mobile":"+86 13700000001"`, "0", `"mobile":"13700000001"`},
	{"without the space", `"mobile":"+8613700000001"`, "0", `"mobile":"13700000001"`},
	{"with hyphens", `"mobile":"+86-137-0000-0001"`, "0", `"mobile":"13700000001"`},
	{"as a number", `"mobile":13700000001`, "0", `"mobile":"13700000001"`},
	{"of Hong Kong", `"mobile":"+852 5123 4567"`, "0", `"mobile":"+85251234567"`},
	{"of Hong Kong without its code", `"mobile":"51234567"`, "60103", ""},
	{"too short", `"mobile":"+1234"`, "60103", ""},
	{"of 32 characters", `"mobile":"+` + strings.Repeat("1", 31) + `"`, "0", `"mobile":"+` + strings.Repeat("1", 31) + `"`},
	{"of 33", `"mobile":"+` + strings.Repeat("1", 32) + `"`, "60103", ""},
	{"with letters", `"mobile":"1370000000x"`, "60103", ""},
	{"of the mainland with a digit too many", `"mobile":"137000000012"`, "60103", ""},
	{"another member's", `"mobile":"13800000003"`, "60104 \"errmsg\":\"mobile existed:wangwu\"", ""},
	{"another member's, written differently", `"mobile":"+86 138-0000-0003"`, "60104", ""},

	{"a mail address of 6 bytes", `"email":"a@b.cd"`, "0", `"email":"a@b.cd"`},
	{"of 5", `"email":"a@b.c"`, "60105", ""},
	{"of 64", `"email":"` + strings.Repeat("a", 52) + `@corp.exampl"`, "0", `@corp.exampl"`},
	{"of 65", `"email":"` + strings.Repeat("a", 52) + `@corp.example"`, "60105", ""},
	{"in capitals", `"email":"New@Corp.Example"`, "0", `"email":"new@corp.example"`},
	{"without an at sign", `"email":"corp.example"`, "60105", ""},
	{"with a name before it", `"email":"New <n@corp.example>"`, "60105", ""},
	{"without a dot behind the at sign", `"email":"root@localhost"`, "60105", ""},
	{"wrong, and no mobile number", `"mobile":"","email":"corp.example"`, "60141", ""},
	{"right, and no mobile number", `"mobile":"","email":"n@corp.example"`, "0", `"mobile":"","gender":"0","email":"n@corp.example"`},
	{"neither", `"mobile":"","email":""`, "60129 missing mobile or email", ""},

	{"a position of 128 characters", `"position":"` + chars(128) + `"`, "0", `"position":"` + chars(128) + `"`},
	{"of 129", `"position":"` + chars(129) + `"`, "301012", ""},
	{"a telephone of 32 characters", `"telephone":"+86-020-12345678901234567890,1234"`, "301013", ""},
	{"with all signs that may be", `"telephone":"+86-020-1234567,12"`, "0", `"telephone":"+86-020-1234567,12"`},
	{"of 33 characters", `"telephone":"` + strings.Repeat("1", 33) + `"`, "301013", ""},
	{"with a space", `"telephone":"020 123456"`, "301013", ""},
	{"an address of 128 characters", `"address":"` + chars(128) + `"`, "0", `"address":"` + chars(128) + `"`},
	{"of 129 characters", `"address":"` + chars(129) + `"`, "40058", ""},
	{"an external position of 12", `"external_position":"` + chars(12) + `"`, "0", `"external_position":"` + chars(12) + `"`},
	{"of 13", `"external_position":"` + chars(13) + `"`, "40058", ""},

	{"an English name", `"english_name":"J. Doe-Smith_2"`, "0", ""},
	{"an English name of 64 bytes", `"english_name":"` + strings.Repeat("e", 64) + `"`, "0", ""},
	{"of 65 bytes", `"english_name":"` + strings.Repeat("e", 65) + `"`, "301014", ""},
	{"with other letters", `"english_name":"Jörg"`, "301014", ""},

	{"gender as text", `"gender":"1"`, "0", `"gender":"1"`},
	{"gender as a number", `"gender":2`, "0", `"gender":"2"`},
	{"no gender", `"gender":"0"`, "0", `"gender":"0"`},
	{"an empty gender", `"gender":""`, "0", `"gender":"0"`},
	{"another gender", `"gender":"3"`, "40058", ""},
	{"a word for gender", `"gender":"男"`, "0 . Warning: wrong json format. ", `"gender":"0"`},

	{"disabled", `"enable":0`, "0", `"status":2`},
	{"disabled in words", `"enable":false`, "0", `"status":2`},
	{"enabled", `"enable":1`, "0", `"status":4`},

	{"departments", `"department":[3,2]`, "0", `"department":[3,2],"order":[0,0]`},
	{"departments as text", `"department":["3","2"]`, "0", `"department":[3,2]`},
	{"one of them twice", `"department":[3,2,3],"order":[1,2,3],"is_leader_in_dept":[0,1,0]`, "0", `"department":[3,2],"order":[1,2]`},
	{"a text for the list", `"department":"[3,2]"`, "40066 Warning: wrong json format. invalid party list", ""},
	{"a word in the list", `"department":[3,"x"]`, "40066", ""},
	{"a negative one", `"department":[-1]`, "40066", ""},
	{"one beyond 32 bits", `"department":[2147483648]`, "40066", ""},
	{"none among others", `"department":[2,0]`, "40066", ""},
	{"101 departments", `"department":` + list(101, "%d"), "60110", ""},

	{"orders", `"department":[3,2],"order":[4294967295,7]`, "0", `"order":[4294967295,7]`},
	{"too large an order", `"department":[3],"order":[4294967296]`, "40058", ""},
	{"a negative order", `"department":[3],"order":[-1]`, "40058", ""},
	{"an order too few", `"department":[3,2],"order":[1]`, "40058", ""},
	{"no orders", `"department":[3,2],"order":[]`, "0", `"order":[0,0]`},

	{"leading one of two", `"department":[3,2],"is_leader_in_dept":[0,1]`, "0", `"is_leader_in_dept":[0,1]`},
	{"a flag too few", `"department":[3,2],"is_leader_in_dept":[1]`, "60132", ""},
	{"a flag that is none", `"department":[3],"is_leader_in_dept":[2]`, "40058", ""},
	{"no flags", `"department":[3,2],"is_leader_in_dept":[]`, "0", `"is_leader_in_dept":[0,0]`},

	{"the second department as the main one", `"department":[3,2],"main_department":2`, "0", `"main_department":2`},
	{"as text, which one library sends", `"department":[3,2],"main_department":"2"`, "0", `"main_department":2`},
	{"a main department elsewhere", `"department":[3],"main_department":4`, "40058", ""},
	{"the first one where none is named", `"department":[3,4]`, "0", `"main_department":3`},

	{"a direct leader", `"direct_leader":["LISI"]`, "0", `"direct_leader":["lisi"]`},
	{"no direct leader", `"direct_leader":[]`, "0", `"direct_leader":[]`},
	{"two of them", `"direct_leader":["lisi","wangwu"]`, "60257", ""},
	{"an unknown one", `"direct_leader":["ghost"]`, "60111", ""},
	{"himself", `"direct_leader":["neu"]`, "60111", ""},
	{"a text for the list of one", `"direct_leader":"lisi"`, "0 . Warning: wrong json format. ", `"direct_leader":[]`},

	{"a channel of the corp", `"nickname":"甲视频"`, "0", `"wechat_channels":{"nickname":"甲视频","status":0}`},
	{"another channel", `"nickname":"乙视频"`, "41066", ""},
	{"an unknown picture", `"avatar_mediaid":"3aKp"`, "40007 invalid media_id", ""},
	{"no picture", `"avatar_mediaid":""`, "0", `/wwhead/`},
	{"fields of former days", `"weixinid":"wx","tel":"1","isleader":1,"english_name":"Neu","hide_mobile":0,"positions":["a"],"status":1`, "0", `"status":4`},
	{"fields that never were", `"nonsense":{"a":[1,{"b":null}]}`, "0", `"userid":"neu"`},
	{"null for whatever may be absent", `"alias":null,"department":null,"order":null,"is_leader_in_dept":null,"direct_leader":null,"extattr":null,
		"external_profile":null,"gender":null,"enable":null,"email":null,"to_invite":null,"main_department":null,"biz_mail":null`, "0", `"status":4`},

	{"extended attributes", `"extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"3F-12"}},{"type":1,"name":"主页","web":{"url":"https://e.example/u","title":"home"}}]}`, "0",
		`"extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"3F-12"}},{"type":1,"name":"主页","web":{"url":"https://e.example/u","title":"home"}}]}`},
	{"in the form before types", `"extattr":{"attrs":[{"name":"工位","value":"3F-12"}]}`, "0", `"extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"3F-12"}}]}`},
	{"one that the corp does not know", `"extattr":{"attrs":[{"type":9,"name":"爱好","text":{"value":"围棋"}}]}`, "0", `"extattr":{"attrs":[]}`},
	{"of an unknown type", `"extattr":{"attrs":[{"type":2,"name":"工位","text":{"value":"x"}}]}`, "60150", ""},
	{"a text of 64 characters", `"extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"` + chars(64) + `"}}]}`, "0", chars(64)},
	{"a text of 65", `"extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"` + chars(65) + `"}}]}`, "40058", ""},
	{"a title of 12", `"extattr":{"attrs":[{"type":1,"name":"主页","web":{"url":"http://e.example","title":"` + chars(12) + `"}}]}`, "0", chars(12)},
	{"a title of 13", `"extattr":{"attrs":[{"type":1,"name":"主页","web":{"url":"http://e.example","title":"` + chars(13) + `"}}]}`, "40058", ""},
	{"an address without http", `"extattr":{"attrs":[{"type":1,"name":"主页","web":{"url":"e.example","title":"x"}}]}`, "40058", ""},
	{"an address without a title", `"extattr":{"attrs":[{"type":1,"name":"主页","web":{"url":"http://e.example","title":""}}]}`, "40058", ""},
	{"a title without an address", `"extattr":{"attrs":[{"type":1,"name":"主页","web":{"url":"","title":"x"}}]}`, "40058", ""},
	{"neither of them, which clears", `"extattr":{"attrs":[{"type":1,"name":"主页","web":{"url":"","title":""}}]}`, "0", `"extattr":{"attrs":[]}`},
	{"the same one twice", `"extattr":{"attrs":[{"name":"工位","value":"a"},{"name":"工位","value":"b"}]}`, "0", `"attrs":[{"type":0,"name":"工位","text":{"value":"b"}}]}`},
	{"an empty object", `"extattr":{}`, "0", `"extattr":{"attrs":[]}`},
	{"an empty list for the object, as PHP writes it", `"extattr":[]`, "0 . Warning: wrong json format. ", `"extattr":{"attrs":[]}`},

	{"an external profile", `"external_profile":{"external_corp_name":"甲","wechat_channels":{"nickname":"甲视频"},"external_attr":[
		{"type":0,"name":"专长","text":{"value":"Go"}},{"type":1,"name":"名片","web":{"url":"http://e.example","title":"me"}},
		{"type":2,"name":"小程序","miniprogram":{"appid":"wx0123456789abcdef","pagepath":"/index","title":"mini"}}]}`, "0",
		`"external_profile":{"external_corp_name":"甲","external_attr":[{"type":0,"name":"专长","text":{"value":"Go"}},{"type":1,"name":"名片","web":{"url":"http://e.example","title":"me"}},` +
			`{"type":2,"name":"小程序","miniprogram":{"appid":"wx0123456789abcdef","pagepath":"/index","title":"mini"}}],"wechat_channels":{"nickname":"甲视频","status":0}}`},
	{"an empty one, which one library always sends", `"external_profile":{}`, "0", `"external_profile":{"external_attr":[]}`},
	{"an uncertified name", `"external_profile":{"external_corp_name":"乙"}`, "41036", ""},
	{"a foreign channel", `"external_profile":{"wechat_channels":{"nickname":"乙视频"}}`, "41066", ""},
	{"an external attribute of an unknown type", `"external_profile":{"external_attr":[{"type":3,"name":"专长"}]}`, "90100", ""},
	{"that the corp does not know", `"external_profile":{"external_attr":[{"type":3,"name":"爱好"}]}`, "0", `"external_attr":[]`},
	{"an external text of 32", `"external_profile":{"external_attr":[{"type":0,"name":"专长","text":{"value":"` + chars(32) + `"}}]}`, "0", chars(32)},
	{"an external text of 33", `"external_profile":{"external_attr":[{"type":0,"name":"专长","text":{"value":"` + chars(33) + `"}}]}`, "90101", ""},
	{"an external title of 13", `"external_profile":{"external_attr":[{"type":1,"name":"名片","web":{"url":"http://e.example","title":"` + chars(13) + `"}}]}`, "90102", ""},
	{"an external address without a title", `"external_profile":{"external_attr":[{"type":1,"name":"名片","web":{"url":"http://e.example","title":""}}]}`, "90102", ""},
	{"an external address without http", `"external_profile":{"external_attr":[{"type":1,"name":"名片","web":{"url":"e.example","title":"x"}}]}`, "90103", ""},
	{"an external title without an address", `"external_profile":{"external_attr":[{"type":1,"name":"名片","web":{"url":"","title":"x"}}]}`, "90103", ""},
	{"a mini program of others", `"external_profile":{"external_attr":[{"type":2,"name":"小程序","miniprogram":{"appid":"wxfedcba9876543210","pagepath":"/","title":"x"}}]}`, "0", `"external_attr":[]`},
	{"its title of 13", `"external_profile":{"external_attr":[{"type":2,"name":"小程序","miniprogram":{"appid":"wx0123456789abcdef","pagepath":"/","title":"` + chars(13) + `"}}]}`, "90104", ""},
	{"no appid", `"external_profile":{"external_attr":[{"type":2,"name":"小程序","miniprogram":{"appid":"","pagepath":"/","title":"x"}}]}`, "90106", ""},
	{"a path that leads outside", `"external_profile":{"external_attr":[{"type":2,"name":"小程序","miniprogram":{"appid":"wx0123456789abcdef","pagepath":"https://e.example/","title":"x"}}]}`, "90105", ""},
	{"a wrong shape", `"external_profile":{"external_attr":{"type":0}}`, "90106", ""},
}

// Every value is given to a new member, and in a second round to a member who has not signed in yet: the same
// rules apply.
func TestMemberFields(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync, reader := w.As(access.ContactSync), everything(w)
		const start = `{"userid":"neu","name":"新人","mobile":"13900000001","department":[2],`
		for _, f := range fields {
			for _, way := range []string{"create", "update"} {
				wants := f.want
				body := start + f.fields + `}`
				if way == "update" {
					if got := sync.Call("POST", "/cgi-bin/user/create", start+`"enable":1}`); got.ErrCode != 0 {
						t.Fatalf("%s: the member to update: %s", f.name, got.Body)
					}
					body = `{"userid":"neu",` + f.fields + `}`
					if f.name == "himself" {
						wants = "40058"
					}
				}
				got := sync.Call("POST", "/cgi-bin/user/"+way, body)
				code, says, _ := strings.Cut(wants, " ")
				if strconv.Itoa(got.ErrCode) != code || !strings.Contains(got.Body, says) {
					t.Errorf("%s: user/%s %.200s: %s, want %s", f.name, way, body, got.Body, wants)
				}
				if got.ErrCode == 0 {
					if shown := reader.Call("GET", "/cgi-bin/user/get?userid=neu", ""); !strings.Contains(shown.Body, f.shown) {
						t.Errorf("%s: after user/%s: %s, want %s", f.name, way, shown.Body, f.shown)
					}
				}
				if got.ErrCode == 0 || way == "update" {
					if got := sync.Call("GET", "/cgi-bin/user/delete?userid=neu", ""); got.ErrCode != 0 {
						t.Fatalf("%s: delete: %s", f.name, got.Body)
					}
				}
			}
		}
	})
}
