package security

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The operations of members that happen here (doc 100178). The others of the page happen in WeCom's clients, and
// come by scripts.
const (
	addedContact   = 1
	removedContact = 2
	newDevice      = 4
	changedMobile  = 5
	changedAlias   = 11
	changedName    = 12
)

// memberTypes are the operations that the page knows.
var memberTypes = []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 20, 21}

// Act is what a member did.
type Act struct {
	No      int64
	At      int64 // Unix seconds
	UserID  id.UserID
	Type    int64
	Detail  string
	Address string
}

// masked hides the last part of an address, as the page's sample does.
func (a Act) masked() string {
	ip, err := netip.ParseAddr(a.Address)
	if err != nil {
		return a.Address
	}
	cut := "."
	if !ip.Is4() {
		cut = ":"
	}
	return a.Address[:strings.LastIndex(a.Address, cut)+1] + "*"
}

// note notes what a member did, from the events of other rooms.
func (s *Service) note(ctx context.Context, tx *store.Tx, e event.Event) error {
	switch p := e.Payload.(type) {
	case customer.ContactEvent:
		return s.noteContact(tx, e, p)
	case directory.MemberUpdatedEvent:
		if e.By.UserID == "" || !e.By.UserID.Equal(p.UserID) { // somebody else did it: an administrator, or an application
			return nil
		}
		for _, c := range []struct {
			field directory.Field
			kind  int64
			text  string
		}{
			{directory.FieldMobile, changedMobile, "手机号：" + p.Before.Mobile + " → " + p.Member.Mobile},
			{directory.FieldAlias, changedAlias, "别名：" + p.Before.Alias + " → " + p.Member.Alias},
			{directory.FieldName, changedName, "姓名：" + p.Before.Name + " → " + p.Member.Name},
		} {
			if !slices.Contains(p.Changed, string(c.field)) {
				continue
			}
			if err := insertAct(tx, e.CorpID, Act{At: tx.Now().Unix(), UserID: p.Member.UserID, Type: c.kind, Detail: c.text, Address: address(e.By)}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) noteContact(tx *store.Tx, e event.Event, p customer.ContactEvent) error {
	a := Act{At: tx.Now().Unix(), UserID: p.UserID, Address: address(e.By)}
	switch e.Name {
	case "change_external_contact/add_external_contact":
		a.Type = addedContact
	case "change_external_contact/del_external_contact":
		a.Type = removedContact
	default:
		return nil
	}
	known, err := s.deps.Customers.Contacts(tx, e.CorpID, []int64{p.Customer})
	if err != nil {
		return err
	}
	a.Detail = "姓名：" + known[p.Customer].Name
	return insertAct(tx, e.CorpID, a)
}

// address is where a caller is; empty for a script.
func address(by access.Caller) string {
	if !by.From.IsValid() {
		return ""
	}
	return by.From.String()
}

// noteSignIn notes a session from an address that the member has not come from. The platform means a device, of
// which a browser shows no more than that.
func (s *Service) noteSignIn(_ context.Context, tx *store.Tx, a login.Attempt) error {
	if a.UserID == "" {
		return nil
	}
	known, err := tx.Count(`SELECT count(*) FROM security_act WHERE corpid = ? AND userkey = ? AND type = ? AND address = ?`, a.CorpID, a.UserID.Key(), int64(newDevice), a.Address)
	if err != nil || known > 0 {
		return err
	}
	return insertAct(tx, a.CorpID, Act{At: tx.Now().Unix(), UserID: a.UserID, Type: newDevice, Detail: "登录方式：" + string(a.Way), Address: a.Address})
}

// ActQuery asks for operations. A zero field is not given.
type ActQuery struct {
	Span
	Type   int64
	UserID id.UserID
	After  int64
	Limit  int64
}

// Limits of lists of operations (docs 100178, 100179).
const (
	maxActs     = 400
	maxActDays  = 7
	maxActsBack = 180
)

func (q *ActQuery) valid(now time.Time) error {
	if q.Limit < 0 || q.Limit > maxActs {
		return wire.ErrParameter.With("limit: 1 to %d expected", maxActs)
	}
	if q.Limit == 0 {
		q.Limit = maxActs
	}
	if err := q.Span.valid(maxActDays * 24 * time.Hour); err != nil {
		return err
	}
	switch {
	case q.From == q.To:
		return wire.ErrParameter.With("end_time: later than start_time expected")
	case q.From < now.AddDate(0, 0, -maxActsBack).Unix():
		return wire.ErrParameter.With("start_time: at most %d days ago", maxActsBack)
	case q.To > now.Unix():
		return wire.ErrParameter.With("end_time has not come yet")
	}
	return nil
}

// Acts returns what members whom the caller sees did, in order, and the number to go on after; 0 where that was all.
// A page may have fewer than were asked for (doc 100178).
func (s *Service) Acts(tx *store.Tx, by access.Caller, q ActQuery) (out []Act, next int64, err error) {
	if err := q.valid(tx.Now()); err != nil {
		return nil, 0, err
	}
	if q.Type != 0 && !slices.Contains(memberTypes, q.Type) {
		return nil, 0, wire.ErrParameter.With("oper_type: %d is none", q.Type)
	}
	var who []id.UserID
	if q.UserID != "" {
		if _, err := s.named(tx, by, []id.UserID{q.UserID}); err != nil {
			return nil, 0, err
		}
	}
	list, err := selectActs(tx, by.CorpID, q)
	if err != nil {
		return nil, 0, err
	}
	if int64(len(list)) > q.Limit {
		list = list[:q.Limit]
		next = list[q.Limit-1].No
	}
	for _, a := range list {
		who = append(who, a.UserID)
	}
	seen, err := s.seen(tx, by, who)
	if err != nil {
		return nil, 0, err
	}
	return slices.DeleteFunc(list, func(a Act) bool { return !seen(a.UserID) }), next, nil
}

// renameMember lets records follow a member whose userid has changed.
func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	for _, table := range []string{"security_act", "security_file", "security_screen", "security_application"} {
		if _, err := tx.Exec(`UPDATE `+table+` SET userkey = ?, userid = ? WHERE corpid = ? AND userkey = ?`, e.NewUserID.Key(), string(e.NewUserID), by.CorpID, e.UserID.Key()); err != nil {
			return err
		}
	}
	return renameInDevices(tx, by.CorpID, e.UserID, e.NewUserID)
}
