package customergroup_test

import (
	"context"
	"fmt"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

var family = qiweitest.FamilyOf{Kind: access.CustomerContact, Calls: "/cgi-bin/externalcontact/", Scripts: "wechat/"}

type house struct{ *qiweitest.Family }

func run(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	qiweitest.RunFamily(t, family, func(t *testing.T, f *qiweitest.Family) { test(t, &house{f}) })
}

// customer has somebody add a member, and returns the id.
func (h *house) customer(c *qiweitest.Corp, user, name string) string {
	h.T.Helper()
	return h.PlayIn(c, "add", fmt.Sprintf(`{"userid":%q,"name":%q,"unionid":%q}`, user, name, "o"+name)).Text("external_userid")
}

type made struct {
	ChatID  string `json:"chat_id"`
	OpenGID string `json:"opengid"`
}

// group has a member make a group.
func (h *house) group(c *qiweitest.Corp, body string) (m made) {
	h.T.Helper()
	h.PlayIn(c, "group/create", body).Into(&m)
	return m
}

type came struct {
	ChatID    string   `json:"chat_id"`
	Externals []string `json:"external_userids"`
}

func (h *house) join(format string, args ...any) (c came) {
	h.T.Helper()
	h.Play("join", format, args...).Into(&c)
	return c
}

// leave deletes a member, as the directory's page does.
func (h *house) leave(user string) {
	h.T.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return h.Server.Directory.DeleteMember(ctx, tx, access.System(h.CorpID), id.UserID(user))
	})
}

// TestWhoMayCall: the system application, self-built ones that are listed, and providers' that have the
// permission (doc 92109).
func TestWhoMayCall(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		calls := map[string]string{ // to the permission that a provider's needs
			"groupchat/list": "externalcontact:base:base", "groupchat/get": "externalcontact:base:base", "opengid_to_chatid": "externalcontact:base:base",
			"groupchat/onjob_transfer": "externalcontact:groupchat:transfer", "groupchat/transfer": "externalcontact:groupchat:resigned",
			"groupchat/statistic": "externalcontact:groupchat:stat", "groupchat/statistic_group_by_day": "externalcontact:groupchat:stat",
			"groupchat/add_join_way": "externalcontact:groupchat:qrcode", "groupchat/get_join_way": "externalcontact:groupchat:qrcode",
			"group_welcome_template/add": "externalcontact:groupchat:welcome_msg", "group_welcome_template/get": "externalcontact:groupchat:welcome_msg",
		}
		for _, tt := range []struct {
			what   string
			client *qiweitest.Client
			may    string // the permission that it has, all or none
		}{
			{"a listed application", h.App, "all"},
			{"one that is not listed", h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), "none"},
			{"the system application", h.As(access.CustomerContact), "all"},
			{"contact sync", h.As(access.ContactSync), "none"},
			{"a provider's for basic data", h.SuiteApp(access.ThirdParty, nil, "externalcontact:base:base"), "externalcontact:base:base"},
			{"a provider's for statistics", h.SuiteApp(access.ThirdParty, nil, "externalcontact:groupchat:stat"), "externalcontact:groupchat:stat"},
			{"a proxy-developed one for welcomes", h.WithApp(access.Custom, app.Settings{Range: access.Everything(), Grants: []string{"externalcontact:groupchat:welcome_msg"}}), "externalcontact:groupchat:welcome_msg"},
		} {
			for name, needs := range calls {
				may := tt.may == "all" || tt.may == needs
				if got := h.Call(tt.client, name, `{}`); (got.ErrCode != 48002) != may {
					t.Errorf("%s, %s: %s, may %v", tt.what, name, got.Body, may)
				}
			}
		}
	})
}
