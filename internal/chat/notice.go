package chat

import (
	"encoding/json"
	"fmt"
	"time"

	"qiwei/internal/store"
)

// noticeType is the msgtype of a notice. It stands among the messages of its group, and nobody has said it: the
// archive, which has no such type (doc 91774), does not hear of it.
const noticeType = "notice"

// Notice is a line in a group about the group.
type Notice struct {
	Kind    string  `json:"kind"`
	Members []int64 `json:"members,omitempty"` // our numbers
	Text    string  `json:"text,omitempty"`
}

// The kinds of notices.
const (
	groupMade      = "made"
	membersInvited = "invited"
	membersRemoved = "removed"
	memberLeft     = "left"
	groupRenamed   = "renamed"
	groupAnnounced = "announced"
	ownerChanged   = "owner"
)

// namedMost is how many members a notice names.
const namedMost = 10

// note puts a notice of what a member has done into the group.
func (s *Service) note(tx *store.Tx, g Group, by int64, at time.Time, n Notice) error {
	if len(n.Members) > namedMost {
		n.Members = n.Members[:namedMost]
	}
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	if _, err := tx.Insert(`INSERT INTO chat_message (corpid, msgid, at, chat_group, sender, sender_id, receiver, msgtype, content, revoked_at) VALUES (?, ?, ?, ?, ?, '', 0, ?, ?, 0)`,
		g.CorpID, NewMsgID(at, false), at.UnixMilli(), g.No, by, noticeType, string(text)); err != nil {
		return fmt.Errorf("insert notice: %w", err)
	}
	return nil
}
