package licence

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

func (s *Service) renewalEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		s.endpoint("POST", "license/create_renew_order_job", 95646, wire.Write(s.createRenewOrderJob)),
		s.endpoint("POST", "license/submit_order_job", 95646, wire.Write(s.submitOrderJob)),
	}
}

// maxRenewals is how many accounts of a type a renewal has (doc 95646).
const maxRenewals = 1_000_000

// renewal is an account in a renewal.
type renewal struct {
	no, member int64
	typ        Type
}

func selectRenewals(tx *store.Tx, job, after, limit int64) (list []renewal, err error) {
	err = tx.Each(`SELECT no, member, type FROM licence_renewal WHERE job = ? AND no > ? ORDER BY no LIMIT ?`, []any{job, after, limit}, func(rows *store.Rows) error {
		var r renewal
		err := rows.Scan(&r.no, &r.member, &r.typ)
		list = append(list, r)
		return err
	})
	return list, err
}

type (
	renewAccount struct {
		UserID id.UserID `json:"userid"`
		Type   int64     `json:"type"`
	}
	createRenewOrderJobRequest struct {
		CorpID id.CorpID      `json:"corpid"`
		List   []renewAccount `json:"account_list"`
		JobID  string         `json:"jobid"`
	}
	invalidAccount struct {
		ErrCode int    `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
		renewAccount
	}
	createRenewOrderJobResponse struct {
		JobID   string           `json:"jobid"`
		Invalid []invalidAccount `json:"invalid_account_list"`
	}
)

// createRenewOrderJob begins a list of accounts to renew, or adds to one.
func (s *Service) createRenewOrderJob(ctx context.Context, tx *store.Tx, by access.Caller, req createRenewOrderJobRequest) (resp createRenewOrderJobResponse, err error) {
	p, err := s.party(tx, by, req.CorpID)
	if err != nil {
		return resp, err
	}
	if err := batchOf(len(req.List)); err != nil {
		return resp, err
	}
	if err := s.authorised(tx, p); err != nil {
		return resp, err
	}
	j, err := s.openJob(tx, p.Provider, renewalJob, p.Corp, req.JobID)
	if err != nil {
		return resp, err
	}
	var users []id.UserID
	for _, one := range req.List {
		users = append(users, one.UserID)
	}
	known, err := s.members(tx, p, users)
	if err != nil {
		return resp, err
	}
	var numbers []int64
	for _, no := range known {
		numbers = append(numbers, no)
	}
	accounts, err := accountsOf(tx, p.No, p.Corp, numbers)
	if err != nil {
		return resp, err
	}
	count, err := renewalCount(tx, j.no)
	if err != nil {
		return resp, err
	}
	for _, one := range req.List {
		refusal, err := s.addRenewal(tx, p, j, one, known[one.UserID], accounts, count)
		if err != nil {
			return resp, err
		}
		if refusal.Code != 0 {
			shown := one
			if no := known[one.UserID]; no != 0 {
				shown.UserID = s.deps.Suites.ShownMember(p.No, no)
			}
			resp.Invalid = append(resp.Invalid, invalidAccount{refusal.Code, refusal.Message(), shown})
		}
	}
	resp.JobID = j.id
	return resp, nil
}

// addRenewal puts one account into the list, or says why it is refused.
func (s *Service) addRenewal(tx *store.Tx, p party, j job, one renewAccount, member int64, accounts map[int64][]Code, count map[Type]int64) (refusal wire.Error, err error) {
	t := Type(one.Type)
	switch {
	case t != Basic && t != External:
		return ErrType, nil
	case member == 0:
		return ErrUser, nil
	case count[t] >= maxRenewals:
		return ErrJobFull, nil
	}
	has := false
	for _, c := range accounts[member] {
		has = has || c.Type == t
	}
	if !has {
		return ErrNeverActive, nil
	}
	n, err := tx.Exec(`INSERT INTO licence_renewal (job, corpid, member, type) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, j.no, p.Corp, member, int64(t))
	if err == nil && n == 0 {
		return ErrRenewalTwice, nil
	}
	count[t]++
	return wire.Error{}, err
}

// renewalCount returns how many accounts of each type are in a renewal.
func renewalCount(tx *store.Tx, job int64) (map[Type]int64, error) {
	out := map[Type]int64{}
	err := tx.Each(`SELECT type, count(*) FROM licence_renewal WHERE job = ? GROUP BY type`, []any{job}, func(rows *store.Rows) error {
		var t Type
		var n int64
		err := rows.Scan(&t, &n)
		out[t] = n
		return err
	})
	return out, err
}

type submitOrderJobRequest struct {
	JobID    string    `json:"jobid"`
	Buyer    id.UserID `json:"buyer_userid"`
	Duration *struct {
		Months *int64 `json:"months"`
		Until  *int64 `json:"new_expire_time"` // Unix seconds
	} `json:"account_duration"`
}

func (s *Service) submitOrderJob(ctx context.Context, tx *store.Tx, by access.Caller, req submitOrderJobRequest) (resp orderResponse, err error) {
	p, err := s.provider(tx, by)
	if err != nil {
		return resp, err
	}
	if req.Duration == nil || (req.Duration.Months == nil) == (req.Duration.Until == nil) {
		return resp, wire.ErrParameter.With("account_duration: either months or new_expire_time expected")
	}
	var d Duration
	if req.Duration.Months != nil {
		d.Months = *req.Duration.Months
	} else {
		d.Until = endOf(time.Unix(*req.Duration.Until, 0))
	}
	o, err := s.Renew(ctx, tx, p, req.JobID, req.Buyer, d)
	return orderResponse{o.ID}, err
}

// endOf is the end of the platform's day of a time. A time that is the end of a day
// already stays (doc 95646).
func endOf(at time.Time) time.Time {
	if begin := midnight(at); begin.Equal(at) {
		return begin
	}
	return midnight(at).AddDate(0, 0, 1)
}

// Renew orders more time for the accounts of a list. It answers ErrJob, ErrSubmitted,
// ErrTestMonths, ErrTooLong, ErrZeroDays. Doc 95646.
func (s *Service) Renew(ctx context.Context, tx *store.Tx, p suite.Provider, jobID string, buyer id.UserID, d Duration) (Order, error) {
	j, err := s.openJob(tx, p, renewalJob, "", jobID)
	if err != nil {
		return Order{}, err
	}
	c, err := s.standing(tx, p.No, j.corp)
	if err != nil {
		return Order{}, err
	}
	if err := d.renews(tx.Now(), c.Test); err != nil {
		return Order{}, err
	}
	if err := s.buyer(tx, p, buyer); err != nil {
		return Order{}, err
	}
	if err := s.authorised(tx, party{p, j.corp}); err != nil {
		return Order{}, err
	}
	count, err := renewalCount(tx, j.no)
	if err != nil {
		return Order{}, err
	}
	price, err := s.renewalPrice(tx, p, j, d)
	if err != nil {
		return Order{}, err
	}
	o := Order{
		Provider: p.No, Corp: j.corp, Kind: Renewal, Test: c.Test, Job: j.no, Count: Count{count[Basic], count[External]}, Duration: d, Price: price, Buyer: buyer, Auto: -1,
	}
	n, err := tx.Exec(`UPDATE licence_job SET state = ?, buyer = ?, submitted_at = ? WHERE no = ? AND state = ?`, int64(jobDone), string(buyer), tx.Now().UnixMilli(), j.no, int64(jobOpen))
	if err := raced(n, err); err != nil {
		return o, err
	}
	if o, err = s.placed(ctx, tx, p, o); err != nil {
		return o, err
	}
	_, err = tx.Exec(`UPDATE licence_job SET order_no = ? WHERE no = ?`, o.No, j.no)
	return o, err
}

// renews checks for how long accounts are renewed.
func (d Duration) renews(now time.Time, test bool) error {
	switch {
	case test && (d.Months != 1 || !d.Until.IsZero()):
		return ErrTestMonths
	case d.Until.IsZero() && (d.Months < 1 || d.Months > maxMonths):
		return wire.ErrParameter.With("account_duration.months: 1 to %d expected", maxMonths)
	case d.Until.IsZero():
		return nil
	case !d.Until.After(midnight(now).AddDate(0, 0, 1)) || d.Until.Sub(midnight(now)) > longest+24*time.Hour:
		return wire.ErrParameter.With("account_duration.new_expire_time: a day after today, within %d days, expected", maxDays)
	}
	return nil
}

// ended is when an account ends that is renewed, and how many days it is given.
func (d Duration) ended(now, expire time.Time) (time.Time, int64) {
	if d.Until.IsZero() {
		return extended(now, expire, d.Months*monthDays), d.Months * monthDays
	}
	from := expire
	if !from.After(now) {
		from = midnight(now)
	}
	days := int64(d.Until.Sub(from) / (24 * time.Hour))
	if days <= 0 {
		return expire, 0
	}
	return d.Until, days
}

// renewalPrice sums the days that all accounts of the list are given. It answers
// ErrTooLong and ErrZeroDays.
func (s *Service) renewalPrice(tx *store.Tx, p suite.Provider, j job, d Duration) (fen int64, err error) {
	now, days, n := tx.Now(), int64(0), 0
	err = tx.Each(`SELECT c.expire_at, r.type FROM licence_renewal r JOIN licence_code c ON c.provider = ? AND c.corpid = ? AND c.member = r.member AND c.type = r.type AND c.state = 0 WHERE r.job = ?`,
		[]any{p.No, j.corp, j.no}, func(rows *store.Rows) error {
			var expire int64
			var t Type
			if err := rows.Scan(&expire, &t); err != nil {
				return err
			}
			end, more := d.ended(now, milli(expire))
			if end.Sub(now) > longest+24*time.Hour {
				return ErrTooLong
			}
			n++
			days += more
			fen += more * map[Type]int64{Basic: basicPrice, External: externalPrice}[t]
			return nil
		})
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return 0, ErrListEmpty
	case days == 0:
		return 0, ErrZeroDays
	}
	return fen, nil
}

// renew gives up to n more accounts of a paid renewal their time. Whoever has lost the
// account since is left out.
func (s *Service) renew(tx *store.Tx, o Order, n int64) (made int64, done bool, err error) {
	list, err := selectRenewals(tx, o.Job, o.Made, n)
	if err != nil {
		return o.Made, false, err
	}
	made = o.Made
	var members []int64
	for _, r := range list {
		members = append(members, r.member)
	}
	accounts, err := accountsOf(tx, o.Provider, o.Corp, members)
	if err != nil {
		return made, false, err
	}
	for _, r := range list {
		made = r.no
		for _, c := range accounts[r.member] {
			end, days := o.Duration.ended(o.PaidAt, c.ExpireAt)
			if c.Type != r.typ || days == 0 {
				continue
			}
			if _, err := tx.Exec(`UPDATE licence_code SET expire_at = ? WHERE no = ? AND state = 0`, end.UnixMilli(), c.No); err != nil {
				return made, false, err
			}
			if _, err := tx.Exec(`UPDATE licence_renewal SET days = ? WHERE no = ?`, days, r.no); err != nil {
				return made, false, err
			}
		}
	}
	return made, int64(len(list)) < n, nil
}
