package acquisition_test

import (
	"fmt"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

var family = qiweitest.FamilyOf{Kind: access.CustomerContact, Calls: "/cgi-bin/externalcontact/customer_acquisition/", Scripts: "wechat/"}

type house struct{ *qiweitest.Family }

func run(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	qiweitest.RunFamily(t, family, func(t *testing.T, f *qiweitest.Family) { test(t, &house{f}) }, qiweitest.WithCollisions())
}

// link is what create_link answers.
type link struct {
	LinkID string `json:"link_id"`
	URL    string
}

// create makes a link for people: `"user_list":["zhangsan"]`.
func (h *house) create(c *qiweitest.Client, people, more string) link {
	h.T.Helper()
	var made struct{ Link link }
	h.Must(c, "create_link", `{"link_name":"展会","range":{`+people+`}`+more+`}`).Decode(&made)
	return made.Link
}

// come has somebody add a member by a link, and returns the two.
func (h *house) come(address, name string) (external, user string) {
	h.T.Helper()
	got := h.Play("add", `{"link":%q,"name":%q,"unionid":"union %s"}`, address, name, name)
	return got["external_userid"].(string), got["userid"].(string)
}

func (h *house) buy(count int) {
	h.T.Helper()
	h.Play("acquisition/buy", `{"count":%d}`, count)
}

// balance returns what is left and what was used.
func (h *house) balance() string {
	h.T.Helper()
	var q struct{ Total, Balance int }
	h.App.Call("GET", "/cgi-bin/externalcontact/customer_acquisition_quota", "").Decode(&q)
	return fmt.Sprintf("%d left, %d used", q.Balance, q.Total)
}
