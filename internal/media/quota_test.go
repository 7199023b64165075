package media_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/media"
	"qiwei/internal/platform"
	"qiwei/internal/wire"
	"qiwei/qiweitest"
)

func TestAMembersQuota(t *testing.T) {
	t.Parallel()
	const size = 1000
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		upload := func(c *qiweitest.Corp, member int64) error {
			_, err := w.Server.Media.Upload(context.Background(), access.System(c.CorpID),
				media.NewFile{Kind: media.Other, Scene: media.General, Name: "a.txt", Length: -1, Content: bytes.NewReader(make([]byte, size)), Member: member})
			return err
		}
		a, b := w.Corps()
		for i := range 3 {
			if err := upload(a, 7); err != nil {
				t.Fatalf("file %d: %v", i, err)
			}
		}
		if err := upload(a, 7); !errors.Is(err, wire.ErrFrequency) {
			t.Errorf("beyond the quota: %v", err)
		}
		for name, err := range map[string]error{"another member": upload(a, 8), "a member of the same number elsewhere": upload(b, 7), "an application": upload(a, 0)} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.Advance(24 * time.Hour)
		if err := w.Server.Media.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := upload(a, 7); err != nil {
			t.Errorf("the next day: %v", err)
		}
	}, func(c *platform.Config) { c.MemberQuota = 3*size + 999 })
}
