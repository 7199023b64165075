package approval

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of leave (doc 93375, 93376, 93377).
var (
	ErrVacationRight = wire.Code(301062, "no vacation permission")
	ErrVacation      = wire.Code(301063, "invalid parameter")
	ErrVacationRange = wire.Code(301098, "vacation quota: member outside the vacation rule")
	// ErrBalance refuses a leave that is longer than what is left. The page of applyevent has no code of its
	// own for it.
	ErrBalance = ErrParameter
)

// Limits of a balance (doc 93377).
const (
	maxDays    = 1000  // of leave by days
	maxHours   = 24000 // of leave by hours
	maxRemarks = 200   // characters

	maxVacations = 50 // kinds; ours
)

// The ways in which leave is given out (doc 93375).
const (
	unlimited  int64 = 0
	byYear     int64 = 1
	manually   int64 = 2
	byMonth    int64 = 3
	secondsDay       = 86400
)

// Vacation is a kind of leave, as the enterprise's vacation management has it (doc 93375).
type Vacation struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	TimeAttr int64  `json:"time_attr"`     // 0 by days, 1 by hours
	Counts   int64  `json:"duration_type"` // 0 natural days, 1 working days
	Quota    Quota  `json:"quota_attr"`
	PerDay   int64  `json:"perday_duration"` // seconds of a day
	// Overtime marks the kind of leave that overtime is credited to.
	Overtime  int64        `json:"is_newovertime"`
	EnterTime int64        `json:"enter_comp_time_limit"` // months after which a member may use it
	Expire    Expiry       `json:"expire_rule"`
	Range     access.Range `json:"range,omitzero"` // whom it is for; everybody if it is empty
}

// The parts of a kind of leave.
type (
	// Quota says how leave is given out.
	Quota struct {
		Type        int64      `json:"type"`
		ResetTime   int64      `json:"autoreset_time"`     // the month and day of this time count
		Duration    int64      `json:"autoreset_duration"` // seconds
		RuleType    int64      `json:"quota_rule_type"`    // 0 fixed, 1 by years of work, 2 by years in the enterprise
		Rules       QuotaRules `json:"quota_rules"`
		AtEntryDate bool       `json:"at_entry_date"`
		MonthDay    int64      `json:"auto_reset_month_day"`
	}
	// QuotaRules are quotas by years.
	QuotaRules struct {
		List   []QuotaRule `json:"list"`
		Actual bool        `json:"based_on_actual_work_time"` // the first year's is in proportion
	}
	// QuotaRule is the quota from one year to another, 0 being no end.
	QuotaRule struct {
		Quota int64 `json:"quota"`
		Begin int64 `json:"begin"`
		End   int64 `json:"end"`
	}
	// Expiry says when what was given out is lost: 1 on a day of the year, 2 after years, 3 after months, 4
	// never.
	Expiry struct {
		Type     int64       `json:"type"`
		Duration int64       `json:"duration"`
		Date     MonthAndDay `json:"date"`
		Extended bool        `json:"extern_duration_enable"`
		Extern   MonthAndDay `json:"extern_duration"`
	}
	// MonthAndDay is a day of a year, or a time.
	MonthAndDay struct {
		Month int64 `json:"month"`
		Day   int64 `json:"day"`
	}
)

// Account is a member's balance of a kind of leave, in seconds.
type Account struct {
	Period   string `json:"period"` // of the last giving out: a year, or a month
	Assigned int64  `json:"assigned"`
	Real     int64  `json:"real"` // of Assigned, in proportion to the time in the enterprise
	Used     int64  `json:"used"`
	Lots     []Lot  `json:"lots"`
}

// Lot is leave that was given out at once.
type Lot struct {
	Left    int64 `json:"left"`    // seconds
	Expires int64 `json:"expires"` // Unix seconds, 0 never
}

// Left is what may still be used.
func (a Account) Left() (left int64) {
	for _, l := range a.Lots {
		left += l.Left
	}
	return left
}

// usualVacations are those of an enterprise that has changed nothing, with the numbers of doc 91530.
func usualVacations() []Vacation {
	never := Expiry{Type: 4}
	free := func(id int64, name string, scale int64) Vacation {
		return Vacation{ID: id, Name: name, TimeAttr: scale, Quota: Quota{Type: unlimited}, PerDay: secondsDay, Expire: never}
	}
	firstOfJanuary := time.Date(2026, 1, 1, 0, 0, 0, 0, form.China).Unix()
	year := Vacation{ID: 1, Name: "年假", Counts: 1, PerDay: secondsDay, Expire: Expiry{Type: 1, Date: MonthAndDay{12, 31}},
		Quota: Quota{Type: byYear, ResetTime: firstOfJanuary, Duration: 5 * secondsDay}}
	comp := Vacation{ID: 4, Name: "调休假", TimeAttr: 1, Counts: 1, PerDay: 8 * 3600, Quota: Quota{Type: manually}, Expire: never, Overtime: 1}
	return []Vacation{year, free(2, "事假", 1), free(3, "病假", 1), comp, free(5, "婚假", 0), free(6, "产假", 0), free(7, "陪产假", 0), free(8, "其他", 0)}
}

// Vacations returns the corp's kinds of leave.
func (s *Service) Vacations(tx *store.Tx, corpID string) (list []Vacation, err error) {
	body := ""
	found, err := tx.Get(`SELECT body FROM approval_vacation WHERE corpid = ?`, []any{corpID}, &body)
	if err != nil || !found {
		return usualVacations(), err
	}
	return list, json.Unmarshal([]byte(body), &list)
}

// SetVacations replaces the corp's kinds of leave, as an administrator does.
func (s *Service) SetVacations(tx *store.Tx, corpID string, list []Vacation) error {
	if len(list) > maxVacations {
		return ErrVacation.With("%d kinds of leave, at most %d", len(list), maxVacations)
	}
	for i, v := range list {
		switch {
		case v.ID <= 0 || slices.ContainsFunc(list[:i], func(o Vacation) bool { return o.ID == v.ID }):
			return ErrVacation.With("lists[%d].id: %d is no number, or taken", i, v.ID)
		case v.Name == "":
			return ErrVacation.With("lists[%d].name is missing", i)
		case v.TimeAttr < 0 || v.TimeAttr > 1 || v.Counts < 0 || v.Counts > 1 || v.Quota.Type < unlimited || v.Quota.Type > byMonth || v.Quota.RuleType < 0 || v.Quota.RuleType > 2:
			return ErrVacation.With("lists[%d]: time_attr and duration_type 0 or 1, quota_attr.type 0 to 3 and quota_rule_type 0 to 2 expected", i)
		case v.Expire.Type != 0 && (v.Expire.Type < 1 || v.Expire.Type > 4):
			return ErrVacation.With("lists[%d].expire_rule.type: 1 to 4 expected", i)
		case v.Quota.Duration < 0 || v.PerDay < 0 || v.PerDay > secondsDay:
			return ErrVacation.With("lists[%d]: seconds expected, a day having at most 86400", i)
		}
		if v.PerDay == 0 {
			list[i].PerDay = secondsDay
		}
		if v.Expire.Type == 0 {
			list[i].Expire.Type = 4
		}
	}
	body, err := json.Marshal(list)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO approval_vacation (corpid, body) VALUES (?, ?) ON CONFLICT (corpid) DO UPDATE SET body = excluded.body`, corpID, string(body))
	return err
}

// period returns the present period of giving out and when it began; empty where nothing is given out.
func (v Vacation) period(entered, now time.Time) (name string, from time.Time) {
	now, entered = now.In(form.China), entered.In(form.China)
	switch v.Quota.Type {
	case byYear:
		day := time.Unix(v.Quota.ResetTime, 0).In(form.China)
		if v.Quota.AtEntryDate {
			day = entered
		}
		from = time.Date(now.Year(), day.Month(), day.Day(), 0, 0, 0, 0, form.China)
		if from.After(now) {
			from = time.Date(now.Year()-1, day.Month(), day.Day(), 0, 0, 0, 0, form.China)
		}
		return from.Format("2006-01-02"), from
	case byMonth:
		day := int(min(max(v.Quota.MonthDay, 1), 28))
		from = time.Date(now.Year(), now.Month(), day, 0, 0, 0, 0, form.China)
		if from.After(now) {
			from = time.Date(now.Year(), now.Month()-1, day, 0, 0, 0, 0, form.China)
		}
		return from.Format("2006-01-02"), from
	}
	return "", now
}

// quota returns what a member is given at a time, and what of it counts in the first year. The years are those
// since the member has been in the directory: the enterprise's records of work are another application's.
func (v Vacation) quota(entered, from time.Time) (assigned, counts int64) {
	assigned = v.Quota.Duration
	from = from.In(form.China)
	years := int64(from.Year() - entered.Year())
	if anniversary := entered.AddDate(int(years), 0, 0); anniversary.After(from) {
		years--
	}
	if v.Quota.Type == byYear && v.Quota.RuleType != 0 {
		assigned = 0
		for _, r := range v.Quota.Rules.List {
			if max(years, 0) >= r.Begin && (years < r.End || r.End == 0) {
				assigned = r.Quota
			}
		}
	}
	counts = assigned
	if until := from.AddDate(1, 0, 0); v.Quota.Rules.Actual && v.Quota.Type == byYear && entered.After(from) && entered.Before(until) {
		counts = int64(float64(assigned) * until.Sub(entered).Hours() / until.Sub(from).Hours())
		counts -= counts % v.step()
	}
	return assigned, counts
}

// step is what durations of the leave are multiples of (doc 93377): a tenth of a day or of an hour.
func (v Vacation) step() int64 {
	if v.TimeAttr == 1 {
		return 360
	}
	return 8640
}

// expires returns when what was given out at a time is lost; 0 is never.
func (v Vacation) expires(from time.Time) int64 {
	e, at := v.Expire, from.In(form.China)
	switch e.Type {
	case 1:
		day := time.Date(at.Year(), time.Month(e.Date.Month), int(e.Date.Day)+1, 0, 0, 0, 0, form.China)
		if !day.After(at) {
			day = day.AddDate(1, 0, 0)
		}
		at = day
	case 2:
		at = at.AddDate(int(e.Duration), 0, 0)
	case 3:
		at = at.AddDate(0, int(e.Duration), 0)
	default:
		return 0
	}
	if e.Extended {
		at = at.AddDate(0, int(e.Extern.Month), int(e.Extern.Day))
	}
	return at.Unix()
}

// at brings an account up to date: what has expired is gone, what is due is given out.
func (v Vacation) at(a Account, entered, now time.Time) Account {
	a.Lots = slices.DeleteFunc(slices.Clone(a.Lots), func(l Lot) bool { return l.Expires != 0 && l.Expires <= now.Unix() })
	year, month, day := entered.In(form.China).Date()
	entered = time.Date(year, month, day, 0, 0, 0, 0, form.China)
	name, from := v.period(entered, now)
	if name == "" || name == a.Period {
		return a
	}
	a.Period, a.Used = name, 0
	a.Assigned, a.Real = v.quota(entered, from)
	if expires := v.expires(from); a.Real > 0 && (expires == 0 || expires > now.Unix()) {
		a.Lots = append(a.Lots, Lot{a.Real, expires})
	}
	return a
}

// take takes leave from an account, from what expires first, and returns what was taken of each lot; ok is
// false if there is too little.
func (a *Account) take(seconds int64) (taken []Lot, ok bool) {
	if a.Left() < seconds {
		return nil, false
	}
	a.Used += seconds
	slices.SortStableFunc(a.Lots, func(x, y Lot) int { return cmp.Compare(x.order(), y.order()) })
	for i := range a.Lots {
		part := min(a.Lots[i].Left, seconds)
		a.Lots[i].Left -= part
		if seconds -= part; part > 0 {
			taken = append(taken, Lot{part, a.Lots[i].Expires})
		}
	}
	a.Lots = slices.DeleteFunc(a.Lots, func(l Lot) bool { return l.Left == 0 })
	return taken, true
}

// order sorts lots by when they expire.
func (l Lot) order() int64 {
	if l.Expires == 0 {
		return math.MaxInt64
	}
	return l.Expires
}

// give gives back what was taken. What has expired meanwhile is lost.
func (a *Account) give(taken []Lot, now time.Time) {
	for _, l := range taken {
		a.Used = max(a.Used-l.Left, 0)
		if l.order() <= now.Unix() {
			continue
		}
		if i := slices.IndexFunc(a.Lots, func(o Lot) bool { return o.Expires == l.Expires }); i >= 0 {
			a.Lots[i].Left += l.Left
		} else {
			a.Lots = append(a.Lots, l)
		}
	}
}

func checkRemarks(text string) error {
	if n := utf8.RuneCountInString(text); n > maxRemarks {
		return ErrVacation.With("remarks: %d characters, at most %d", n, maxRemarks)
	}
	return nil
}
