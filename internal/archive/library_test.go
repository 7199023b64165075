package archive_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// The window moves over what is there, and what is older stays.
func TestPullWindow(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		for day := range 8 {
			h.says("zhangsan", "lisi", fmt.Sprint("day ", day))
			h.sealAll()
			h.Advance(24 * 3600 * 1e9)
		}
		for _, tt := range []struct {
			days, seq int64
			first     int64
			count     int
		}{{5, 0, 4, 5}, {5, 6, 7, 2}, {0, 0, 1, 8}, {1, 0, 8, 1}, {30, 2, 3, 6}} {
			h.done(h.Corp, "archive/settings", fmt.Sprintf(`{"pull_days":%d}`, tt.days), nil)
			page := h.pull(tt.seq, 1000)
			if len(page) != tt.count || page[0].Seq != tt.first {
				t.Errorf("%d days, behind %d: %d from %d", tt.days, tt.seq, len(page), page[0].Seq)
			}
		}
	})
}

// A clock that is set back hides nothing: what is sealed then counts as kept when the newest before it was.
func TestClockSetBack(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		noon := h.Clock.Now()
		for i, at := range []time.Duration{0, 10 * 24 * time.Hour, 24 * time.Hour, 12 * 24 * time.Hour} {
			h.Clock.Set(noon.Add(at))
			h.says("zhangsan", "lisi", fmt.Sprint("message ", i))
			h.sealAll()
		}
		if page := h.pull(0, 1000); len(page) != 3 || page[0].Seq != 2 {
			t.Errorf("%d from %+v", len(page), page)
		}
		h.verified(4)
	})
}

// A key is replaced between two pages: what is said then is sealed for the new one, and the pull goes on. A seq
// that is to come has nothing behind it.
func TestAKeyReplacedInAPull(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		for i := range 3 {
			h.says("zhangsan", "lisi", fmt.Sprint("message ", i))
		}
		page := h.pull(0, 2)
		h.done(h.Corp, "archive/settings", fmt.Sprintf(`{"public_key":%q}`, publicPEM(privateKeys()[1])), nil)
		h.says("lisi", "zhangsan", "message 3")
		for len(page) > 0 && len(page) < 10 {
			next := h.pull(page[len(page)-1].Seq, 2)
			if len(next) == 0 {
				break
			}
			page = append(page, next...)
		}
		for i, s := range page {
			if want := int64(1 + i/3); s.Seq != int64(i+1) || s.Version != want || !strings.Contains(opened(t, privateKeys()[want-1], s), fmt.Sprint("message ", i)) {
				t.Errorf("record %d: seq %d, version %d", i, s.Seq, s.Version)
			}
		}
		if len(page) != 4 {
			t.Errorf("%d records", len(page))
		}
		if ahead := h.pull(1000, 10); len(ahead) != 0 {
			t.Errorf("behind a seq to come: %+v", ahead)
		}
		h.says("lisi", "zhangsan", "message 4")
		if ahead := h.pull(4, 10); len(ahead) != 1 || ahead[0].Seq != 5 {
			t.Errorf("after that: %+v", ahead)
		}
	})
}

// diskFull leaves no room for what is said and sealed, and gives it back.
var diskFull = map[string]struct{ fill, free func(*store.Tx) error }{
	"SQLite": {
		func(tx *store.Tx) error {
			pages, err := tx.Count("PRAGMA page_count")
			if err == nil {
				_, err = tx.Count(fmt.Sprintf("PRAGMA max_page_count = %d", pages+12))
			}
			return err
		},
		func(tx *store.Tx) error { _, err := tx.Count("PRAGMA max_page_count = 1000000"); return err },
	},
	// PostgreSQL's own disk cannot be filled from here; its error can be had.
	"PostgreSQL": {
		func(tx *store.Tx) error {
			for _, query := range []string{
				`CREATE SEQUENCE full_disk_room`,
				`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
					IF nextval('full_disk_room') > 5 THEN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END IF;
					RETURN NEW; END $$`,
				`CREATE TRIGGER full_disk BEFORE INSERT ON archive_pending FOR EACH ROW EXECUTE FUNCTION full_disk()`,
				`CREATE TRIGGER full_disk BEFORE INSERT ON archive_record FOR EACH ROW EXECUTE FUNCTION full_disk()`,
			} {
				if _, err := tx.Exec(query); err != nil {
					return err
				}
			}
			return nil
		},
		func(tx *store.Tx) error {
			_, err := tx.Exec(`DROP FUNCTION full_disk() CASCADE`)
			return err
		},
	},
}

// A disk that fills while messages are archived: one that was acknowledged is kept and archived once there is room
// again, one that was refused is not there, and the chain is whole.
func TestADiskThatFills(t *testing.T) {
	runAlone(t, func(t *testing.T, h *house) {
		h.WithoutTwin()
		full := diskFull[h.Server.Store.Database()]
		said := map[string]bool{}
		h.says("zhangsan", "lisi", "before")
		h.sealAll()
		h.Write(func(_ context.Context, tx *store.Tx) error { return full.fill(tx) })
		refused, failed := 0, 0
		for i := 0; i < 400 && (refused == 0 || failed == 0); i++ {
			text := fmt.Sprintf("message %d %s.", i, strings.Repeat("x", 500))
			if status, _ := h.script(h.Corp, "chat/send", fmt.Sprintf(`{"from":"zhangsan","to":"lisi","msgtype":"text","text":{"content":%q}}`, text)); status == 200 {
				said[text] = true
			} else {
				refused++
			}
			if i%5 == 4 || refused > 0 {
				stopped, stop := context.WithTimeout(context.Background(), 2*time.Second) // it is tried again for ever
				if err := h.Server.Archive.SealAll(stopped); err != nil {
					failed++
				}
				stop()
			}
		}
		if refused == 0 {
			t.Fatalf("the disk was not full: %d said", len(said))
		}
		h.Write(func(_ context.Context, tx *store.Tx) error { return full.free(tx) })
		h.Advance(2 * time.Minute) // as long as it waits to try again
		got := h.read(1)
		for _, one := range got {
			found := 0
			for text := range said {
				if strings.Contains(one, text) {
					delete(said, text)
					found++
				}
			}
			if found != 1 {
				t.Errorf("archived, and never acknowledged or there twice: %.120s", one)
			}
		}
		if len(said) > 0 || len(got) == 0 {
			t.Errorf("%d of %d are missing, %d refused", len(said), len(said)+len(got), refused)
		}
		h.verified(int64(len(got) + 1))
	})
}

// What the library sends wrong, and who may not ask.
func TestLibraryRefusals(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.says("zhangsan", "lisi", "one")
		h.sealAll()
		for _, tt := range []struct {
			what, body   string
			status, code int
		}{
			{"no limit", `{"seq":0}`, 400, 10000},
			{"a limit of nothing", `{"seq":0,"limit":0}`, 400, 10000},
			{"one more than the most", `{"seq":0,"limit":1001}`, 400, 10000},
			{"the most", `{"seq":0,"limit":1000}`, 200, 0},
			{"a negative seq", `{"seq":-1,"limit":10}`, 400, 10000},
			{"the largest seq", `{"seq":18446744073709551615,"limit":10}`, 200, 0},
			{"no JSON", `seq`, 400, 10000},
			{"nothing", ``, 400, 10000},
			{"a text", `{"seq":"x","limit":10}`, 400, 10000},
		} {
			if got := h.ask(h.app, "chatdata", tt.body); got.Status != tt.status || got.ErrCode != tt.code || !strings.Contains(got.Body, `"chatdata":[`) {
				t.Errorf("%s: %d %s", tt.what, got.Status, got.Body)
			}
		}
		if got := h.ask(h.As(access.SelfBuilt), "chatdata", `{"seq":0,"limit":10}`); got.Status != 200 || got.ErrCode != 48002 || !strings.Contains(got.Body, `"chatdata":[]`) {
			t.Errorf("another application: %d %s", got.Status, got.Body)
		}
		for path, code := range map[string]int{"/_archive/chatdata": 41001, "/_archive/chatdata?access_token=x": 40014, "/_archive/media?access_token=x": 40014} {
			if got := h.post(path, `{"seq":0,"limit":10}`); got.Status != 400 || got.ErrCode != code {
				t.Errorf("%s: %d %s", path, got.Status, got.Body)
			}
		}
		old := h.app.Token()
		h.Advance(7201 * 1e9)
		if got := h.post("/_archive/chatdata?access_token="+old, `{"seq":0,"limit":10}`); got.Status != 400 || got.ErrCode != 42001 {
			t.Errorf("an old token: %d %s", got.Status, got.Body)
		}
		foreign := h.Second.As(access.ChatArchive)
		h.open(h.Second, `,"editions":{"1":{"departments":[1]}}`)
		if got := h.ask(foreign, "chatdata", `{"seq":0,"limit":10}`); got.ErrCode != 0 || !strings.Contains(got.Body, `"chatdata":[]`) {
			t.Errorf("another enterprise reads %s", got.Body)
		}
	})
}
