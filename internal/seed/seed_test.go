package seed_test

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/seed"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func TestParseNamesThePlace(t *testing.T) {
	t.Parallel()
	const head = `{"format":"qiwei enterprise 1","corp":{"name":"x"}`
	for _, tt := range []struct{ name, content, says string }{
		{"no JSON", "{\n\"format\": \"x\",\n}", "f.json: line 3: invalid character"},
		{"half of it", head, "f.json: line 1: the file ends inside the JSON"},
		{"more than one", head + "}\n{}", "f.json: line 2: something follows the enterprise"},
		{"a list", "[]", "f.json: the file: a list; an object expected"},
		{"another format", `{"format":"2","corp":{"name":"x"}}`, `f.json: format: "2"; "qiwei enterprise 1" expected`},
		{"no name", `{"format":"qiwei enterprise 1","corp":{}}`, "f.json: corp.name: missing"},
		{"an unknown member", head + `,"app":[]}`, "f.json: app: unknown; acquisition, approvals, apps, bots, calendars, calls, checkin_rules, contact_ways, corp, customer_groups, customer_tags, customers, departments, file_records, format, health_jobs, invoices, join_ways, journals, livings, meeting_rooms, meetings, member_records, members, moments, screen_records, service_accounts, staff, tags, todos or trusted_devices expected"},
		{"an unknown member inside", `{"format":"qiwei enterprise 1","corp":{"name":"x","settings":{"two_factor":{"uri":""}}}}`,
			"f.json: corp.settings.two_factor.uri: unknown; departments, members or url expected"},
		{"a number as text", head + `,"departments":[{"id":"2","name":"a"}]}`, `f.json: departments[0].id: "2"; a whole number expected`},
		{"half a number", head + `,"departments":[{"id":2.5,"name":"a"}]}`, `f.json: departments[0].id: 2.5; a whole number expected`},
		{"a text as list", head + `,"members":[{"name":"a"},{"name":"b","department":"2"}]}`, `f.json: members[1].department: "2"; a list expected`},
		{"null", head + `,"members":[{"name":null}]}`, "f.json: members[0].name: null; a text in quotes expected"},
		{"a department twice", head + `,"departments":[{"id":2,"name":"a"},{"id":2,"name":"b"}]}`, "f.json: departments[1].id: 2 is given twice"},
		{"a parent that is missing", head + `,"departments":[{"id":2,"name":"a","parentid":9}]}`, "f.json: departments[0].parentid: there is no department 9 in the file"},
		{"a root with a parent", head + `,"departments":[{"id":1,"name":"a","parentid":1}]}`, "f.json: departments[0].parentid: 1; department 1 is the root"},
		{"a member twice", head + `,"members":[{"userid":"a","name":"a"},{"userid":"A","name":"b"}]}`, `f.json: members[1].userid: "A" is given twice`},
		{"a member nowhere", head + `,"members":[{"userid":"a","name":"a","department":[1,7]}]}`, "f.json: members[0].department[1]: there is no department 7"},
		{"too few orders", head + `,"members":[{"userid":"a","name":"a","department":[1],"order":[1,2]}]}`, "f.json: members[0].order: 2 elements; as many as in department, 1, expected"},
		{"a leader who is missing", head + `,"members":[{"userid":"a","name":"a","direct_leader":"b"}]}`, `f.json: members[0].direct_leader: "b"; a userid of the file's members expected`},
		{"a creator who is missing", `{"format":"qiwei enterprise 1","corp":{"name":"x","creator":"b"}}`, `f.json: corp.creator: "b"`},
		{"a tag with nobody known", head + `,"tags":[{"tagname":"t","members":["b"]}]}`, `f.json: tags[0].members[0]: there is no member "b"`},
		{"a kind that is not known", head + `,"apps":[{"kind":"selfbuilt"}]}`, `f.json: apps[0].kind: "selfbuilt"; self_built, contact_sync`},
		{"two of one kind", head + `,"apps":[{"kind":"contact_sync"},{"kind":"contact_sync"}]}`, "f.json: apps[1].kind: a second application of kind contact_sync"},
		{"a secret that is short", head + `,"apps":[{"kind":"self_built","secret":"x"}]}`, "f.json: apps[0].secret: 1 characters; 16 to 128 expected"},
		{"one that is nearly as long as it must be", head + `,"apps":[{"kind":"self_built","secret":"` + strings.Repeat("x", 15) + `"}]}`, "f.json: apps[0].secret: 15 characters"},
		{"one that is too long", head + `,"apps":[{"kind":"self_built","secret":"` + strings.Repeat("x", 129) + `"}]}`, "f.json: apps[0].secret: 129 characters"},
		{"a token that is short", head + `,"apps":[{"kind":"self_built","access_token":"` + strings.Repeat("x", 15) + `"}]}`, "f.json: apps[0].access_token: 15 characters; 16 to 512 expected"},
		{"a token that is too long", head + `,"apps":[{"kind":"self_built","access_token":"` + strings.Repeat("x", 513) + `"}]}`, "f.json: apps[0].access_token: 513 characters"},
		{"a token that a query would cut", head + `,"apps":[{"kind":"self_built","access_token":"0123456789&abcdef"}]}`, "f.json: apps[0].access_token: letters, digits"},
		{"a token twice", head + `,"apps":[{"kind":"self_built","access_token":"0123456789abcdef"},{"kind":"contact_sync","access_token":"0123456789abcdef"}]}`, "f.json: apps[1].access_token: it is given twice"},
		{"a life of less than nothing", head + `,"apps":[{"kind":"self_built","token_life":-1}]}`, "f.json: apps[0].token_life: -1; whole seconds from 1 to 7200"},
		{"a life that is too long", head + `,"apps":[{"kind":"self_built","token_life":7201}]}`, "f.json: apps[0].token_life: 7201"},
		{"an agentid twice", head + `,"apps":[{"kind":"self_built","agentid":7},{"kind":"self_built","agentid":7}]}`, "f.json: apps[1].agentid: 7 is given twice"},
		{"a tag twice", head + `,"tags":[{"tagname":"t","tagid":7},{"tagname":"u","tagid":7}]}`, "f.json: tags[1].tagid: 7 is given twice"},
		{"a tag without a name", head + `,"tags":[{"tagid":7}]}`, "f.json: tags[0].tagname: missing"},
		{"a tag over a department that is missing", head + `,"tags":[{"tagname":"t","departments":[1,9]}]}`, "f.json: tags[0].departments[1]: there is no department 9 in the file"},
		{"an admin who is missing", `{"format":"qiwei enterprise 1","corp":{"name":"x","admin":"b"}}`, `f.json: corp.admin: "b"`},
		{"addresses that are none", head + `,"apps":[{"kind":"self_built","trusted_ips":"home"}]}`, `f.json: apps[0].trusted_ips: "home" is neither`},
		{"a robot twice", head + `,"bots":[{"bot_id":"a","name":"甲"},{"bot_id":"a","name":"乙"}]}`, "f.json: bots[1].bot_id: a is given twice"},
		{"a robot's range over a missing department", head + `,"bots":[{"name":"甲"},{"name":"乙","range":{"departments":[9]}}]}`, "f.json: bots[1].range.departments[0]: there is no department 9"},
		{"a range over a missing tag", head + `,"apps":[{"kind":"self_built","range":{"tags":[1]}}]}`, "f.json: apps[0].range.tags[0]: there is no tag 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := seed.Parse("f.json", []byte(tt.content))
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("said %v\nwant %s", err, tt.says)
			}
		})
	}
}

// What need not be said may be missing twice, and what has limits may be at them.
func TestParseAtTheLimits(t *testing.T) {
	t.Parallel()
	const head = `{"format":"qiwei enterprise 1","corp":{"name":"x"}`
	for name, content := range map[string]string{
		"nothing but a name":      head + `}`,
		"tags without numbers":    head + `,"tags":[{"tagname":"t"},{"tagname":"u"}]}`,
		"agents without numbers":  head + `,"apps":[{"kind":"self_built"},{"kind":"self_built"}]}`,
		"tokens at their limits":  head + `,"apps":[{"kind":"self_built","access_token":"` + strings.Repeat("x", 16) + `","token_life":1},{"kind":"self_built","access_token":"` + strings.Repeat("y", 512) + `","token_life":7200}]}`,
		"secrets as short as can": head + `,"apps":[{"kind":"self_built","secret":"` + strings.Repeat("x", 16) + `"}]}`,
		"and as long":             head + `,"apps":[{"kind":"self_built","secret":"` + strings.Repeat("x", 128) + `"}]}`,
	} {
		if _, err := seed.Parse("f.json", []byte(content)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDemo founds the demo on each database and looks at what there is to see.
func TestDemo(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		e, err := seed.Demo()
		if err != nil {
			t.Fatal(err)
		}
		var c corp.Corp
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			c, err = seed.Load(ctx, tx, w.Server, e, seed.Options{Host: "demo.example:7993", TrustedIPs: qiweitest.Local})
			return err
		})
		states, generated, leaders, led := map[directory.Status]int{}, 0, 0, 0
		err = w.Server.Store.Read(t.Context(), func(tx *store.Tx) error {
			return w.Server.Directory.EachMember(tx, access.System(c.CorpID), func(m directory.Member) error {
				states[m.Status()]++
				if m.Generated {
					generated++
				}
				if m.DirectLeader != "" {
					led++
				}
				for _, p := range m.Places {
					if p.Leader {
						leaders++
						break
					}
				}
				if !strings.HasPrefix(m.Mobile, "154") || !strings.HasSuffix(m.Email, ".example") || !strings.HasSuffix(m.BizMail, ".example") {
					t.Errorf("%s could be a real person: %s %s %s", m.Name, m.Mobile, m.Email, m.BizMail)
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		if states[directory.Active] < 50 || states[directory.Inactive] < 3 || states[directory.Disabled] < 2 || generated != 3 || leaders < 15 || led < 55 {
			t.Errorf("states %v, %d generated, %d leaders, %d led", states, generated, leaders, led)
		}
		var apps []app.App
		if err := w.Server.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
			apps, err = w.Server.Apps.Apps(tx, c.CorpID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if len(apps) != 14 || apps[0].RedirectDomain != "demo.example:7993" || apps[0].TrustedDomains[0] != "demo.example:7993" {
			t.Errorf("applications %+v", apps)
		}
	})
}

// TestAppsKeepTheirSettings fails where a setting was added to applications that
// a file cannot hold.
func TestAppsKeepTheirSettings(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	var full app.Settings
	fill(t, reflect.ValueOf(&full).Elem())
	full.Sensitive, full.RedirectDomain, full.LoginDomain, full.TrustedDomains = []string{"mobile"}, "a.example", "b.example", []string{"c.example"}
	full.HomeURL, full.Range = "https://d.example", access.Range{Departments: []int64{2}, Members: nil}
	full.TrustedIPs, _ = access.ParseAddresses("203.0.113.9;10.0.0.0/8!historical")
	full.CallbackAESKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	full.CallbackEvents = []string{"subscribe"}
	full.Suite, full.Partner = "", "" // of what a provider has installed, which no file describes
	full.Activity = ""                // what the platform has found, which no file says
	made := w.WithApp(access.SelfBuilt, full)

	var want, got app.App
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		var err error
		if want, err = w.Server.Apps.App(tx, w.CorpID, made.AgentID); err != nil {
			return err
		}
		c, err := w.Server.Corps.Corp(tx, w.CorpID)
		if err != nil {
			return err
		}
		e, err := seed.Export(ctx, tx, w.Server, c, true)
		if err != nil {
			return err
		}
		e.Corp.CorpID = ""
		for i := range e.Apps {
			if e.Apps[i].AgentID != made.AgentID {
				e.Apps[i].Secret = ""
			}
		}
		other, err := seed.Load(ctx, tx, w.Server, e, seed.Options{})
		if err != nil {
			return err
		}
		got, err = w.Server.Apps.App(tx, other.CorpID, made.AgentID)
		return err
	})
	if !reflect.DeepEqual(got.Settings, want.Settings) || got.Secret != want.Secret {
		t.Errorf("founded again: %+v\nwant %+v", got, want)
	}
}

// TestInstalledApplicationsAreLeftOut: what is exported can be founded again; what a
// provider has installed is named instead, and its tags are the administrators'.
func TestInstalledApplicationsAreLeftOut(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		installed := w.WithApp(access.ThirdPartyContacts, app.Settings{Name: "服务商通讯录", Range: access.Everything()})
		if got := installed.Call("POST", "/cgi-bin/tag/create", `{"tagname":"theirs","tagid":8}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			c, err := w.Server.Corps.Corp(tx, w.CorpID)
			if err != nil {
				return err
			}
			e, err := seed.Export(ctx, tx, w.Server, c, false)
			if err != nil {
				return err
			}
			if want := []string{fmt.Sprintf("服务商通讯录 (agentid %d), which a provider has installed", installed.AgentID)}; !slices.Equal(e.LeftOut, want) {
				t.Errorf("left out %q, want %q", e.LeftOut, want)
			}
			e.Corp.CorpID = ""
			var file bytes.Buffer
			if err := e.Write(&file); err != nil {
				return err
			}
			again, err := seed.Parse("export.json", file.Bytes())
			if err != nil {
				return err
			}
			if len(again.Tags) != 1 || again.Tags[0].Name != "theirs" || again.Tags[0].AgentID != 0 {
				t.Errorf("tags %+v", again.Tags)
			}
			_, err = seed.Load(ctx, tx, w.Server, again, seed.Options{})
			return err
		})
	})
}

// fill sets every field to something that is not zero.
func fill(t *testing.T, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Field(i)
		switch f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int64:
			f.SetInt(1)
		case reflect.Slice, reflect.Struct: // set by the test itself
		default:
			t.Fatalf("app.Settings.%s is a %s, which this test does not know", v.Type().Field(i).Name, f.Kind())
		}
	}
}

// TestServiceAccounts: an account of customer service comes with its history, and one that names nobody who is
// there does not.
func TestServiceAccounts(t *testing.T) {
	t.Parallel()
	const head = `{"format":"qiwei enterprise 1","corp":{"name":"晴川","creator":"boss"},"members":[{"userid":"boss","name":"老板","mobile":"15400000001"}],
		"apps":[{"kind":"self_built","agentid":1000002,"name":"演示","callable":["customer_service"]},{"kind":"self_built","agentid":1000003,"name":"别的"}],"service_accounts":[`
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for _, tt := range []struct{ account, want string }{
			{`{"name":"客服","servicers":["boss"],"agentids":[1000002],"history":[{"customer":"oA","name":"甲","text":"在吗"},{"customer":"oA","userid":"Boss","text":"在"}]}`, ""},
			{`{"name":""}`, "service_accounts[0] (): 95006"},
			{`{"name":"客服","servicers":["nobody"]}`, "service_accounts[0] (客服): 60111"},
			{`{"name":"客服","agentids":[1000003]}`, "callable customer_service"},
			{`{"name":"客服","history":[{"customer":"oB","text":"在吗"}]}`, "name: a name"},
			{`{"name":"客服","history":[{"customer":"oA","name":"甲","text":"在吗"},{"customer":"oA","userid":"boss","text":"在"}]}`, "60253"},
		} {
			e, err := seed.Parse("f.json", []byte(head+tt.account+`]}`))
			if err != nil {
				t.Fatal(err)
			}
			err = w.Server.Store.Write(t.Context(), func(tx *store.Tx) error {
				c, err := seed.Load(t.Context(), tx, w.Server, e, seed.Options{})
				if err != nil {
					return err
				}
				known, err := w.Server.KF.Known(tx, c.CorpID, 10)
				if len(known) != 1 || known[0].Name != "客服" || known[0].URL == "" {
					t.Errorf("%s: %+v", tt.account, known)
				}
				return err
			})
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v, want %q", tt.account, err, tt.want)
			}
		}
	})
}

// TestCheckinRules: rules of check-in are loaded with what has happened by them, and exported so that they can be
// loaded again.
func TestCheckinRules(t *testing.T) {
	t.Parallel()
	given := `{"format":"qiwei enterprise 1","corp":{"name":"x"},"members":[{"userid":"boss","name":"老板","mobile":"15400000001"},{"userid":"led","name":"兵","mobile":"15400000002"}],
		"checkin_rules":[{"groupname":"早九晚六","grouptype":1,"days_ago":20,"range":{"party_id":[1]},"loc_infos":[{"lat":39908823,"lng":116397470,"loc_title":"总部","loc_detail":"长安街","distance":300}],
		"checkindate":[{"workdays":[1,2,3,4,5],"checkintime":[{"time_id":1,"work_sec":32400,"off_work_sec":64800}]}],"past":{"days":10,"late_every":4}},
		{"groupname":"倒班","grouptype":2,"days_ago":3,"range":{"userid":["led"]},"wifimac_infos":[{"wifiname":"a","wifimac":"00:11:22:33:44:55"}],
		"schedulelist":[{"schedule_id":0,"schedule_name":"休息"},{"schedule_id":1,"schedule_name":"早班","time_section":[{"time_id":1,"work_sec":28800,"off_work_sec":57600}]}],"roster":[{"userid":"led","schedule_ids":[1,1,0]}]}]}`
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		file := given // each database has its own, which is exported from it
		for range 2 {
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				e, err := seed.Parse("f.json", []byte(file))
				if err != nil {
					return err
				}
				c, err := seed.Load(ctx, tx, w.Server, e, seed.Options{})
				if err != nil {
					return err
				}
				out, err := seed.Export(ctx, tx, w.Server, c, false)
				if err != nil {
					return err
				}
				if len(out.CheckinRules) != 2 || out.CheckinRules[0].DaysAgo != 20 || out.CheckinRules[1].Shifts[1].Name != "早班" {
					t.Errorf("rules %+v", out.CheckinRules)
				}
				if left := slices.Contains(out.LeftOut, "check-ins and members' shifts"); left != strings.Contains(file, "past") {
					t.Errorf("left out: %v", out.LeftOut)
				}
				out.Corp.CorpID = ""
				var text bytes.Buffer
				err = out.Write(&text)
				file = text.String()
				return err
			})
		}
	})
}
