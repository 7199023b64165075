package platform_test

import (
	"net/http"
	"testing"

	"qiwei/qiweitest"
)

// Who waits until a server is ready finds all that is there then. Calls are answered before.
func TestPreparing(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	for _, preparing := range []bool{true, false} {
		w.Server.Preparing(preparing)
		for path, want := range map[string]int{"/readyz": map[bool]int{true: 503, false: 200}[preparing], "/healthz": 200} {
			resp, err := http.Get(w.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("%s while it is prepared (%v): %d, want %d", path, preparing, resp.StatusCode, want)
			}
		}
	}
}
