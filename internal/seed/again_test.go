package seed_test

import (
	"bytes"
	"context"
	"os"
	"reflect"
	"slices"
	"testing"

	"qiwei/internal/directory"
	"qiwei/internal/seed"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// asWritten is an enterprise as a person writes it, who leaves out what need not be said and begins where he
// likes. testdata/exported.json says the same as a server does.
const asWritten = `{"format":"qiwei enterprise 1","corp":{"name":"晴川科技","creator":"boss","settings":{"sync":"edit","mail_domain":"corp.example","short_names":["晴川"],"mini_programs":["wx1"],"attributes":["工号","主页","程序"],"external_attributes":["工号","程序"]}},
"departments":[{"id":3,"name":"后端","parentid":2},{"id":2,"name":"研发"}],
"members":[
{"userid":"boss","name":"老板","mobile":"15400000001","department":[1],"main_department":1,"biz_mail":"boss@corp.example","biz_mail_alias":["b@corp.example"]},
{"userid":"led","name":"兵","email":"led@corp.example","department":[2,3],"order":[0,7],"is_leader_in_dept":[0,1],"main_department":3,"direct_leader":"boss",
 "extattr":[{"name":"工号","value":"5"},{"name":"主页","url":"https://a.example","title":"我"}],
 "external_profile":{"external_attr":[{"name":"工号","value":"6"},{"name":"程序","appid":"wx1","pagepath":"p","title":"开"}]}},
{"userid":"new","name":"新","email":"new@corp.example","department":[3],"order":[9],"activated":false,"external_profile":{"external_corp_name":"晴川"}},
{"userid":"off","name":"停","email":"off@corp.example","department":[2,3],"enable":false}],
"tags":[{"tagname":"组","tagid":7,"members":["led"],"departments":[2]}],
"apps":[{"kind":"self_built","agentid":1000009,"callback":{"url":"https://a.example/cb","events":["subscribe"]}},{"kind":"contact_sync","name":"同步"}],
"bots":[{"bot_id":"aibaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","name":"甲","url":"https://a.example/bot"},{"name":"乙","range":{"departments":[3]}}]}`

func TestAnEnterpriseIsFoundedAgain(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("testdata/exported.json")
	if err != nil {
		t.Fatal(err)
	}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		file := asWritten
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
				out.Corp.CorpID = ""
				for i := range out.Bots {
					out.Bots[i].BotID = ""
				}
				var text bytes.Buffer
				err = out.Write(&text)
				file = text.String()
				return err
			})
			if file != string(want) {
				t.Fatalf("it is exported as\n%s\nwant\n%s", file, want)
			}
		}
	})
}

// A file may say little of a member, and what is written of it can be read.
func TestAFileThatSaysLittle(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]seed.Member{
		"a name":               {Texts: directory.Texts{directory.FieldName: "甲"}},
		"a userid and a name":  {UserID: "a", Texts: directory.Texts{directory.FieldName: "甲"}},
		"a department as well": {UserID: "a", Texts: directory.Texts{directory.FieldName: "甲"}, Departments: []int64{1}},
	} {
		var text bytes.Buffer
		if err := (seed.Enterprise{Format: seed.Format, Corp: seed.Corp{Name: "x"}, Members: []seed.Member{m}}).Write(&text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if again, err := seed.Parse("f.json", text.Bytes()); err != nil || len(again.Members) != 1 || !reflect.DeepEqual(again.Members[0], m) {
			t.Errorf("%s: %+v, %v of %s", name, again.Members, err, &text)
		}
	}
	names := seed.Names()
	for _, name := range []string{"format", "corp", "two_factor", "members", "userid", "pagepath", "external_attr", "events", "bot_id"} {
		if at, found := slices.BinarySearch(names, name); !found || slices.Contains(names[at+1:], name) {
			t.Errorf("%s is not one of the names of a file: %q", name, names)
		}
	}
}

// Everything of a provider is installed but login authorisations, which are installed nowhere.
func TestInstallAll(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p, err := seed.ParseProvider("p.json", []byte(`{"format":"qiwei provider 1","enterprise":{"format":"qiwei enterprise 1","corp":{"name":"服务商","creator":"boss"},
			"members":[{"userid":"boss","name":"老板","mobile":"15400000001","department":[1]}]},
			"suites":[{"kind":"third_party","name":"报表"},{"kind":"login","name":"登录"},{"kind":"custom","name":"代开发"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		var installed []string
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			c, err := seed.LoadProvider(ctx, tx, w.Server, p, seed.Options{})
			if err != nil {
				return err
			}
			ours, err := w.Server.Corps.Corp(tx, w.CorpID)
			if err != nil {
				return err
			}
			if err := seed.InstallAll(ctx, tx, w.Server, c.CorpID, ours); err != nil {
				return err
			}
			apps, err := w.Server.Apps.Apps(tx, w.CorpID)
			for _, a := range apps {
				if a.Partner == c.CorpID {
					installed = append(installed, a.Name)
				}
			}
			return err
		})
		slices.Sort(installed)
		if !slices.Equal(installed, []string{"代开发", "报表"}) {
			t.Errorf("installed: %q", installed)
		}
	})
}
