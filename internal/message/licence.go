package message

import (
	"context"
	"slices"

	"qiwei/internal/app"
	"qiwei/internal/licence"
	"qiwei/internal/store"
)

// A provider's application reaches nobody without an interface licence (doc 95652).
// Members whom a message names are told to its sender; those whom a department or a tag
// names are left out silently.

// unlicensed takes the named members without a licence out of the audience and returns
// their userids.
func (s *Service) unlicensed(ctx context.Context, tx *store.Tx, a app.App, reach *audience) (users []string, err error) {
	if a.Partner == "" {
		return nil, nil
	}
	reach.Licensed = a.No
	lacking, err := s.deps.Licences.LackingOf(ctx, tx, a, licence.Basic, licence.Messaged, reach.Members)
	if err != nil || len(lacking) == 0 {
		return nil, err
	}
	var out []int64
	reach.Members = slices.DeleteFunc(slices.Clone(reach.Members), func(m int64) bool {
		if lacking[m] {
			out = append(out, m)
		}
		return lacking[m]
	})
	names, err := s.deps.Directory.Briefs(tx, out)
	for _, m := range out {
		users = append(users, string(names[m].UserID))
	}
	return users, err
}

// licensed returns the members whom the application may reach.
func (s *Service) licensed(tx *store.Tx, appNo int64, members []int64) ([]int64, error) {
	a, err := s.deps.Apps.AppNo(tx, appNo)
	if err != nil {
		return nil, err
	}
	lacking, err := s.deps.Licences.LackingOf(tx.Context(), tx, a, licence.Basic, licence.Messaged, members)
	if err != nil || len(lacking) == 0 {
		return members, err
	}
	return slices.DeleteFunc(members, func(m int64) bool { return lacking[m] }), nil
}
