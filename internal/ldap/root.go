package ldap

import (
	"context"
	"slices"
	"strings"

	"qiwei/internal/store"
)

// subschemaDN is where the schema is.
const subschemaDN = "cn=Subschema"

// searchRoot answers what anybody may read without a bind: the root DSE and the schema. done is false for
// every other search.
func (c *conn) searchRoot(m message, req searchRequest) (done bool, err error) {
	var e known
	switch {
	case req.base == "" && req.scope == scopeBase:
		e = &rootDSE{c: c}
	case strings.EqualFold(strings.ReplaceAll(req.base, " ", ""), subschemaDN) && req.scope == scopeBase:
		e = schema{}
	default:
		return false, nil
	}
	v, err := holds(req.filter, e)
	if err != nil {
		return true, c.refused(m, err)
	}
	if v == isTrue {
		w := &writer{}
		sel := newSelection(req.attributes, req.typesOnly)
		trees, err := c.trees()
		if err != nil {
			return true, c.refused(m, err)
		}
		switch e := e.(type) {
		case *rootDSE:
			e.write(w, m.id, sel, trees)
		case schema:
			e.write(w, m.id, sel, trees)
		}
		if err := c.send(w.out); err != nil {
			return true, err
		}
	}
	return true, c.result(m, success, "", "", nil)
}

// trees returns the corps that the client may know of: its own once it has bound, and before that the
// server's only one. It must not learn which other enterprises the server holds.
func (c *conn) trees() (out []*tree, err error) {
	err = c.s.deps.Store.Read(context.Background(), func(tx *store.Tx) error {
		if !c.who.anonymous() {
			t, found, err := c.s.treeOf(tx, c.who.corpID)
			if found {
				out = []*tree{t}
			}
			return err
		}
		all, err := c.s.trees(tx)
		all = slices.DeleteFunc(slices.Clone(all), func(t *tree) bool { return t.aside })
		if len(all) == 1 {
			out = all
		}
		return err
	})
	return out, err
}

// rootDSE describes the server (RFC 4512, 5.1).
type rootDSE struct{ c *conn }

func (r *rootDSE) term(f filter) (tri, error) {
	if f.attr == "objectclass" {
		return truth(f.kind == filterPresent || (f.kind == filterEqual && hasClass([]string{"top"}, f.value))), nil
	}
	return isUndefined, nil
}

func (r *rootDSE) write(w *writer, id int, sel selection, trees []*tree) {
	var suffixes []string
	for _, t := range trees {
		suffixes = append(suffixes, t.suffix)
	}
	w.entry(id, "", sel, func(e entry) {
		if sel.wants("objectclass") {
			e.add("objectClass", "top")
		}
		extensions := []string{extendWhoAmI}
		if r.c.how.TLS != nil && !r.c.secure {
			extensions = append(extensions, extendStartTLS)
		}
		for _, a := range []struct {
			name   string
			values []string
		}{
			{"namingContexts", suffixes},
			{"supportedLDAPVersion", []string{"3"}},
			{"supportedControl", []string{controlPaged, controlManage}},
			{"supportedExtension", extensions},
			{"supportedFeatures", []string{"1.3.6.1.4.1.4203.1.5.1", "1.3.6.1.4.1.4203.1.5.3"}}, // "+", and absolute true and false
			{"subschemaSubentry", []string{subschemaDN}},
			{"vendorName", []string{"qiwei"}},
			{"vendorVersion", []string{r.c.s.deps.Version}},
		} {
			// All are operational. Many clients ask only for all user attributes, and get these too.
			if lower := strings.ToLower(a.name); sel.wantsHidden(lower) || sel.all {
				e.add(a.name, a.values...)
			}
		}
	})
}
