package token_test

import (
	"testing"

	"qiwei/internal/token"
)

// The example of doc 90506.
func TestSignature(t *testing.T) {
	t.Parallel()
	s := token.Signature{NonceStr: "Wm3WZYTPz0wzccnW", Timestamp: "1414587457", URL: "http://mp.weixin.qq.com?params=value#behind"}
	got := s.Sign("sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg")
	if got != "0f9de62fce790f9a083d5c99e95740ceb90c27ed" {
		t.Errorf("got %s", got)
	}
}
