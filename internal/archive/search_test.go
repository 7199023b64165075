package archive

import "testing"

// Words are found in what people read, and numbers are passed over early only where the text cannot have them.
func TestHitsIn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		plain string
		words []string
		hits  int
	}{
		{`{"text":{"content":"编号 50000"}}`, []string{"50000"}, 1},
		{`{"text":{"content":"编号 50000"}}`, []string{"50000", "编号"}, 2},
		{`{"text":{"content":"编号 50001 与 150002"}}`, []string{"50000"}, 0},
		{`{"text":{"content":"编号 50000"}}`, []string{"编号", "50001"}, 0},
		{`{"text":{"content":"A50000b"}}`, []string{"a50000B"}, 1},
		{`{"text":{"content":"\u0035\u0030000"}}`, []string{"50000"}, 1}, // another program may write digits so
		{`{"msgid":"50000","text":{"content":"编号"}}`, []string{"50000"}, 0},
		{`{"mixed":{"item":[{"type":"text","content":"{\"content\":\"编号 50000\"}"}]}}`, []string{"50000"}, 1},
		{`{"a":{"content":"500"},"b":{"content":"00"}}`, []string{"50000"}, 0},
	} {
		if got := len(hitsIn(tt.plain, tt.words)); got != tt.hits {
			t.Errorf("%q in %s: %d hits, want %d", tt.words, tt.plain, got, tt.hits)
		}
	}
}

func BenchmarkHitsInWithoutTheNumber(b *testing.B) {
	const plain = `{"msgid":"4b9c","action":"send","from":"zhangsan","tolist":["lisi"],"msgtype":"text","text":{"content":"合同编号 10000203 已寄出，请查收"}}`
	for b.Loop() {
		hitsIn(plain, []string{"00000000"})
	}
}
