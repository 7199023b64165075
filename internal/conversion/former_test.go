package conversion_test

import (
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
)

// TestFormerUnion: the enterprise's applications ask for a customer by the unionid (doc 93274), within what they see.
func TestFormerUnion(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin, he := h.add("zhangsan", "Lin", ""), h.add("wangwu", "He", "")
		mine := h.WithApp(access.SelfBuilt, listed())
		part := h.WithApp(access.SelfBuilt, app.Settings{Range: access.Range{Departments: []int64{2}}, Callable: []access.Kind{access.CustomerContact}})
		twin := h.Second.WithApp(access.SelfBuilt, listed())
		const path = "/cgi-bin/externalcontact/unionid_to_external_userid"
		for body, want := range map[string]string{`{"unionid":"unionLin"}`: lin, `{"unionid":"unionHe","openid":"oHe"}`: he} {
			if got := mine.Call("POST", path, body); got.ErrCode != 0 || field(t, got.Body, "external_userid") != want {
				t.Errorf("%s: %s, want %s", body, got.Body, want)
			}
		}
		for what, got := range map[string]struct{ got, want int }{
			"nobody":            {mine.Call("POST", path, `{"unionid":"unionNobody"}`).ErrCode, 84061},
			"out of sight":      {part.Call("POST", path, `{"unionid":"unionHe"}`).ErrCode, 84061},
			"the twin":          {twin.Call("POST", path, `{"unionid":"unionLin"}`).ErrCode, 84061},
			"without a unionid": {mine.Call("POST", path, `{"openid":"o"}`).ErrCode, 610014},
			"contact sync":      {h.As(access.ContactSync).Call("POST", path, `{"unionid":"unionLin"}`).ErrCode, 48002},
		} {
			if got.got != got.want {
				t.Errorf("%s: %d, want %d", what, got.got, got.want)
			}
		}
	})
}
