package ldap

import (
	"context"
	"strings"

	"qiwei/internal/store"
)

// compare reports whether the entry of the name has the value.
func (s *Service) compare(ctx context.Context, who subject, dn string, f filter) (bool, error) {
	f.attr = strings.ToLower(f.attr)
	if f.size() > maxFilterValue {
		return false, errFilterBig
	}
	found := false
	err := s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		found, err = s.newQuery(ctx, tx, 0, searchRequest{base: dn, scope: scopeBase, filter: f, attributes: []string{"1.1"}}).has(who)
		return err
	})
	return found, err
}

func (q *query) has(who subject) (bool, error) {
	reader, err := q.s.readerOf(q.tx, who)
	if err != nil {
		return false, err
	}
	if _, field := reader.tree.names.by[q.req.filter.attr]; !field && !builtIn[q.req.filter.attr] {
		return false, refuse(noSuchAttribute, "no entry has attribute "+q.req.filter.attr)
	}
	n, full := 0, false
	for at := (position{}); at.Class < classEnd && n == 0; {
		if at, err = q.round(&writer{}, who, at, 1, &n, &full); err != nil {
			return false, err
		}
	}
	return n > 0, nil
}

func (s *Service) newQuery(ctx context.Context, tx *store.Tx, id int, req searchRequest) *query {
	return &query{s: s, ctx: ctx, tx: tx, id: id, req: req, sel: newSelection(req.attributes, req.typesOnly),
		seen: map[int64]bool{}, in: map[string]map[groupID]bool{}}
}
