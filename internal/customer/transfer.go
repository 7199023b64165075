package customer

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Transfer is a customer who is handed from one member to another. It is done by itself after 24 hours, unless
// the customer refuses (doc 92125).
type Transfer struct {
	No        int64
	CorpID    string
	Customer  int64
	Kind      int64 // the customer's
	Handover  int64 // members, our numbers
	Takeover  int64
	Resigned  bool // the first has left
	Status    int64
	Message   string // for the customer, once it is done
	CreatedAt time.Time
	Due       time.Time // when it is done, or was
}

// The states of a transfer (doc 94088).
const (
	transferDone    = 1
	transferWaiting = 2
	transferRefused = 3
	transferFull    = 4

	refusedByCustomer = "customer_refused"
	limitExceeded     = "customer_limit_exceed"
	deletedByTransfer = "DELETE_BY_TRANSFER"
)

const (
	// transferAfter is how long a customer has to refuse.
	transferAfter = 24 * time.Hour
	// recently is the time in which a customer of a member on the job is handed over at most twice.
	recently = 90 * 24 * time.Hour
	// assignedBy is the add_way of a customer who was assigned (doc 92114).
	assignedBy = 202
	// thanks is said if the call says nothing. The platform's text is not known.
	thanks = "您好，后续将由我继续为您服务。"
)

// Limits of transfers (doc 92125, 94088, 92124).
const (
	maxTransfers       = 100 // in a call
	maxTransferMessage = 200 // characters
	maxRecent          = 2   // of a customer within 90 days
	maxTransferResults = 1000
	maxUnassigned      = 1000
)

// Errors of transfers (doc 90313).
var (
	ErrNotResigned  = wire.Code(40097, "user has not resigned")
	ErrNotCertified = wire.Code(40098, "user not certified")
	ErrTooFrequent  = wire.Code(40128, "transfer too frequent")
	ErrTransferring = wire.Code(40129, "external contact being transferred")
	ErrSameMember   = wire.Code(40130, "handover and takeover user are the same")
	ErrNotFollower  = wire.Code(40131, "handover user not follow the external contact")
)

// Handover asks for customers of a member to be handed to another.
type Handover struct {
	From, To  id.UserID
	Externals []id.ExternalID
	Message   string
	Resigned  bool // From has left
}

func (h Handover) valid() error {
	switch {
	case len(h.Externals) == 0 || len(h.Externals) > maxTransfers:
		return wire.ErrParameter.With("external_userid: 1 to %d expected, %d given", maxTransfers, len(h.Externals))
	case utf8.RuneCountInString(h.Message) > maxTransferMessage:
		return wire.ErrParameter.With("transfer_success_msg: at most %d characters", maxTransferMessage)
	case h.From == "" || h.To == "":
		return directory.ErrUserIDMissing
	case h.From.Equal(h.To):
		return ErrSameMember
	}
	return nil
}

// HandOver begins to hand customers over, and returns for each 0 or the code of what is wrong. The taker must
// be seen by the caller, have customer contact and have signed in. Doc 92125, 94081.
func (s *Service) HandOver(ctx context.Context, tx *store.Tx, by access.Caller, h Handover) ([]int, error) {
	one, err := s.handing(ctx, tx, by, h)
	if err != nil {
		return nil, err
	}
	codes := make([]int, len(h.Externals))
	for i, external := range h.Externals {
		err := one(external)
		var refused wire.Error
		if errors.As(err, &refused) {
			codes[i] = refused.Code
		} else if err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// handing checks whatever of a handover is not about one customer, and returns what begins it for one.
func (s *Service) handing(ctx context.Context, tx *store.Tx, by access.Caller, h Handover) (one func(id.ExternalID) error, err error) {
	if err := h.valid(); err != nil {
		return nil, err
	}
	from, err := s.giver(tx, by.CorpID, h.From, h.Resigned)
	if err != nil {
		return nil, err
	}
	to, serves, err := s.member(ctx, tx, by, h.To)
	switch {
	case err != nil:
		return nil, err
	case !serves:
		return nil, ErrNoContact.With("%q has no customer contact", to.UserID)
	case !to.Activated || !to.Enabled:
		return nil, ErrNotCertified.With("%q has not signed in yet", to.UserID)
	}
	return func(external id.ExternalID) error {
		return s.handOver(tx, by.CorpID, external, Transfer{Handover: from, Takeover: to.No, Resigned: h.Resigned, Message: h.Message})
	}, nil
}

// giver returns the number of the member whose customers are handed over: one of the corp, or one who has
// left. It answers ErrNotResigned for one who has not, and 60111 for one who never was there.
func (s *Service) giver(tx *store.Tx, corpID string, user id.UserID, resigned bool) (int64, error) {
	there, err := s.deps.Directory.Exists(tx, corpID, user)
	switch {
	case err != nil:
		return 0, err
	case there && resigned:
		return 0, ErrNotResigned.With("%q", user)
	case !there && !resigned:
		return 0, directory.ErrMemberNotFound.With("%q", user)
	}
	known, err := s.deps.Directory.MemberNumbers(tx, corpID, []string{string(user)})
	if err == nil && known[string(user)] == 0 {
		err = directory.ErrMemberNotFound.With("%q", user)
	}
	return known[string(user)], err
}

func (s *Service) handOver(tx *store.Tx, corpID string, external id.ExternalID, t Transfer) error {
	c, err := s.contact(tx, corpID, external)
	if err != nil {
		return err
	}
	f, found, err := selectFollow(tx, corpID, c.No, t.Handover)
	switch {
	case err != nil:
		return err
	case !found || f.Standing == Half:
		return ErrNotFollower
	case f.Handing != 0:
		return ErrTransferring
	}
	if !t.Resigned {
		n, err := countTransfers(tx, corpID, c.No, tx.Now().Add(-recently))
		if err != nil {
			return err
		}
		if n >= maxRecent {
			return ErrTooFrequent
		}
	}
	t.CorpID, t.Customer, t.Kind, t.Status = corpID, c.No, c.Kind, transferWaiting
	t.CreatedAt, t.Due = tx.Now(), tx.Now().Add(transferAfter)
	if t.No, err = insertTransfer(tx, t); err != nil {
		return err
	}
	return setHanding(tx, corpID, f.No, t.No)
}

// ends returns the numbers of the giver, who may have left, and of the taker, who must be seen by the caller.
func (s *Service) ends(ctx context.Context, tx *store.Tx, by access.Caller, from, to id.UserID) (giver, taker int64, err error) {
	known, err := s.deps.Directory.MemberNumbers(tx, by.CorpID, []string{string(from)})
	if err != nil {
		return 0, 0, err
	}
	if known[string(from)] == 0 {
		return 0, 0, directory.ErrMemberNotFound.With("%q", from)
	}
	m, err := s.deps.Directory.Member(ctx, tx, by, to)
	return known[string(from)], m.No, err
}

// Results returns transfers between two members, by their age, those behind a number, and the number of the
// last if there are more. The taker must be seen by the caller. Doc 94088, 94082.
func (s *Service) Results(ctx context.Context, tx *store.Tx, by access.Caller, from, to id.UserID, resigned bool, after int64) ([]Transfer, int64, error) {
	giver, taker, err := s.ends(ctx, tx, by, from, to)
	if err != nil {
		return nil, 0, err
	}
	list, err := selectTransfers(tx, `corpid = ? AND handover = ? AND takeover = ? AND resigned = ? AND no > ? ORDER BY no LIMIT ?`,
		by.CorpID, giver, taker, flag(resigned), after, int64(maxTransferResults+1))
	if err != nil || len(list) <= maxTransferResults {
		return list, 0, err
	}
	return list[:maxTransferResults], list[maxTransferResults-1].No, nil
}

// complete hands the customer over. The giver's relation ends; of one on the job applications are told. The
// taker's begins with the note and the tags of the giver's, unless they are friends already. Applications are
// not told of it if they were, or if the taker once handed this customer over (doc 92125).
func (s *Service) complete(ctx context.Context, tx *store.Tx, t Transfer) error {
	by := access.System(t.CorpID)
	users, err := s.deps.Directory.NumberedMembers(tx, t.CorpID, []int64{t.Handover, t.Takeover})
	if err != nil {
		return err
	}
	old, found, err := selectFollow(tx, t.CorpID, t.Customer, t.Handover)
	if err != nil {
		return err
	}
	if !found || old.Handing != t.No || users[t.Takeover] == "" { // one of the two has gone
		return s.settle(tx, t, old, transferRefused)
	}
	known, friends, err := selectFollow(tx, t.CorpID, t.Customer, t.Takeover)
	if err != nil {
		return err
	}
	friends = friends && known.Standing == Friends
	back, err := countBack(tx, t)
	if err != nil {
		return err
	}
	f := known
	if !friends {
		f = Follow{No: known.No, Customer: t.Customer, Kind: t.Kind, Member: t.Takeover, Standing: Friends, CreatedAt: tx.Now(), AddWay: assignedBy, Oper: t.Takeover, State: old.State}
		if f.No == 0 {
			f.No, err = insertFollow(tx, t.CorpID, f)
		} else {
			err = s.stand(tx, t.CorpID, f)
		}
		if err == nil {
			err = countDay(tx, t.CorpID, t.Takeover, Day{Added: 1})
		}
		if err == nil {
			err = inherit(tx, t.CorpID, f.No, old)
		}
		if err != nil {
			return err
		}
	}
	if err := s.settle(tx, t, old, transferDone); err != nil {
		return err
	}
	if err := deleteFollow(tx, t.CorpID, old.No); err != nil {
		return err
	}
	if t.Message == "" {
		t.Message = thanks
	}
	if err := s.say(tx, t.CorpID, f, AsTransfer, Words{Content: Content{Text: &Text{t.Message}}}); err != nil {
		return err
	}
	e := ContactEvent{Kind: t.Kind, Customer: t.Customer, s: s}
	if user := users[t.Handover]; user != "" && !t.Resigned {
		e.Change, e.Member, e.UserID, e.Source = contactRemoved, t.Handover, user, deletedByTransfer
		if err := s.kinds.contact[contactRemoved].Record(ctx, tx, by, e); err != nil {
			return err
		}
	}
	if friends || back > 0 {
		return nil
	}
	e.Change, e.Member, e.UserID, e.Source, e.State = contactAdded, t.Takeover, users[t.Takeover], "", f.State
	return s.kinds.contact[contactAdded].Record(ctx, tx, by, e)
}

// settle ends a transfer. The giver's relation can be handed over again.
func (s *Service) settle(tx *store.Tx, t Transfer, old Follow, status int64) error {
	if err := endTransfer(tx, t.CorpID, t.No, status); err != nil || old.Handing != t.No {
		return err
	}
	return setHanding(tx, t.CorpID, old.No, 0)
}

// Answer is a customer's, or the platform's, to a transfer that waits: true hands over at once, false refuses.
// Full says that the taker has too many customers. It records transfer_fail, and answers ErrNoRelation if
// nothing waits.
func (s *Service) Answer(ctx context.Context, tx *store.Tx, by access.Caller, taker id.UserID, external id.ExternalID, accept, full bool) error {
	m, err := s.deps.Directory.Member(ctx, tx, by, taker)
	if err != nil {
		return err
	}
	c, err := s.contact(tx, by.CorpID, external)
	if err != nil {
		return err
	}
	list, err := selectTransfers(tx, `corpid = ? AND customer = ? AND takeover = ? AND status = ? ORDER BY no`, by.CorpID, c.No, m.No, int64(transferWaiting))
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return ErrNoRelation.With("the customer is not being handed to %q", m.UserID)
	}
	t := list[0]
	if accept {
		return s.complete(ctx, tx, t)
	}
	old, _, err := selectFollow(tx, by.CorpID, c.No, t.Handover)
	if err != nil {
		return err
	}
	status, reason := int64(transferRefused), refusedByCustomer
	if full {
		status, reason = transferFull, limitExceeded
	}
	if err := s.settle(tx, t, old, status); err != nil {
		return err
	}
	return s.kinds.contact[transferFailed].Record(ctx, tx, by, ContactEvent{Change: transferFailed, Kind: c.Kind, Customer: c.No, Member: m.No, UserID: m.UserID, FailReason: reason, s: s})
}

// Unassigned is a customer of a member who has left.
type Unassigned struct {
	UserID   id.UserID
	External id.ExternalID
	LeftAt   int64 // Unix seconds
}

// leftPlace is where the list of them has come to: the member, and the relation of the last one.
type leftPlace struct{ LeftAt, Member, After int64 }

// Unassigned returns customers whose member has left and who wait for another: those of the last to leave
// first. Next is the place of the last, nil at the end. Doc 92124. Every application sees all of them: whoever
// has left is in no range (unverified).
func (s *Service) Unassigned(tx *store.Tx, by access.Caller, from *leftPlace, limit int64) (out []Unassigned, next *leftPlace, err error) {
	if limit <= 0 || limit > maxUnassigned {
		limit = maxUnassigned
	}
	members, err := selectLeft(tx, by.CorpID)
	if err != nil {
		return nil, nil, err
	}
	var last leftPlace
	for _, m := range members {
		after := int64(0)
		if from != nil {
			if m.at > from.LeftAt || (m.at == from.LeftAt && m.member > from.Member) {
				continue
			}
			if m.member == from.Member {
				after = from.After
			}
		}
		some, err := selectFollowsWhere(tx, `corpid = ? AND member = ? AND no > ? AND standing <> ? AND handing = 0 ORDER BY no LIMIT ?`,
			by.CorpID, m.member, after, int64(Half), limit+1-int64(len(out)))
		if err != nil {
			return nil, nil, err
		}
		for _, f := range some {
			if int64(len(out)) == limit {
				return out, &last, nil
			}
			out = append(out, Unassigned{m.user, s.ExternalID(f.Kind, f.Customer), m.at})
			last = leftPlace{m.at, m.member, f.No}
		}
	}
	return out, nil, nil
}

// memberLeaving keeps the customers of a member who leaves for another to take.
func (s *Service) memberLeaving(ctx context.Context, tx *store.Tx, by access.Caller, m directory.Member) error {
	scope, err := s.scope(tx, by.CorpID)
	if err != nil {
		return err
	}
	serves, err := s.deps.Directory.Within(tx, by.CorpID, scope, []int64{m.No})
	if err != nil || !slices.Contains(serves, m.No) {
		return err
	}
	some, err := selectFollows(tx, by.CorpID, m.No, 0, 1)
	if err != nil || len(some) == 0 {
		return err
	}
	return insertLeft(tx, by.CorpID, m.No, m.UserID)
}
