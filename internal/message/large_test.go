package message_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestManyReceiversFast sends to everyone in an enterprise of 100,000. It takes a
// minute to make them, so it runs where QIWEI_TEST_LARGE is set.
func TestManyReceiversFast(t *testing.T) {
	if os.Getenv("QIWEI_TEST_LARGE") == "" {
		t.Skip("QIWEI_TEST_LARGE is not set")
	}
	w := qiweitest.New(t)
	const members = 100_000
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		for i := range members {
			key := fmt.Sprintf("m%d", i)
			no, err := tx.Insert(`INSERT INTO member (corpid, userid, userkey, name, alias, mobile, email, biz_mail, biz_mail_changes, position, gender, telephone, address, avatar,
				external_position, main_department, places, enabled, activated, generated, extattr, external_profile, mail_aliases, created_by, created_at, invited_at)
				VALUES (?, ?, ?, 'n', '', '', '', '', 0, '', 0, '', '', '', '', 4, '4:0:0', 1, 1, 0, '', '', '', 0, 0, 0)`, w.CorpID, key, key)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO member_department (corpid, department, member, ord, is_leader) VALUES (?, 4, ?, 0, 0)`, w.CorpID, no); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`UPDATE directory_size SET members = members + ? WHERE corpid = ?`, members, w.CorpID)
		return err
	})
	a := w.As(access.SelfBuilt)
	a.Token()
	for _, to := range []string{`"touser":"@all"`, `"toparty":"4"`} {
		start := time.Now()
		if got := send(a, to+","+text("全员")); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		took := time.Since(start)
		start = time.Now()
		if err := w.Server.Messages.Deliver(context.Background()); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: accepted in %v, delivered in %v", to, took, time.Since(start))
		if took > 50*time.Millisecond {
			t.Errorf("%s: accepted in %v", to, took)
		}
	}
	if got := has(t, w, w.Corp, "m99999", a.AgentID); len(got) != 2 {
		t.Errorf("the last has %q", got)
	}
}
