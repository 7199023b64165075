package access

import (
	"qiwei/internal/store"
)

// Form says what an id names.
type Form int

// The forms of id that a view translates.
const (
	MemberID         Form = iota // userid, or the open_userid of a provider
	CorpID                       // corpid, or the open_corpid of a provider
	ExternalID                   // external_userid of a customer, the corp's or a provider's
	CustomerTagID                // id of a tag of customers or of a group of them
	CustomerChatID               // chat_id of a group of customers
	PersonID                     // MemberID or ExternalID
	RecipientID                  // ExternalID or CustomerChatID
	ServiceAccountID             // open_kfid of an account of customer service
)

// IDs are the ids of a view that is not shown the corp's own. Both directions take many at once, run in the
// call's transaction, and leave out what they do not know. An unknown id reaches the other side as it is,
// with one exception: the corp's own id, sent by a caller, names nobody. Userids are compared without regard
// to case, and a map's keys are spelled as the caller asked.
type IDs interface {
	// Shown returns what the caller knows each of the corp's ids by.
	Shown(tx *store.Tx, corpID string, form Form, own []string) (map[string]string, error)
	// Own returns the corp's id for each that the caller sent.
	Own(tx *store.Tx, corpID string, form Form, shown []string) (map[string]string, error)
}
