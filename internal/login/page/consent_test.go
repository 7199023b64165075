package page

import (
	"strings"
	"testing"
)

func TestMasked(t *testing.T) {
	for _, tt := range []struct {
		field       Asked
		value, want string
	}{
		{Mobile, "13800138000", "138****8000"},
		{Mobile, "+86 13800138000", "+86****8000"},
		{Mobile, "10086", "1****"},
		{Mobile, "110", "****"},
		{Email, "zhangsan@corp.example", "z****@corp.example"},
		{Email, "zs@corp.example", "****@corp.example"},
		{BizMail, "a.b@corp.example", "****@corp.example"},
		{Email, "nothing", "n****"},
		{Address, "广东省深圳市南山区某某路1号", "广东省深圳市****"},
		{Address, "深圳", "****"},
		{Gender, "1", "Male"},
		{Gender, "2", "Female"},
		{Gender, "0", ""},
		{QRCode, "https://open.work.weixin.qq.com/wwopen/userQRCode?vcode=x", "Your personal QR code"},
		{Mobile, "", ""},
	} {
		if got := English.masked(tt.field, tt.value); got != tt.want {
			t.Errorf("%s %q is shown as %q, want %q", tt.field, tt.value, got, tt.want)
		}
	}
}

func TestConsentShowsNothingUnmasked(t *testing.T) {
	values := map[Asked]string{
		Avatar: "/media/secret-avatar.png", Gender: "1", Mobile: "13912345678", Email: "secret@home.example", BizMail: "hidden@corp.example",
		QRCode: "https://qr.example/secret", Address: "广东省深圳市南山区保密路1号",
	}
	d := Consent{App: someApp, Me: someone, Form: someForm}
	for f, v := range values {
		d.Fields = append(d.Fields, ConsentField{Field: f, Value: v, Ticked: f == Email})
	}
	page := html(t, English, d)
	for _, v := range []string{"13912345678", "2345678", "secret@", "hidden@", "qr.example", "保密路"} {
		if strings.Contains(page, v) {
			t.Errorf("%s is on the page", v)
		}
	}
	ticked := map[string]bool{}
	for _, e := range parse(t, page) {
		if e.attr["name"] == "field" {
			_, ticked[e.attr["value"]] = e.attr["checked"]
		}
	}
	for f := range values {
		if got, ok := ticked[string(f)]; !ok || got != (f == Email) {
			t.Errorf("%s: on the page %v, ticked %v", f, ok, got)
		}
	}
	if !strings.Contains(page, "remembered for 30 days") {
		t.Error("the page does not say how long the choice is remembered")
	}
}
