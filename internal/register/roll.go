package register

import (
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// What the pages of providers show of registrations.

// Packages returns a provider's packages in the order of their making.
func (s *Service) Packages(tx *store.Tx, p suite.Provider) ([]Package, error) {
	return selectPackages(tx, `provider = ? ORDER BY no`, p.No)
}

// Listed is a registration code without the code, and what became of it.
type Listed struct {
	No        int64
	Package   int64
	State     string
	CreatedAt time.Time
	UsedAt    time.Time // zero while nobody has used it
	CorpID    string    // that was made by it
	Admin     id.UserID
	CorpName  string // with which the page was to be filled
}

// Registrations returns the codes of a provider's packages, the newest first, those before a number if one is
// given, and whether there are more.
func (s *Service) Registrations(tx *store.Tx, p suite.Provider, before, limit int64) (out []Listed, more bool, err error) {
	where, args := `package IN (SELECT no FROM register_package WHERE provider = ?)`, []any{p.No}
	if before != 0 {
		where, args = where+` AND no < ?`, append(args, before)
	}
	list, err := selectRegistrations(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, limit+1)...)
	if more = int64(len(list)) > limit; more {
		list = list[:limit]
	}
	for _, r := range list {
		out = append(out, Listed{r.no, r.pack, r.state, r.created, r.used, r.corp, r.admin, r.form.CorpName})
	}
	return out, more, err
}
