package console

import (
	"bytes"
	"io"
	"testing"
)

func TestASpoolKeepsWhatIsWritten(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, inMemory, inMemory + 1, 3*inMemory + 7} {
		var s spool
		defer s.close()
		want := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
		for range 2 { // the second time stands for a transaction that runs again
			if err := s.reset(); err != nil {
				t.Fatal(err)
			}
			for rest := want; len(rest) > 0; {
				n := min(len(rest), 4096)
				if _, err := s.Write(rest[:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
		}
		content, err := s.content()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(content); err != nil || !bytes.Equal(got, want) || s.size != int64(size) {
			t.Errorf("%d bytes of %d came back, %v", len(got), size, err)
		}
		if s.head.Cap() > 2*inMemory {
			t.Errorf("%d bytes in memory", s.head.Cap())
		}
	}
}
