package scim

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

const (
	// lookEvery is how often a server looks for what a command line or another server has marked, and for
	// what must be tried again.
	lookEvery = 2 * time.Second
	// turnSize is how many things a product is told between two looks at what is due.
	turnSize  = 50
	leaseTime = time.Minute
)

// retry is the pause for a product that fails, or for one thing that it refuses.
var retry = work.Retry{After: work.Doubling(10*time.Second, time.Hour)}

// provisionWork is provisioning as the engine sees it: a product is a key.
func (s *Service) provisionWork() work.Kind {
	return work.Kind{
		Name:  "scim",
		Lease: work.Lease{Table: "scim_target", Key: "no", Holder: "holder", Until: "lease_until", Tries: "failures", Length: leaseTime},
		Hold:  true, Every: lookEvery, Retry: retry, For: s.deps.For,
		Waiting: waitingTargets, Take: s.take, Backlog: pendingBacklog,
	}
}

// Start begins to tell products what has changed, until Stop.
func (s *Service) Start() { s.work.Start() }

// Stop ends that.
func (s *Service) Stop() { s.work.Stop() }

// Provision tells all products what is due, each at its own pace, and returns when nothing is due.
func (s *Service) Provision(ctx context.Context) error { return s.work.Drain(ctx, nil) }

// waitingTargets returns the products that are to be told something.
func waitingTargets(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT t.no, t.corpid, t.holder, t.lease_until, (SELECT min(p.due_at) FROM scim_pending p WHERE p.target = t.no)
		FROM scim_target t WHERE EXISTS (SELECT 1 FROM scim_pending p WHERE p.target = t.no) ORDER BY t.no`, nil, func(rows *store.Rows) error {
		var w work.Waiting
		var until, due int64
		err := rows.Scan(&w.Key, &w.CorpID, &w.Holder, &until, &due)
		w.Until, w.Due = time.UnixMilli(until), time.UnixMilli(due)
		list = append(list, w)
		return err
	})
	return list, err
}

func pendingBacklog(tx *store.Tx) (b work.Backlog, err error) {
	b.Waiting, err = tx.Count(`SELECT count(*) FROM scim_pending`)
	return b, err
}

// pending is one thing that may differ at the product.
type pending struct {
	kind         int
	ref, version int64
	failures     int64
}

// round is a portion of what a product must be told.
type round struct {
	s      *Service
	turn   *work.Turn
	target Target
	list   []pending
}

func (s *Service) take(tx *store.Tx, turn *work.Turn) (work.Batch, time.Time, error) {
	found, err := s.targets(tx, `no = ?`, turn.Key)
	if err != nil || len(found) == 0 {
		return nil, time.Time{}, err
	}
	r := &round{s: s, turn: turn, target: found[0]}
	// Something due later than any possible pause was marked before the clock was set back.
	now := tx.Now()
	err = tx.Each(`SELECT kind, ref, version, failures FROM scim_pending WHERE target = ? AND (due_at <= ? OR due_at > ?) ORDER BY kind, ref LIMIT ?`,
		[]any{turn.Key, now.UnixMilli(), now.Add(2 * time.Hour).UnixMilli(), turnSize}, func(rows *store.Rows) error {
			var p pending
			err := rows.Scan(&p.kind, &p.ref, &p.version, &p.failures)
			r.list = append(r.list, p)
			return err
		})
	if err != nil || len(r.list) == 0 {
		return nil, time.Time{}, err
	}
	return r, time.Time{}, nil
}

// Do tells the product, and returns an error if it does not answer.
func (r *round) Do(ctx context.Context) error {
	p := &product{target: r.target, client: r.s.client, token: r.target.Token}
	for _, what := range r.list {
		began := time.Now()
		err := r.s.bringUpToDate(ctx, r.target, p, what)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if out := (unavailable{}); errors.As(err, &out) {
			return out
		}
		if err == nil {
			r.turn.Count(work.Done, time.Since(began))
			continue
		}
		r.turn.Count(work.Retried, time.Since(began))
		if err := r.s.putOff(ctx, r.target, what, err); err != nil {
			return err
		}
	}
	return nil
}

// Record notes whether the product answers.
func (r *round) Record(_ context.Context, tx *store.Tx, res work.Result) error {
	if res.Stopped {
		return nil
	}
	retryAt, problem := int64(0), ""
	if res.Err != nil {
		retryAt, problem = res.Again.UnixMilli(), short(res.Err.Error())
	}
	_, err := tx.Exec(`UPDATE scim_target SET retry_at = ?, error = ? WHERE no = ? AND (retry_at <> ? OR error <> ?)`, retryAt, problem, r.target.No, retryAt, problem)
	return err
}

// putOff postpones one thing that the product refuses. Its next change is tried at once.
func (s *Service) putOff(ctx context.Context, t Target, what pending, why error) error {
	s.deps.Log.Warn("scim: a target refuses", "corpid", t.CorpID, "target", t.Name, "kind", what.kind, "ref", what.ref, "err", why)
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE scim_pending SET failures = failures + 1, due_at = ?, error = ? WHERE target = ? AND kind = ? AND ref = ? AND version = ?`,
			tx.Now().Add(retry.Wait(what.failures+1)).UnixMilli(), short(why.Error()), t.No, what.kind, what.ref, what.version)
		return err
	})
}

func short(text string) string {
	if r := []rune(text); len(r) > 300 {
		return string(r[:300]) + " …"
	}
	return text
}

// remote is what a product was told.
type remote struct {
	id, sum, userKey, places string
}

func (s *Service) remote(tx *store.Tx, target int64, kind int, ref int64) (r remote, found bool, err error) {
	found, err = tx.Get(`SELECT remote_id, sum, userkey, places FROM scim_remote WHERE target = ? AND kind = ? AND ref = ?`, []any{target, kind, ref},
		&r.id, &r.sum, &r.userKey, &r.places)
	return r, found, err
}

func endpointOf(kind int) string {
	if kind == kindUser {
		return "/Users"
	}
	return "/Groups"
}

// bringUpToDate compares one thing with what the product was told, and tells it the difference.
func (s *Service) bringUpToDate(ctx context.Context, t Target, p *product, what pending) error {
	var w wish
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		q := s.newRequest(ctx, tx, t.CorpID)
		q.by = t.caller()
		if what.kind == kindUser {
			w, err = q.wishedUser(t, what.ref)
		} else {
			w, err = q.wishedGroup(t, groupID{what.ref, what.kind == kindTag})
		}
		if err == nil {
			w.had, w.known, err = s.remote(tx, t.No, what.kind, what.ref)
		}
		return err
	}); err != nil {
		return err
	}
	now := remote{id: w.had.id, userKey: w.userKey, places: w.places}
	forget := false
	var err error
	switch {
	case w.doc == nil && !w.known:
		forget = true
	case w.doc == nil && (what.kind != kindUser || t.OnLeave == Delete):
		err, forget = p.remove(ctx, endpointOf(what.kind), w.had.id), true
	case w.doc == nil:
		now.userKey, now.sum = w.had.userKey, "left"
		if w.had.sum != "left" {
			err = p.deactivate(ctx, w.had.id)
		}
		forget = w.gone
	default:
		if now.sum = w.doc.version(); now.sum != w.had.sum || !w.known {
			now.id, err = p.keep(ctx, endpointOf(what.kind), w.had.id, w.doc)
		}
	}
	if err != nil {
		return err
	}
	return s.keepRemote(ctx, t, what, w, now, forget)
}

// keepRemote stores what the product has now.
func (s *Service) keepRemote(ctx context.Context, t Target, what pending, w wish, now remote, forget bool) error {
	return s.deps.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if forget {
			if _, err := tx.Exec(`DELETE FROM scim_remote WHERE target = ? AND kind = ? AND ref = ?`, t.No, what.kind, what.ref); err != nil {
				return err
			}
		} else if _, err := tx.Exec(`INSERT INTO scim_remote (target, kind, ref, remote_id, sum, userkey, places) SELECT no, CAST(? AS SMALLINT), CAST(? AS BIGINT), ?, ?, ?, ? FROM scim_target WHERE no = ?
			ON CONFLICT (target, kind, ref) DO UPDATE SET remote_id = excluded.remote_id, sum = excluded.sum, userkey = excluded.userkey, places = excluded.places`,
			what.kind, what.ref, now.id, now.sum, now.userKey, now.places, t.No); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM scim_pending WHERE target = ? AND kind = ? AND ref = ? AND version = ?`, t.No, what.kind, what.ref, what.version); err != nil {
			return err
		}
		if what.kind != kindUser {
			return nil
		}
		// If a member was deleted while the product was being told of them, nothing marked that they left.
		if w.doc != nil {
			there, err := s.deps.Directory.CountMembers(tx, access.System(t.CorpID), directory.Numbered(what.ref))
			if err != nil {
				return err
			}
			if there == 0 {
				if err := s.markPending(tx, t.CorpID, t.No, kindUser, what.ref); err != nil {
					return err
				}
			}
		}
		return s.markMoved(tx, t, w.had, now, w.known, forget)
	})
}

// markMoved marks the groups that a member has entered or left. It marks all of them if the product has just
// got to know the member, or no longer knows them.
func (s *Service) markMoved(tx *store.Tx, t Target, had, now remote, known, forget bool) error {
	if !t.Groups || known && !forget && had.places == now.places && had.id == now.id {
		return nil
	}
	changed := map[string]bool{}
	for _, list := range []string{had.places, now.places} {
		for _, g := range strings.Fields(list) {
			changed[g] = true
		}
	}
	if known && !forget && had.id == now.id {
		for _, g := range strings.Fields(had.places) {
			if slices.Contains(strings.Fields(now.places), g) {
				delete(changed, g)
			}
		}
	}
	for _, g := range slices.Sorted(maps.Keys(changed)) {
		group, ok := parseGroupID(g)
		if !ok {
			continue
		}
		kind := kindDepartment
		if group.tag {
			kind = kindTag
		}
		if err := s.markPending(tx, t.CorpID, t.No, kind, group.id); err != nil {
			return err
		}
	}
	return nil
}
