package message

import (
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What the room of the intelligent robots above this one uses: it shares the cards, the groups and the
// members' door.

// maxQuestion is in bytes (doc 101032).
const maxQuestion = 200

// CheckBotCard checks a card that an intelligent robot sends, or with update one that replaces another. It
// differs from an application's card (doc 101032): the list of facts may not hold pictures or files, and a
// jump of type 3 asks the robot a question.
func (s *Service) CheckBotCard(tx *store.Tx, corpID string, c *Card, update bool) error {
	if c == nil {
		return ErrCardType.With("template_card is missing")
	}
	for _, h := range c.Horizontal {
		if h.Type == 2 {
			return ErrHorizontal.With("type 0, 1 or 3 expected")
		}
	}
	for i := range c.Jumps {
		j := &c.Jumps[i]
		switch {
		case j.Type != 3:
			j.Question = ""
		case j.Question == "":
			return wire.ErrEmpty.With("template_card.jump_list.question")
		case len(j.Question) > maxQuestion:
			return wire.ErrParameter.With("template_card.jump_list.question: %d bytes, at most %d", len(j.Question), maxQuestion)
		}
	}
	if c.Menu != nil && c.Menu.Desc == "" {
		return wire.ErrEmpty.With("template_card.action_menu.desc")
	}
	co, err := s.deps.Corps.Corp(tx, corpID)
	if err != nil {
		return err
	}
	f := sender{s: s, tx: tx, by: access.System(corpID), corp: co}
	if err := f.validCard(c, update); err != nil || update {
		return err
	}
	c.ReplaceText = ""
	// The page makes the task_id optional for a multiple choice only, among the types that members answer.
	if needs := c.answerable() && c.Type != multipleInteraction; needs || c.TaskID != "" {
		return validTaskID(c.TaskID)
	}
	return nil
}

// Answered is what a member pressed and chose on a card.
type Answered struct {
	Key      string
	Selected []Selected
}

// Selected are the chosen options of a question.
type Selected struct {
	Question string
	Options  []string
}

// Answer checks what a member does with the card.
func (c *Card) Answer(a CardAnswer) (out Answered, err error) {
	if a.Menu {
		if c.Menu != nil {
			for _, m := range c.Menu.Actions {
				if m.Key == a.Key {
					return Answered{Key: a.Key}, nil
				}
			}
		}
		return out, errUnknownKey
	}
	if !c.interactive() {
		return out, errNoCard
	}
	if c.ReplaceText != "" {
		return out, errReplaced
	}
	var selected []selection
	if out.Key, selected, err = c.answer(a); err != nil {
		return out, err
	}
	for _, sel := range selected {
		out.Selected = append(out.Selected, Selected{sel.question, sel.options})
	}
	return out, nil
}

// Group is a chat as other rooms see it.
type Group struct {
	No        int64
	ChatID    string
	Name      string
	Owner     int64 // 0 once the owner has left the corp
	CreatedAt time.Time
}

// Group returns a chat of the corp by its id.
func (s *Service) Group(tx *store.Tx, corpID, chatID string) (g Group, found bool, err error) {
	c, found, err := selectChat(tx, corpID, chatID)
	return c.group(), found, err
}

// GroupNo returns a chat by its number.
func (s *Service) GroupNo(tx *store.Tx, no int64) (g Group, found bool, err error) {
	c, found, err := oneChat(tx, `no = ?`, no)
	return c.group(), found, err
}

// InGroup reports whether the member is in the chat.
func (s *Service) InGroup(tx *store.Tx, no, member int64) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM chat_member WHERE chat = ? AND member = ?`, no, member)
	return n > 0, err
}

// GroupUsers returns the userids of the members in the chat.
func (s *Service) GroupUsers(tx *store.Tx, no int64) (map[int64]id.UserID, error) {
	members, err := selectChatMembers(tx, no)
	if err != nil {
		return nil, err
	}
	briefs, err := s.deps.Directory.Briefs(tx, members)
	out := map[int64]id.UserID{}
	for no, b := range briefs {
		out[no] = b.UserID
	}
	return out, err
}
