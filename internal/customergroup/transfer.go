package customergroup

import (
	"context"
	"errors"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of groups that are handed to another owner (doc 90313).
var (
	ErrOwnerThere = wire.Code(90500, "the owner of this chat is not resigned")
	ErrNotGroup   = wire.Code(90501, "chat is not external group chat")
	ErrOwnerLeft  = wire.Code(90502, "group owner already resigned")
	ErrGroupFull  = wire.Code(90503, "group full with WeChat members")
	ErrOwnerSame  = wire.Code(90504, "group owner unchanged")
	ErrInherited  = wire.Code(90508, "group of the resigned owner already inherited")
	// Of the two below the pages name no code: these are the ones of customers (unverified).
	errDaily  = wire.ErrFrequency
	errRecent = customer.ErrTooFrequent
)

// Limits of transfers (doc 92127, 95703).
const (
	maxTransferred      = 100 // groups in a call
	maxTransfersDay     = 300 // groups of one owner to another in a day
	maxTransfersRecent  = 2   // of a group whose owner is on the job
	transferredRecently = 90 * 24 * time.Hour
)

// Refusal says why a group was not handed over.
type Refusal struct {
	ChatID id.ChatID
	Err    wire.Error
}

// HandOver gives groups another owner, and returns those that could not be given with the reason. The taker
// must be seen by the caller, have customer contact and have signed in. It happens at once, and the taker
// enters the group without an event. Doc 95703; 92127 for owners who have left.
func (s *Service) HandOver(ctx context.Context, tx *store.Tx, by access.Caller, chats []id.ChatID, to id.UserID, resigned bool) ([]Refusal, error) {
	switch {
	case len(chats) == 0 || len(chats) > maxTransferred:
		return nil, wire.ErrParameter.With("chat_id_list: 1 to %d expected, %d given", maxTransferred, len(chats))
	case to == "":
		return nil, directory.ErrUserIDMissing
	}
	taker, err := s.deps.Customers.ServingMember(ctx, tx, by, to)
	if err != nil {
		return nil, err
	}
	if !taker.Activated || !taker.Enabled {
		return nil, customer.ErrNotCertified.With("%q has not signed in yet", taker.UserID)
	}
	var out []Refusal
	for _, chat := range chats {
		err := s.handOver(tx, by, chat, taker, resigned)
		var refused wire.Error
		if errors.As(err, &refused) {
			out = append(out, Refusal{chat, refused})
		} else if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Service) handOver(tx *store.Tx, by access.Caller, chat id.ChatID, taker directory.Member, resigned bool) error {
	g, err := s.Visible(tx, by, chat)
	if errors.Is(err, ErrChatID) {
		err = ErrNotGroup.With("%q", chat)
	}
	switch {
	case err != nil:
		return err
	case resigned && g.Status == inherited:
		return ErrInherited
	case resigned && g.LeftUserID == "":
		return ErrOwnerThere
	case !resigned && g.LeftUserID != "":
		return ErrOwnerLeft
	case g.Owner == taker.No:
		return ErrOwnerSame
	}
	if err := checkTransfers(tx, by.CorpID, g, taker.No, resigned); err != nil {
		return err
	}
	return s.giveTo(tx, by.CorpID, g, taker.No, resigned)
}

// checkTransfers counts what was handed over before.
func checkTransfers(tx *store.Tx, corpID string, g Group, taker int64, resigned bool) error {
	today := customer.DayOf(tx.Now())
	n, err := tx.Count(`SELECT count(*) FROM customer_group_transfer WHERE corpid = ? AND handover = ? AND takeover = ? AND at >= ?`, corpID, g.Owner, taker, today.Unix())
	if err != nil {
		return err
	}
	if n >= maxTransfersDay {
		return errDaily.With("at most %d groups of one member are handed to another in a day", maxTransfersDay)
	}
	if resigned {
		return nil
	}
	n, err = tx.Count(`SELECT count(*) FROM customer_group_transfer WHERE corpid = ? AND chat = ? AND resigned = 0 AND at > ?`, corpID, g.No, tx.Now().Add(-transferredRecently).Unix())
	if err == nil && n >= maxTransfersRecent {
		err = errRecent.With("a group is handed over at most %d times in 90 days", maxTransfersRecent)
	}
	return err
}

// giveTo makes the taker the owner. The one who has left goes out of the group; the one on the job stays. It
// answers ErrGroupFull before anything is written, because the other groups of the call are handed over.
func (s *Service) giveTo(tx *store.Tx, corpID string, g Group, taker int64, resigned bool) error {
	in, err := selectPeople(tx, corpID, g.No, `kind = ? AND person = ?`, int64(staff), taker)
	if err != nil {
		return err
	}
	n, err := countPeople(tx, corpID, g.No)
	if err != nil {
		return err
	}
	if len(in) == 0 && n-flag(resigned) >= g.Capacity {
		return ErrGroupFull.With("%d people are in it, and the new owner has no room", n)
	}
	if _, err := tx.Insert(`INSERT INTO customer_group_transfer (corpid, chat, handover, takeover, resigned, at) VALUES (?, ?, ?, ?, ?, ?)`,
		corpID, g.No, g.Owner, taker, flag(resigned), tx.Now().Unix()); err != nil {
		return err
	}
	if resigned {
		if _, err := removePerson(tx, corpID, g.No, Person{Kind: staff, No: g.Owner}); err != nil {
			return err
		}
		g.Status, g.LeftUserID, g.Version = inherited, "", newVersion()
	}
	if len(in) == 0 {
		if err := insertPerson(tx, corpID, g.No, Person{Kind: staff, No: taker, Scene: invited}); err != nil {
			return err
		}
		g.Version = newVersion()
	}
	g.Owner = taker
	return updateGroup(tx, corpID, g)
}
