package platform_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// changesTold returns what suites are told of changes in the directory: of a contacts
// application all fields of a member whom it made, and of one from before providers had
// ids a new userid.
func changesTold(t *testing.T, w *qiweitest.World) (out []string) {
	t.Helper()
	var told []*qiweitest.Receiver
	var contacts app.App
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		for _, kind := range []access.Kind{access.ThirdParty, access.ThirdPartyContacts} {
			rc := w.Receiver()
			rc.Always(qiweitest.Text(200, "success"))
			told = append(told, rc)
			v, err := w.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: w.Second.CorpID, Kind: kind, Token: rc.Token, AESKey: rc.AESKey,
				Settings: suite.Settings{Name: "花名册", CommandURL: rc.URL, DataURL: rc.URL, Permissions: []string{"corp_arch:base:base", "corp_arch:member:direct_leader"}}})
			if err != nil {
				return err
			}
			in, _, err := w.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: v.SuiteID, CorpID: w.CorpID, Silent: true, PlainIDs: true})
			if err != nil {
				return err
			}
			contacts = in.App
		}
		by, err := w.Server.Apps.Caller(tx, contacts)
		if err != nil {
			return err
		}
		by.Level = access.All
		_, _, err = w.Server.Directory.CreateMember(ctx, tx, by, directory.Member{
			UserID: "made", Generated: true, Name: "王工", Mobile: "13900000009", Enabled: true, Places: []directory.Place{{Department: 2}},
		}, false)
		return err
	})
	var picture bytes.Buffer
	png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8)))
	var file struct {
		MediaID string `json:"media_id"`
	}
	sync := w.As(access.ContactSync)
	sync.Upload("/cgi-bin/media/upload?type=image", "a.png", picture.Bytes()).Decode(&file)
	for _, call := range []struct{ path, body string }{
		{"user/create", `{"userid":"guest","name":"客","mobile":"13900000008","department":[2],"is_leader_in_dept":[1],"direct_leader":["lisi"]}`},
		{"user/update", `{"userid":"made","new_userid":"wang9","name":"王","department":[2,4],"main_department":4,"is_leader_in_dept":[1,0],"direct_leader":["lisi"],
			"gender":"1","mobile":"13900000007","position":"p","email":"w@corp.example","alias":"w","telephone":"020-1","avatar_mediaid":"` + file.MediaID + `"}`},
		{"department/create", `{"id":77,"name":"新","parentid":1}`},
		{"department/update", `{"id":77,"name":"更新","parentid":2}`},
		{"department/delete?id=77", ``},
		{"tag/create", `{"tagid":7,"tagname":"标"}`},
		{"tag/addtagusers", `{"tagid":7,"userlist":["guest"],"partylist":[2]}`},
		{"tag/deltagusers", `{"tagid":7,"userlist":["guest"],"partylist":[2]}`},
		{"user/delete?userid=guest", ``},
	} {
		if got := sync.Call("POST", "/cgi-bin/"+call.path, call.body); got.ErrCode != 0 {
			t.Fatalf("%s: %s", call.path, got.Body)
		}
	}
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		c, err := w.Server.Corps.Corp(tx, w.CorpID)
		if err != nil {
			return err
		}
		c.MailDomain, c.Attributes = "mail.corp.example", []string{"爱好", "卡号"}
		if err := w.Server.Corps.UpdateCorp(ctx, tx, c); err != nil {
			return err
		}
		if err := w.Server.Admins.Appoint(ctx, tx, w.CorpID, "lisi", admin.Super, access.Range{}); err != nil {
			return err
		}
		if err := w.Server.Directory.UpdateMember(ctx, tx, access.System(w.CorpID), directory.MemberUpdate{
			UserID: "wang9", Texts: directory.Texts{directory.FieldBizMail: "w@mail.corp.example"},
			Attributes: &[]directory.Attribute{{Name: "爱好", Text: "旅游"}, {Type: directory.AttributeWeb, Name: "卡号", Title: "企业微信", URL: "https://work.example"}},
		}); err != nil {
			return err
		}
		return w.Server.Directory.JobDone.Record(ctx, tx, access.System(w.CorpID),
			directory.JobDoneEvent{App: contacts.No, JobID: "job", JobType: "export_user", ErrMsg: "ok", Command: true})
	})
	w.Delivered()
	for _, rc := range told {
		for _, push := range rc.Take() {
			out = append(out, push.XML())
		}
	}
	return out
}
