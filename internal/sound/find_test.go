package sound_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/sound"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// found returns who is found by the words.
func found(w *qiweitest.World, x *sound.Index, c *qiweitest.Corp, words string) (names string) {
	w.Write(func(_ context.Context, tx *store.Tx) error {
		list, err := x.Find(tx, c.CorpID, words)
		if err != nil {
			return err
		}
		briefs, err := w.Server.Directory.Briefs(tx, list)
		for _, no := range list {
			names += string(briefs[no].UserID) + " "
		}
		return err
	})
	return names
}

// Members are found by how their names sound, in their own enterprise, as soon as
// they have the name and until they have left.
func TestFind(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		x := sound.NewIndex(w.Server.Directory)
		check := func(when string, want map[string]string) {
			t.Helper()
			for words, who := range want {
				if got := found(w, x, w.Corp, words); got != who {
					t.Errorf("%s, by %q: %q, want %q", when, words, got, who)
				}
			}
		}
		check("at first", map[string]string{"lisi": "lisi ", "LI Si": "lisi ", "ls": "lisi ", "zs": "zhangsan ", "": "", "  ": "", "李": "", "li4": "", "{": "", "`": "", "a": "", "z": "zhangsan "})
		sync := w.As(access.ContactSync)
		sync.Call("POST", "/cgi-bin/user/create", `{"userid":"new","name":"赵六","mobile":"13900000006","department":[3]}`)
		check("after one came", map[string]string{"zhaoliu": "new ", "zl": "new "})
		sync.Call("POST", "/cgi-bin/user/update", `{"userid":"new","name":"钱七"}`)
		check("after a new name", map[string]string{"zhaoliu": "", "qianqi": "new "})
		sync.Call("GET", "/cgi-bin/user/delete?userid=new", "")
		check("after one left", map[string]string{"qianqi": ""})
		w.Second.As(access.ContactSync).Call("POST", "/cgi-bin/user/create", `{"userid":"theirs","name":"孙八","mobile":"13900000007","department":[3]}`)
		check("in another enterprise", map[string]string{"sunba": ""})
		if got := found(w, x, w.Second, "sunba"); got != "theirs " {
			t.Errorf("at home: %q", got)
		}
	})
}

// What another server on the database did is found after a minute, and at once where
// the whole has been replaced.
func TestFindElsewhere(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		x := sound.NewIndex(w.Server.Directory)
		rename := func(name string) {
			w.Write(func(_ context.Context, tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE member SET name = ? WHERE corpid = ? AND userid = 'lisi'`, name, w.CorpID)
				return err
			})
		}
		check := func(when, words, want string) {
			t.Helper()
			if got := found(w, x, w.Corp, words); got != want {
				t.Errorf("%s: %q, want %q", when, got, want)
			}
		}
		check("at first", "lisi", "lisi ")
		rename("周五")
		check("at once", "zhouwu", "")
		w.Advance(time.Minute)
		check("a minute later", "zhouwu", "")
		w.Advance(time.Millisecond)
		check("after more than that", "zhouwu", "lisi ")
		rename("吴十")
		x.Forget()
		check("after all was replaced", "wushi", "lisi ")
	})
}

func TestFindMany(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		x := sound.NewIndex(w.Server.Directory)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for i := range 301 {
				m := directory.Member{UserID: id.UserID(fmt.Sprintf("m%d", i)), Name: "众人", Email: fmt.Sprintf("m%d@corp.example", i), Enabled: true, Places: []directory.Place{{Department: 4}}}
				if _, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), m, false); err != nil {
					return err
				}
			}
			list, err := x.Find(tx, w.CorpID, "zhongren")
			if len(list) != 300 {
				t.Errorf("%d are found, want 300", len(list))
			}
			return err
		})
	})
}
