package conversion_test

import (
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
)

// signIn fetches the token of a proxy-developed application again, which two hours end.
func (p *party) signIn() {
	p.h.t.Helper()
	p.token = field(p.h.t, p.h.Send("GET", "/cgi-bin/gettoken?corpid="+p.open+"&corpsecret="+p.in.Secret, "").Body, "access_token")
}

// massCall fetches the ticket that lifts limits.
func (p *party) massCall() (code int, ticket string) {
	r := p.h.Send("GET", "/cgi-bin/corp/apply_mass_call_ticket?access_token="+p.token, "")
	var got struct {
		Ticket string `json:"mass_call_ticket"`
	}
	r.Decode(&got)
	return r.ErrCode, got.Ticket
}

// TestMassCallTicket: one for an enterprise, good for a week (doc 96168).
func TestMassCallTicket(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		p := h.install(access.Custom, false, access.Everything(), base)
		code, ticket := p.massCall()
		if code != 0 || ticket == "" {
			t.Fatalf("%d %q", code, ticket)
		}
		if code, _ := p.massCall(); code != 48001 {
			t.Errorf("a second one: %d", code)
		}
		convert := func(ticket string) int {
			return p.call("idconvert/unionid_to_external_userid", `{"unionid":"oU","openid":"oO","mass_call_ticket":"`+ticket+`"}`).ErrCode
		}
		if got := convert(ticket); got != 0 {
			t.Errorf("with the ticket: %d", got)
		}
		if got := convert(strings.ToUpper(ticket)); got != 40058 {
			t.Errorf("with another: %d", got)
		}
		h.Advance(7 * 24 * time.Hour)
		p.signIn()
		if got := convert(ticket); got != 40058 {
			t.Errorf("after a week: %d", got)
		}
		if code := h.app.Call("GET", "/cgi-bin/corp/apply_mass_call_ticket", "").ErrCode; code != 48002 {
			t.Errorf("an application of the enterprise's own: %d", code)
		}
	})
}

// TestMassCallTicketLate: three months after the installation there is none any more.
func TestMassCallTicketLate(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		p := h.install(access.Custom, false, access.Everything(), base)
		h.Advance(93 * 24 * time.Hour)
		p.signIn()
		if code, _ := p.massCall(); code != 48001 {
			t.Errorf("after three months: %d", code)
		}
	})
}
