package masssend_test

import (
	"fmt"
	"testing"

	"qiwei/internal/access"
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
	var a struct {
		External string `json:"external_userid"`
	}
	h.PlayIn(c, "add", fmt.Sprintf(`{"userid":%q,"name":%q,"unionid":%q}`, user, name, "o"+name)).Into(&a)
	return a.External
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
