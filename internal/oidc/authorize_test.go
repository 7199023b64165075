package oidc_test

import (
	"testing"

	"qiwei/qiweitest"
)

func TestSignIn(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		b := signedIn(t, w, w.Corp, "lisi")
		got := p.tokens(b, "scope", "openid profile email groups wecom")
		claims := p.open(got.ID)
		t.Log(claims)
		t.Log(p.userInfo(got.Access))
		if claims["iss"] != p.issuer() || claims["aud"] != p.ID || claims["nonce"] != "NONCE-456" {
			t.Errorf("%v", claims)
		}
	})
}
