package oidc_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/oidc"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// The parameter claims brings single claims to the place that it names, and no others.
func TestClaimsParameter(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.Scopes = []string{"openid", "profile", "email"} })
		b := signedIn(t, w, w.Corp, "lisi")
		got := p.tokens(b, "claims", `{"userinfo":{"email":{"essential":true},"phone_number":null},"id_token":{"name":null,"auth_time":{"essential":true}}}`)
		claims, info := p.open(got.ID), p.userInfo(got.Access)
		if claims["name"] != "李四" || claims["email"] != nil || info["email"] != "lisi@corp.example" || info["name"] != nil || info["phone_number"] != nil {
			t.Errorf("ID token %v, userinfo %v", claims, info)
		}
	})
}

// A client's own mapping gives the member's attributes any names.
func TestClaimMapping(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, func(c *oidc.Client) {
			c.Claims = map[string]string{"uid": "userid", "department": "department_path", "team": "department_names", "roles": "tags",
				"desk": "attr:工位", "mobile": "mobile", "phone": "phone", "is_leader": "is_leader", "leads": "leader_of", "company": "corp_name"}
		})
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			by := access.System(w.CorpID)
			tag, err := w.Server.Directory.CreateTag(ctx, tx, by, 0, "值班")
			if err == nil {
				// Through the department above the member's own.
				_, err = w.Server.Directory.AddToTag(ctx, tx, by, tag, directory.TagNodes{Departments: []int64{2}})
			}
			return err
		})
		w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"A-17"}}]}}`)
		claims := p.open(p.tokens(signedIn(t, w, w.Corp, "lisi")).ID)
		for name, want := range map[string]any{"uid": "lisi", "department": "/甲公司/研发部/后端组", "desk": "A-17", "mobile": "13800000002",
			"phone": "+8613800000002", "is_leader": false, "company": "甲公司"} {
			if claims[name] != want {
				t.Errorf("%s: %v, want %v", name, claims[name], want)
			}
		}
		for name, want := range map[string][]any{"team": {"后端组"}, "roles": {"值班"}, "leads": {}} {
			if got, _ := claims[name].([]any); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", name, claims[name], want)
			}
		}
		leader := p.open(p.tokens(signedIn(t, w, w.Corp, "zhangsan")).ID)
		if got, _ := leader["leads"].([]any); leader["is_leader"] != true || !slices.Equal(got, []any{"/甲公司/研发部"}) {
			t.Errorf("a leader: %v", leader)
		}
	})
}

// A member's groups are the departments, those above them, each once, and the tags. With them a product can
// admit a whole division.
func TestGroups(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		sync := w.As(access.ContactSync)
		sync.Call("POST", "/cgi-bin/department/create", `{"id":9,"parentid":2,"name":"前端组"}`)
		sync.Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","department":[3,9]}`)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for name, nodes := range map[string]directory.TagNodes{
				"值班":       {Departments: []int64{2}},
				"/甲公司/研发部": {Users: []string{"lisi"}}, // is still a tag
				"别人的":      {Users: []string{"wangwu"}},
			} {
				tag, err := w.Server.Directory.CreateTag(ctx, tx, access.System(w.CorpID), 0, name)
				if err != nil {
					return err
				}
				if _, err = w.Server.Directory.AddToTag(ctx, tx, access.System(w.CorpID), tag, nodes); err != nil {
					return err
				}
			}
			return nil
		})
		got := p.tokens(signedIn(t, w, w.Corp, "lisi"), "scope", "openid groups")
		for where, claims := range map[string]map[string]any{"ID token": p.open(got.ID), "userinfo": p.userInfo(got.Access)} {
			groups, _ := claims["groups"].([]any)
			var texts []string
			for _, g := range groups {
				texts = append(texts, g.(string))
			}
			slices.Sort(texts)
			if !slices.Equal(texts, []string{"/甲公司", "/甲公司/研发部", "/甲公司/研发部/前端组", "/甲公司/研发部/后端组", "值班", "／甲公司／研发部"}) {
				t.Errorf("%s: groups %q", where, texts)
			}
			if claims["tags"] != nil {
				t.Errorf("%s: the scope wecom was not asked for: %v", where, claims)
			}
		}
		// The attribute department_paths holds only the member's own departments.
		p.change(func(c *oidc.Client) { c.Claims = map[string]string{"own": "department_paths"} })
		if own := p.open(p.tokens(signedIn(t, w, w.Corp, "lisi")).ID)["own"].([]any); len(own) != 2 {
			t.Errorf("department_paths %v", own)
		}
		// The member sees on the page what is given away.
		asking := newProduct(t, w, w.Corp, func(c *oidc.Client) { c.Trusted = false })
		page := signedIn(t, w, w.Corp, "lisi").get(asking.link("scope", "openid groups"))
		for _, group := range []string{"/甲公司/研发部/前端组", "值班"} {
			if !strings.Contains(page.body, group) {
				t.Errorf("the question of consent does not show %s", group)
			}
		}
	})
}

// A department named like a path is not taken for it.
func TestGroupOfAnotherName(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		p := newProduct(t, w, w.Corp, nil)
		if got := w.As(access.ContactSync).Call("POST", "/cgi-bin/department/create", `{"id":9,"parentid":1,"name":"研发部/后端组"}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"wangwu","department":[9]}`)
		claims := p.open(p.tokens(signedIn(t, w, w.Corp, "wangwu"), "scope", "openid groups").ID)
		if got := claims["groups"].([]any); !slices.Equal(got, []any{"/甲公司/研发部／后端组", "/甲公司"}) {
			t.Errorf("groups %v", got)
		}
	})
}
