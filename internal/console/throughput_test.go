package console_test

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// BenchmarkInspected is a call through the assembled server, without a network,
// with the inspector off and on.
func BenchmarkInspected(b *testing.B) {
	for _, bytes := range []int64{0, 16 << 20} {
		b.Run(fmt.Sprint(bytes>>20, "MB"), func(b *testing.B) {
			w := qiweitest.New(b, func(c *platform.Config) { c.InspectBytes = bytes })
			path := "/cgi-bin/user/get?userid=zhangsan&access_token=" + w.As(access.SelfBuilt).Token()
			for b.Loop() {
				r := httptest.NewRequest("GET", path, nil)
				r.RemoteAddr = "127.0.0.1:1"
				w.Server.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
