package directory_test

import (
	"context"
	"slices"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestGroupsAreOneEnterprises: another enterprise has the same departments in another
// order, and the same tags with other content; a member has none of them.
func TestGroupsAreOneEnterprises(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for _, tt := range []struct {
			c          *qiweitest.Corp
			path, body string
		}{
			{w.Second, "department/update", `{"id":3,"parentid":4,"name":"丙"}`},
			{w.Second, "department/update", `{"id":2,"parentid":4,"name":"乙"}`},
			{w.Second, "tag/create", `{"tagid":21,"tagname":"别组"}`},
			{w.Second, "tag/create", `{"tagid":22,"tagname":"他组"}`},
			{w.Second, "tag/addtagusers", `{"tagid":22,"partylist":[2]}`},
			{w.Corp, "tag/create", `{"tagid":21,"tagname":"甲组"}`},
			{w.Corp, "tag/create", `{"tagid":22,"tagname":"空组"}`},
			{w.Corp, "tag/create", `{"tagid":23,"tagname":"市场"}`},
			{w.Corp, "tag/addtagusers", `{"tagid":21,"userlist":["lisi"]}`},
			{w.Corp, "tag/addtagusers", `{"tagid":23,"partylist":[4]}`},
		} {
			if got := tt.c.As(access.ContactSync).Call("POST", "/cgi-bin/"+tt.path, tt.body); got.ErrCode != 0 {
				t.Fatalf("%s: %s", tt.body, got.Body)
			}
		}
		var groups, tags []string
		if err := w.Server.Store.Read(t.Context(), func(tx *store.Tx) error {
			groups, tags = nil, nil
			m, err := w.Server.Directory.Member(context.Background(), tx, access.System(w.CorpID), "lisi")
			if err != nil {
				return err
			}
			list, err := w.Server.Directory.TagsOf(tx, w.CorpID, m)
			if err != nil {
				return err
			}
			for _, tag := range list {
				tags = append(tags, tag.Name)
			}
			groups, err = w.Server.Directory.GroupNames(tx, w.CorpID, m)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(tags, []string{"甲组"}) {
			t.Errorf("tags %q", tags)
		}
		if want := []string{"/甲公司", "/甲公司/研发部", "/甲公司/研发部/后端组", "甲组"}; !slices.Equal(slices.Sorted(slices.Values(groups)), want) {
			t.Errorf("groups %q, want %q", groups, want)
		}
	})
}
