package hr_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

func run(t *testing.T, test func(t *testing.T, w *qiweitest.World)) {
	t.Parallel()
	qiweitest.Run(t, test, func(c *platform.Config) { c.Dev = true })
}

// listed is a self-built application that may read and change the roster.
func listed(c *qiweitest.Corp) *qiweitest.Client {
	return c.WithApp(access.SelfBuilt, app.Settings{Name: "人事系统", Range: access.Everything(), Callable: []access.Kind{access.HR}})
}

// call makes a call that must have the code, and returns the answer.
func call(t *testing.T, c *qiweitest.Client, name, body string, code int) qiweitest.Result {
	t.Helper()
	method := "POST"
	if name == "get_fields" {
		method = "GET"
	}
	r := c.Call(method, "/cgi-bin/hr/"+name, body)
	if r.ErrCode != code {
		t.Fatalf("%s %s: %s, want %d", name, body, r.Body, code)
	}
	return r
}

// fields reads fields of a member, by their numbers.
func fields(t *testing.T, c *qiweitest.Client, user string, places ...string) string {
	t.Helper()
	var ids []string
	for _, p := range places {
		field, idx, _ := strings.Cut(p, "/")
		if idx == "" {
			idx = "0"
		}
		ids = append(ids, `{"fieldid":`+field+`,"sub_idx":`+idx+`}`)
	}
	r := call(t, c, "get_staff_info", `{"userid":"`+user+`","fieldids":[`+strings.Join(ids, ",")+`]}`, 0)
	return strings.TrimSuffix(strings.TrimPrefix(r.Body, `{"errcode":0,"errmsg":"ok","field_info":[`), `]}`)
}

func set(t *testing.T, w *qiweitest.World, corp *qiweitest.Corp, field, value string) {
	t.Helper()
	id, idx, _ := strings.Cut(field, "/")
	if idx == "" {
		idx = "0"
	}
	w.Scripted("hr/set", fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","fieldid":%s,"sub_idx":%s,"value":%q}`, corp.CorpID, id, idx, value), nil)
}

func TestFields(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		body := call(t, listed(w.Corp), "get_fields", "", 0).Body
		for _, want := range []string{
			`"group_list":[{"group_id":1001,"group_name":"个人信息","field_list":[{"fieldid":11001,"field_name":"姓名","field_type":1,"value_type":1,"is_must":true},{"fieldid":11002,"field_name":"别名","field_type":1,"value_type":1,"is_must":false},`,
			`{"fieldid":12010,"field_name":"职位","field_type":2,"value_type":3,"is_must":false,"option_list":[{"id":1,"value":"总经理"},{"id":2,"value":"秘书"}`,
			`{"fieldid":12024,"field_name":"工号","field_type":1,"value_type":1,"is_must":true}`,
		} {
			if !strings.Contains(body, want) { // as on the page (doc 99131)
				t.Errorf("no %s in %s", want, body)
			}
		}
	})
}

// TestUpdate changes fields of each type. What does not go keeps nothing else from going.
func TestUpdate(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		r := call(t, c, "update_staff_info", `{"userid":"ZhangSan","update_items":[
			{"fieldid":11020,"sub_idx":0,"value_string":"内推"},
			{"fieldid":11009,"value_uint32":1},
			{"fieldid":11009,"value_uint32":5},
			{"fieldid":11005,"value_int64":631152000,"value_string":"ignored"},
			{"fieldid":12024,"value_string":""},
			{"fieldid":11006,"value_string":"7"},{"fieldid":11012},{"fieldid":12004,"value_uint32":1},
			{"fieldid":19001,"value_string":"MEDIA"},
			{"fieldid":99999,"value_string":"x"},
			{"fieldid":11020,"sub_idx":1,"value_string":"x"},
			{"fieldid":14002,"sub_idx":0,"value_string":"x"},
			{"fieldid":11020,"sub_idx":-1,"value_string":"x"},
			{"fieldid":11001,"value_uint32":7}]}`, 0)
		var out struct {
			Results []struct{ FieldID, Result int64 } `json:"update_results"`
		}
		r.Decode(&out)
		var got []int64
		for _, one := range out.Results {
			got = append(got, one.Result)
		}
		if want := []int64{1, 1, 2, 1, 4, 5, 5, 5, 5, 3, 3, 3, 3, 4}; !slices.Equal(got, want) {
			t.Errorf("results %v, want %v", got, want)
		}
		if !strings.HasSuffix(r.Body, `"remove_results":[],"insert_result":[]}`) {
			t.Errorf("others: %s", r.Body)
		}
		want := `{"fieldid":11020,"sub_idx":0,"result":1,"value_type":1,"value_string":"内推"},{"fieldid":11009,"sub_idx":0,"result":1,"value_type":3,"value_uint32":1},` +
			`{"fieldid":11005,"sub_idx":0,"result":1,"value_type":4,"value_int64":631152000},{"fieldid":11006,"sub_idx":0,"result":1,"value_type":1,"value_string":"41"},` +
			`{"fieldid":12024,"sub_idx":0,"result":1,"value_type":1},{"fieldid":99999,"sub_idx":0,"result":3},{"fieldid":11020,"sub_idx":1,"result":3},{"fieldid":14002,"sub_idx":0,"result":3}`
		if got := fields(t, c, "zhangsan", "11020", "11009", "11005", "11006", "12024", "99999", "11020/1", "14002"); got != want {
			t.Errorf("read:\n%s\nwant\n%s", got, want)
		}
		call(t, c, "update_staff_info", `{"userid":"zhangsan","update_items":[{"fieldid":11020},{"fieldid":11009,"value_string":"of another type"}]}`, 0)
		if got := fields(t, c, "zhangsan", "11020", "11009"); strings.Contains(got, "value_string") || strings.Contains(got, "value_uint32") {
			t.Errorf("cleared: %s", got)
		}
		if got := fields(t, listed(w.Second), "zhangsan", "11005"); strings.Contains(got, "value_int64") {
			t.Errorf("the twin's: %s", got)
		}
	})
}

// TestDirectory: the basic fields are the directory's, whoever changes them.
func TestDirectory(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c, sync := listed(w.Corp), w.As(access.ContactSync)
		want := `{"fieldid":11001,"sub_idx":0,"result":1,"value_type":1,"value_string":"张三"},{"fieldid":11002,"sub_idx":0,"result":1,"value_type":1},` +
			`{"fieldid":11003,"sub_idx":0,"result":1,"value_type":5,"value_mobile":{"value_country_code":"86","value_mobile":"13800000001"}},{"fieldid":11004,"sub_idx":0,"result":1,"value_type":3,"value_uint32":1},` +
			`{"fieldid":11018,"sub_idx":0,"result":1,"value_type":1,"value_string":"zhangsan@corp.example"}`
		all := []string{"11001", "11002", "11003", "11004", "11018"}
		if got := fields(t, c, "zhangsan", all...); got != want {
			t.Errorf("read:\n%s\nwant\n%s", got, want)
		}
		before := len(w.Events())
		r := call(t, c, "update_staff_info", `{"userid":"zhangsan","update_items":[{"fieldid":11001,"value_string":"张叁"},{"fieldid":11002,"value_string":"三哥"},
			{"fieldid":11003,"value_mobile":{"value_mobile_country_code":"852","value_mobile":"60000001"}},{"fieldid":11004,"value_uint32":2},{"fieldid":11018,"value_string":"no address"}]}`, 0)
		if want := `"result":1},{"fieldid":11002,"sub_idx":0,"result":1},{"fieldid":11003,"sub_idx":0,"result":2},{"fieldid":11004,"sub_idx":0,"result":1},{"fieldid":11018,"sub_idx":0,"result":2}]`; !strings.Contains(r.Body, want) {
			t.Errorf("changed: %s", r.Body)
		}
		if got := w.As(access.SelfBuilt).Call("GET", "/cgi-bin/user/get?userid=zhangsan", "").Body; !strings.Contains(got, `"name":"张叁"`) {
			t.Errorf("the directory: %s", got)
		}
		if got := w.Events()[before:]; !slices.Contains(got, "change_contact/update_user") {
			t.Errorf("told of %q", got)
		}
		if got := fields(t, c, "zhangsan", "11001", "11003", "11018"); !strings.Contains(got, "张叁") || !strings.Contains(got, `"value_mobile":"13800000001"`) || !strings.Contains(got, "zhangsan@corp.example") {
			t.Errorf("read again: %s", got)
		}
		sync.Call("POST", "/cgi-bin/user/update", `{"userid":"zhangsan","alias":"老张"}`)
		if got := fields(t, c, "zhangsan", "11002"); !strings.Contains(got, "老张") {
			t.Errorf("changed elsewhere: %s", got)
		}
		// The mobile of a member who has not come yet may be changed here.
		sync.Call("POST", "/cgi-bin/user/create", `{"userid":"xin","name":"新人","mobile":"13800000077","department":[2]}`)
		call(t, c, "update_staff_info", `{"userid":"xin","update_items":[{"fieldid":11003,"value_mobile":{"value_mobile_country_code":"852","value_mobile":"60000001"}}]}`, 0)
		if got := fields(t, c, "xin", "11003"); !strings.Contains(got, `"value_mobile":"85260000001"`) {
			t.Errorf("a new member's mobile: %s", got)
		}
		// A number that another member has does not go, and the others do.
		r = call(t, c, "update_staff_info", `{"userid":"xin","update_items":[{"fieldid":11003,"value_mobile":{"value_mobile":"13800000002"}},{"fieldid":11020,"value_string":"x"}]}`, 0)
		if !strings.Contains(r.Body, `{"fieldid":11003,"sub_idx":0,"result":2},{"fieldid":11020,"sub_idx":0,"result":1}`) {
			t.Errorf("taken: %s", r.Body)
		}
	})
}

// TestGroups adds to repeated groups and takes from them.
func TestGroups(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		school := func(name string) string {
			return `{"group_type":1,"item":[{"fieldid":14001,"value_uint32":3},{"fieldid":14002,"sub_idx":9,"value_string":"` + name + `"},{"fieldid":17001,"value_string":"of another group"},{"fieldid":1,"value_string":"of none"}]}`
		}
		r := call(t, c, "update_staff_info", `{"userid":"zhangsan","insert_items":[`+school("甲大学")+`,`+school("乙大学")+`,`+school("丙大学")+`,
			{"group_type":4,"item":[{"fieldid":17001,"value_string":"孙悟空"},{"fieldid":17002,"value_uint32":1},{"fieldid":17003,"value_mobile":{"value_country_code":"86","value_mobile":"13800000009"}}]},
			{"group_type":4,"item":[{"fieldid":17001,"value_string":"没有电话"},{"fieldid":17003,"value_mobile":{"value_country_code":"86"}}]},
			{"group_type":1,"item":[{"fieldid":14001,"value_uint32":77}]},{"group_type":6},{"group_type":0}]}`, 0)
		if want := `"insert_result":[{"group_type":1,"idx":0,"result":1},{"group_type":1,"idx":1,"result":1},{"group_type":1,"idx":2,"result":1},{"group_type":4,"idx":3,"result":1},{"group_type":4,"idx":4,"result":4},{"group_type":1,"idx":5,"result":2},{"group_type":6,"idx":6,"result":3},{"group_type":0,"idx":7,"result":3}]`; !strings.Contains(r.Body, want) {
			t.Errorf("inserted: %s", r.Body)
		}
		if got := fields(t, c, "zhangsan", "14002", "14002/1", "14002/2", "14002/3", "14003", "17003"); got != `{"fieldid":14002,"sub_idx":0,"result":1,"value_type":1,"value_string":"甲大学"},{"fieldid":14002,"sub_idx":1,"result":1,"value_type":1,"value_string":"乙大学"},`+
			`{"fieldid":14002,"sub_idx":2,"result":1,"value_type":1,"value_string":"丙大学"},{"fieldid":14002,"sub_idx":3,"result":3},{"fieldid":14003,"sub_idx":0,"result":1,"value_type":1},`+
			`{"fieldid":17003,"sub_idx":0,"result":1,"value_type":5,"value_mobile":{"value_country_code":"86","value_mobile":"13800000009"}}` {
			t.Errorf("read: %s", got)
		}
		r = call(t, c, "update_staff_info", `{"userid":"zhangsan","update_items":[{"fieldid":14003,"sub_idx":2,"value_string":"数学"},{"fieldid":17003,"sub_idx":0}],
			"remove_items":[{"group_type":1,"sub_idx":0},{"group_type":1,"sub_idx":1},{"group_type":1,"sub_idx":1},{"group_type":1,"sub_idx":20},{"group_type":9,"sub_idx":0},{"group_type":1,"sub_idx":-1}]}`, 0)
		if want := `"update_results":[{"fieldid":14003,"sub_idx":2,"result":1},{"fieldid":17003,"sub_idx":0,"result":4}],"remove_results":[{"group_type":1,"sub_idx":0,"result":1},{"group_type":1,"sub_idx":1,"result":1},{"group_type":1,"sub_idx":1,"result":3},{"group_type":1,"sub_idx":20,"result":3},{"group_type":9,"sub_idx":0,"result":3},{"group_type":1,"sub_idx":-1,"result":3}]`; !strings.Contains(r.Body, want) {
			t.Errorf("removed: %s", r.Body)
		}
		if got := fields(t, c, "zhangsan", "14002", "14003", "14002/1"); !strings.Contains(got, "丙大学") || !strings.Contains(got, "数学") || !strings.HasSuffix(got, `"result":3}`) {
			t.Errorf("what is left: %s", got)
		}
		all := call(t, c, "get_staff_info", `{"userid":"zhangsan","get_all":true,"fieldids":[{"fieldid":7}]}`, 0).Body
		for _, want := range []string{"丙大学", "张三", "孙悟空", `"fieldid":12004,"sub_idx":0,"result":1,"value_type":3,"value_uint32":2`} {
			if !strings.Contains(all, want) {
				t.Errorf("all: no %s in %s", want, all)
			}
		}
		if strings.Contains(all, `"result":3`) || strings.Contains(all, `"fieldid":12024`) {
			t.Errorf("all, with what is empty: %s", all)
		}
		// The fifty-first of a group does not go.
		for range 5 {
			r = call(t, c, "update_staff_info", `{"userid":"zhangsan","insert_items":[`+strings.TrimSuffix(strings.Repeat(school("大学")+",", 10), ",")+`]}`, 0)
		}
		if got := strings.Count(r.Body, `"result":1`); got != 9 || strings.Count(r.Body, `"result":2`) != 1 {
			t.Errorf("up to hr.maxRepeated: %s", r.Body)
		}
	})
}

// TestComputed: the age, the seniority and the state follow from days and the clock.
func TestComputed(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		set(t, w, w.Corp, "11005", "1990-01-07") // it is the 6th of January 2031
		set(t, w, w.Corp, "11011", "2015-07-01")
		set(t, w, w.Corp, "12006", "2031-02-01")
		shows := func(age, seniority, state string) {
			t.Helper()
			want := `{"fieldid":11006,"sub_idx":0,"result":1,"value_type":1,"value_string":"` + age + `"},{"fieldid":11012,"sub_idx":0,"result":1,"value_type":1,"value_string":"` + seniority + `"},{"fieldid":12004,"sub_idx":0,"result":1,"value_type":3,"value_uint32":` + state + `}`
			if got := fields(t, c, "zhangsan", "11006", "11012", "12004"); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		shows("40", "15", "1")
		w.Advance(24 * time.Hour)
		shows("41", "15", "1")
		w.Advance(30 * 24 * time.Hour)
		shows("41", "15", "2")
	})
}

// TestFiles: people attach files, and the API reads them for good.
func TestFiles(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		upload := func(content string) string {
			t.Helper()
			var out struct {
				ID string `json:"media_id"`
			}
			c.Upload("/cgi-bin/media/upload?type=file", "a.pdf", []byte(content)).Decode(&out)
			return out.ID
		}
		files := func(field string) []string {
			t.Helper()
			var out struct {
				Fields []struct {
					File struct {
						IDs []string `json:"media_id"`
					} `json:"value_file"`
				} `json:"field_info"`
			}
			call(t, c, "get_staff_info", `{"userid":"zhangsan","fieldids":[{"fieldid":`+field+`}]}`, 0).Decode(&out)
			return out.Fields[0].File.IDs
		}
		read := func(mediaID string) string { return c.Call("GET", "/cgi-bin/media/get?media_id="+mediaID, "").Body }
		set(t, w, w.Corp, "19001", upload("front of the card"))
		set(t, w, w.Corp, "19001", upload("back of the card"))
		set(t, w, w.Corp, "19003", upload("a contract"))
		old := files("19003")
		set(t, w, w.Corp, "19003", upload("its successor"))
		w.Advance(10 * 24 * time.Hour)
		if ids := files("19001"); len(ids) != 2 || read(ids[0]) != "front of the card" || read(ids[1]) != "back of the card" {
			t.Errorf("the card: %q", ids)
		}
		now := files("19003")
		if len(now) != 1 || read(now[0]) != "its successor" || !strings.Contains(read(old[0]), "40007") {
			t.Errorf("the contract: %q", now)
		}
		w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=zhangsan", "")
		if got := read(now[0]); !strings.Contains(got, "40007") {
			t.Errorf("once the member has left: %s", got)
		}
	})
}

// TestRefusals: who may call, for whom, and with what.
func TestRefusals(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		c := listed(w.Corp)
		many := strings.TrimSuffix(strings.Repeat(`{"fieldid":11020,"value_string":"a"},`, 1001), ",")
		fewer := strings.TrimSuffix(strings.Repeat(`{"fieldid":11020,"value_string":"a"},`, 1000), ",")
		for _, row := range []struct {
			name, body string
			code       int
		}{
			{"get_staff_info", `{"userid":"zhangsan"}`, 40063},
			{"get_staff_info", `{"userid":"zhangsan","get_all":false,"fieldids":[]}`, 40063},
			{"get_staff_info", `{"get_all":true}`, 41009},
			{"get_staff_info", `{"userid":"nobody","get_all":true}`, 60111},
			{"get_staff_info", `{"userid":"zhangsan","fieldids":[` + many + `]}`, 40058}, // hr.maxWanted
			{"get_staff_info", `{"userid":"zhangsan","fieldids":[` + fewer + `]}`, 0},
			{"update_staff_info", `{"userid":"zhangsan"}`, 40058},
			{"update_staff_info", `{"userid":"nobody","remove_items":[{}]}`, 60111},
			{"update_staff_info", `{"userid":"zhangsan","update_items":[` + many + `]}`, 40058},
			{"update_staff_info", `{"userid":"zhangsan","update_items":[` + fewer + `]}`, 0},
		} {
			call(t, c, row.name, row.body, row.code)
		}
		narrow := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Range{Departments: []int64{4}}, Callable: []access.Kind{access.HR}})
		for _, name := range []string{"get_staff_info", "update_staff_info"} {
			call(t, narrow, name, `{"userid":"zhangsan","get_all":true,"update_items":[{"fieldid":11001,"value_string":"x"}]}`, 60011)
			call(t, w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), name, `{"userid":"zhangsan"}`, 48002)
			call(t, w.As(access.Dial), name, `{"userid":"zhangsan"}`, 48002)
		}
		call(t, w.As(access.HR), "get_staff_info", `{"userid":"zhangsan","get_all":true}`, 0)
		for body, want := range map[string]string{
			`{"corpid":"ww0"}`: "ww0",
			`{"corpid":"` + w.CorpID + `","userid":"zhangsan","fieldid":1}`:                                                 "no field 1",
			`{"corpid":"` + w.CorpID + `","userid":"nobody","fieldid":11020}`:                                               "60111",
			`{"corpid":"` + w.CorpID + `","userid":"zhangsan","fieldid":11005,"value":"yesterday"}`:                         "a day",
			`{"corpid":"` + w.CorpID + `","userid":"zhangsan","fieldid":11009,"value":"月票"}`:                                "居民身份证",
			`{"corpid":"` + w.CorpID + `","userid":"zhangsan","fieldid":11006,"value":"7"}`:                                 "result 5",
			`{"corpid":"` + w.CorpID + `","userid":"zhangsan","fieldid":14002,"sub_idx":1,"value":"x"}`:                     "result 3",
			`{"corpid":"` + w.CorpID + `","userid":"zhangsan","fieldid":19001,"value":"nothing"}`:                           "40007",
			`{"corpid":"` + w.CorpID + `","userid":"zhangsan","fieldid":11020,"value":"` + strings.Repeat("字", 1001) + `"}`: "result 2", // hr.maxText
		} {
			if status, got := w.Script("hr/set", body); status == 200 || !strings.Contains(got, want) {
				t.Errorf("%s: %d %s, want %q", body, status, got, want)
			}
		}
	})
}
