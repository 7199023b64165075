package licence

import (
	"context"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// Scene is at what an account is bound by itself (doc 95994).
type Scene int64

// The scenes.
const (
	Opened   Scene = 1 // a member opens an application
	Messaged Scene = 2 // a message is sent to them
	Called   Scene = 3 // a call about customers names them
)

// autoRest is how much time an account may have left when another is bound over it by
// itself (doc 95994).
const autoRest = 7 * 24 * time.Hour

// Lacking returns which of the members, by number, have no licence of the type for the
// calls of an application; nil where all have, or none is needed. An external account
// serves as a basic one. Where accounts bind themselves, this is when they do, unless
// the transaction only reads.
//
// Rooms leave such members out, or answer ErrNoExternal or ErrUnlicensed, as their pages
// say (doc 95652).
func (s *Service) Lacking(ctx context.Context, tx *store.Tx, by access.Caller, t Type, scene Scene, members []int64) (map[int64]bool, error) {
	n, err := s.need(tx, by.CorpID, by.Partner, by.Suite, by.Kind)
	if err != nil || n == nil {
		return nil, err
	}
	return s.lacking(ctx, tx, n, t, scene, members)
}

// LackingOf is Lacking for an application that has not called by itself.
func (s *Service) LackingOf(ctx context.Context, tx *store.Tx, a app.App, t Type, scene Scene, members []int64) (map[int64]bool, error) {
	n, err := s.need(tx, a.CorpID, a.Partner, a.Suite, a.Kind)
	if err != nil || n == nil {
		return nil, err
	}
	return s.lacking(ctx, tx, n, t, scene, members)
}

func (s *Service) lacking(ctx context.Context, tx *store.Tx, n *needed, t Type, scene Scene, members []int64) (map[int64]bool, error) {
	accounts, err := accountsOf(tx, n.No, n.Corp, members)
	if err != nil {
		return nil, err
	}
	now := tx.Now()
	lacking := map[int64]bool{}
	var poor []int64 // who would be given an account
	for _, m := range members {
		has, lasting := false, false
		for _, c := range accounts[m] {
			if c.Valid(now) && (c.Type == t || c.Type == External) {
				has, lasting = true, lasting || c.rest(now) > autoRest
			}
		}
		if !has {
			lacking[m] = true
		}
		if !lasting {
			poor = append(poor, m)
		}
	}
	if n.auto && len(poor) > 0 && !tx.ReadOnly() {
		given, err := s.bindAll(ctx, tx, n.party, t, scene, poor, accounts)
		if err != nil {
			return nil, err
		}
		for _, m := range given {
			delete(lacking, m)
		}
	}
	if len(lacking) == 0 {
		return nil, nil
	}
	return lacking, nil
}

// needed is the provider and the corp of an application whose calls need licences.
type needed struct {
	party
	auto bool
}

// need returns nil for an application whose calls need none.
func (s *Service) need(tx *store.Tx, corpID, partner, suiteID string, kind access.Kind) (*needed, error) {
	if partner == "" || !slices.Contains(licensed, kind) {
		return nil, nil
	}
	n, err := tx.Count(`SELECT count(*) FROM licence_customer c JOIN provider p ON p.no = c.provider WHERE c.corpid = ? AND p.corpid = ? AND (c.checked_at > 0 OR c.test = 1)`, corpID, partner)
	if err != nil || n == 0 {
		return nil, err
	}
	p, err := s.deps.Suites.Provider(tx, partner)
	if err != nil {
		return nil, err
	}
	c, err := s.standing(tx, p.No, corpID)
	if err != nil {
		return nil, err
	}
	in, err := s.deps.Suites.Installation(tx, corpID, suiteID)
	if err != nil {
		return nil, err
	}
	since, _, _, err := s.checks(tx, c, in)
	if err != nil || since.IsZero() || tx.Now().Before(since) {
		return nil, err
	}
	return &needed{party{p, corpID}, c.Auto}, nil
}

// bindAll binds unused codes to members, as long as there are any, and tells the
// provider. Codes that wait for somebody else (待转移) are taken first.
func (s *Service) bindAll(ctx context.Context, tx *store.Tx, p party, t Type, scene Scene, members []int64, accounts map[int64][]Code) (given []int64, err error) {
	here, err := s.deps.Directory.NumberedMembers(tx, p.Corp, members)
	if err != nil {
		return nil, err
	}
	types := []Type{t}
	if t == Basic {
		types = append(types, External)
	}
	var list []activated
	for _, typ := range types {
		free, err := s.spare(tx, p, typ, len(members))
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if _, ok := here[m]; !ok || slices.Contains(given, m) || len(free) == 0 {
				continue
			}
			a, err := s.bindSpare(tx, p, free[0], m, accounts[m])
			if err != nil {
				return nil, err
			}
			free = free[1:]
			given, list = append(given, m), append(list, a)
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	return given, s.tell(ctx, tx, p.Provider, autoActivate, p.Corp, func(open string) event.Push { return autoPush(open, scene, list) })
}

// spare returns codes of the type that nobody needs.
func (s *Service) spare(tx *store.Tx, p party, t Type, n int) ([]Code, error) {
	idle, err := selectCodes(tx, `provider = ? AND corpid = ? AND type = ? AND member > 0 AND state = 0 AND idle = 1 AND expire_at > ? ORDER BY expire_at, no LIMIT ?`,
		p.No, p.Corp, int64(t), tx.Now().UnixMilli(), n)
	if err != nil || len(idle) >= n {
		return idle, err
	}
	free, err := freeCodes(tx, p.No, p.Corp, t, n-len(idle))
	return append(idle, free...), err
}

// bindSpare gives a spare code to a member, in place of one that has ended or is about
// to.
func (s *Service) bindSpare(tx *store.Tx, p party, c Code, member int64, accounts []Code) (a activated, err error) {
	now := tx.Now()
	a = activated{Code: c, user: s.deps.Suites.ShownMember(p.No, member), before: 1}
	old, has := Code{}, false
	for _, o := range accounts {
		if o.Type == c.Type {
			old, has = o, true
		}
	}
	if has {
		a.previous, a.before = old.Text, 3
		if old.Valid(now) {
			a.before = 2
		}
	}
	if c.Member == 0 {
		a.ExpireAt = expiry(now, c.Days)
		if has {
			a.ExpireAt = extended(now, old.ExpireAt, c.Days)
		}
		return a, bind(tx, c, old, has, member)
	}
	if has {
		if err := mergeCode(tx, old, c.Text); err != nil {
			return a, err
		}
	}
	n, err := tx.Exec(`UPDATE licence_code SET member = ?, moved_at = ?, idle = 0, merged_from = ? WHERE no = ? AND member = ? AND state = 0 AND idle = 1`,
		member, now.UnixMilli(), a.previous, c.No, c.Member)
	return a, raced(n, err)
}

// Admit says whether a member may open an application. One without a licence may not: the
// provider is told by unlicensed_notify, if the member is in the application's range.
// Doc 95716.
func (s *Service) Admit(ctx context.Context, tx *store.Tx, a app.App, m directory.Member) (bool, error) {
	lacking, err := s.LackingOf(ctx, tx, a, Basic, Opened, []int64{m.No})
	if err != nil || !lacking[m.No] {
		return err == nil, err
	}
	in, err := s.deps.Directory.InRange(tx, a.CorpID, a.Range, m)
	if err != nil || !in {
		return false, err
	}
	return false, s.kinds[unlicensed].Record(ctx, tx, access.System(a.CorpID), event.Letter{To: event.Receiver{App: a.No}, What: unlicensedPush(m.UserID, a.AgentID)})
}

// sweepStep is how many codes a transaction of the early morning looks at.
const sweepStep = 1000

// Sweep does what the platform does early in the morning: codes whose member has left, or
// is in the range of no application any more, wait for somebody else where accounts bind
// themselves (doc 95552); and test corps lose applications that they have had for 90
// days (doc 95652).
func (s *Service) Sweep(ctx context.Context) error {
	type customer struct {
		provider   int64
		corp       string
		test, auto bool
	}
	var list []customer
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT provider, corpid, test, auto_active FROM licence_customer WHERE night < ? AND (test = 1 OR auto_active = 1)`, []any{directory.Day(tx.Now())}, func(rows *store.Rows) error {
			var c customer
			var test, auto int64
			err := rows.Scan(&c.provider, &c.corp, &test, &auto)
			c.test, c.auto = test == 1, auto == 1
			list = append(list, c)
			return err
		})
	}); err != nil {
		return err
	}
	for _, c := range list {
		for after, more := int64(0), c.auto; more; {
			next := after // after stays as it was if the transaction runs again
			if err := s.deps.Store.Write(ctx, func(tx *store.Tx) (err error) {
				p, err := s.ownerOf(tx, c.provider)
				if err == nil {
					next, more, err = s.lookForIdle(tx, party{p, c.corp}, after)
				}
				return err
			}); err != nil {
				return err
			}
			after = next
		}
		if err := s.deps.Store.Write(ctx, func(tx *store.Tx) error {
			if c.test {
				p, err := s.ownerOf(tx, c.provider)
				if err != nil {
					return err
				}
				if err := s.uninstallAll(ctx, tx, p, c.corp, tx.Now().Add(-testTime)); err != nil {
					return err
				}
			}
			_, err := tx.Exec(`UPDATE licence_customer SET night = ? WHERE provider = ? AND corpid = ?`, directory.Day(tx.Now()), c.provider, c.corp)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// lookForIdle marks the codes after a number, and returns how far it came.
func (s *Service) lookForIdle(tx *store.Tx, p party, after int64) (last int64, more bool, err error) {
	list, err := selectCodes(tx, `corpid = ? AND provider = ? AND no > ? AND member > 0 AND state = 0 ORDER BY no LIMIT ?`, p.Corp, p.No, after, sweepStep)
	if err != nil || len(list) == 0 {
		return after, false, err
	}
	var members []int64
	for _, c := range list {
		members = append(members, c.Member)
	}
	needed, err := s.reached(tx, p, members)
	if err != nil {
		return after, false, err
	}
	for _, c := range list {
		if last = c.No; c.Idle == needed[c.Member] {
			if _, err := tx.Exec(`UPDATE licence_code SET idle = ? WHERE no = ?`, bit(!needed[c.Member]), c.No); err != nil {
				return after, false, err
			}
		}
	}
	return last, len(list) == sweepStep, nil
}

// partner returns the provider that a suite or a corpid names.
func (s *Service) partner(tx *store.Tx, suiteID string, corpID id.CorpID) (suite.Provider, error) {
	if corpID != "" {
		return s.deps.Suites.Provider(tx, string(corpID))
	}
	v, err := s.deps.Suites.Suite(tx, suiteID)
	if err != nil {
		return suite.Provider{}, err
	}
	return s.deps.Suites.Provider(tx, v.Partner)
}
