package callback_test

import (
	"slices"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestDelivery(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		rc := w.Receiver(w.As(access.ContactSync))
		got := w.As(access.ContactSync).Call("POST", "/cgi-bin/user/create", `{"userid":"li","name":"李","email":"li@corp.example","department":[2]}`)
		if got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		w.Delivered()
		same(t, "its own change", rc.Kinds(), nil)
	})
}
