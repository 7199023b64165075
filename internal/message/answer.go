package message

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// CardAnswer is what a member does with a card.
type CardAnswer struct {
	Key  string // the button's; empty for the submit button
	Menu bool   // Key belongs to the menu in the corner
	// Selected are the chosen options by question. A selector without any keeps what was selected.
	Selected map[string][]string
}

// Errors of answers, for the member's page.
var (
	errNoCard     = wire.ErrParameter.With("the message is not a card that can be answered")
	errReplaced   = wire.ErrParameter.With("the card has been answered")
	errUnknownKey = wire.ErrParameter.With("the card has no such button")
)

// AnswerCard tells the application that the member has pressed a button of one of their cards. Doc 90240.
func (s *Service) AnswerCard(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, no int64, answer CardAnswer) error {
	copies, err := s.selectCopies(tx, m.No, `c.message = ?`, no)
	if err != nil {
		return err
	}
	if len(copies) == 0 || copies[0].Recalled || copies[0].chat != 0 {
		return errNoCard
	}
	of, err := s.deps.Apps.AppNo(tx, copies[0].app)
	if err != nil {
		return err
	}
	if _, err := s.talkable(tx, corpID, m, of.AgentID); err != nil {
		return err
	}
	var task string
	if _, err := tx.Get(`SELECT task_id FROM message WHERE no = ?`, []any{no}, &task); err != nil {
		return err
	}
	var p event.Push
	switch copies[0].MsgType {
	case "template_card":
		p, err = s.cardPush(tx, copies[0], task, of.AgentID, answer)
	case "taskcard", "interactive_taskcard":
		p, err = taskPush(copies[0], task, of.AgentID, answer)
	default:
		err = errNoCard
	}
	if err != nil {
		return err
	}
	return s.notify(ctx, tx, of, m, p, true, no)
}

// cardPush writes template_card_event or template_card_menu_event. Each has a new response_code.
func (s *Service) cardPush(tx *store.Tx, m Message, task string, agentID int64, answer CardAnswer) (p event.Push, err error) {
	var c Card
	if err := json.Unmarshal(m.Body, &c); err != nil {
		return p, fmt.Errorf("card %d: %w", m.No, err)
	}
	var selected []selection
	if answer.Menu {
		if c.Menu == nil || !slices.ContainsFunc(c.Menu.Actions, func(a cardAction) bool { return a.Key == answer.Key }) {
			return p, errUnknownKey
		}
	} else {
		if !c.interactive() {
			return p, errNoCard
		}
		if c.ReplaceText != "" {
			return p, errReplaced
		}
		if answer.Key, selected, err = c.answer(answer); err != nil {
			return p, err
		}
	}
	code, err := s.newCode(tx, m.No)
	if err != nil {
		return p, err
	}
	return cardEvent{answer.Menu, answer.Key, task, c.Type, code, selected}.push(agentID), nil
}

// selection is what was chosen for a question.
type selection struct {
	question string
	options  []string
}

func selectedItems(list []selection) (items event.Fields) {
	for _, sel := range list {
		var item, ids event.Fields
		item.Text("QuestionKey", sel.question)
		for _, o := range sel.options {
			ids.Text("OptionId", o)
		}
		item.Group("OptionIds", ids)
		items.Group("SelectedItem", item)
	}
	return items
}

// answer checks what a member pressed and chose on an interactive card.
func (c *Card) answer(a CardAnswer) (key string, selected []selection, err error) {
	switch c.Type {
	case buttonInteraction:
		if !slices.ContainsFunc(c.Buttons, func(b cardButton) bool { return b.Type != 1 && b.Key == a.Key }) {
			return "", nil, errUnknownKey
		}
		if c.ButtonSelection != nil {
			selected, err = chooseOne([]cardSelect{*c.ButtonSelection}, a)
		}
		return a.Key, selected, err
	case voteInteraction:
		selected, err = c.Checkbox.choose(a)
	case multipleInteraction:
		selected, err = chooseOne(c.Selects, a)
	}
	if c.Submit == nil || a.Key != "" && a.Key != c.Submit.Key {
		return "", nil, errUnknownKey
	}
	return c.Submit.Key, selected, err
}

func chooseOne(questions []cardSelect, a CardAnswer) (out []selection, err error) {
	for _, q := range questions {
		chosen := a.Selected[q.QuestionKey]
		if len(chosen) == 0 || q.Disable {
			chosen = []string{q.SelectedID}
		}
		if len(chosen) > 1 || !hasOptions(q.Options, chosen) {
			return nil, wire.ErrParameter.With("one of the options of %q expected", q.QuestionKey)
		}
		out = append(out, selection{q.QuestionKey, chosen})
	}
	return out, nil
}

// choose returns the chosen options, or those checked in the card itself if the member chose none.
func (b *cardCheckbox) choose(a CardAnswer) ([]selection, error) {
	chosen := a.Selected[b.QuestionKey]
	if len(chosen) == 0 || b.Disable {
		chosen = nil
		for _, o := range b.Options {
			if o.Checked {
				chosen = append(chosen, o.ID)
			}
		}
	}
	if len(chosen) == 0 || (b.Mode == 0 && len(chosen) > 1) || !hasOptions(b.Options, chosen) {
		return nil, wire.ErrParameter.With("options of %q expected, one where it is a single choice", b.QuestionKey)
	}
	return []selection{{b.QuestionKey, chosen}}, nil
}

func hasOptions(options []cardOption, ids []string) bool {
	for i, id := range ids {
		if slices.Contains(ids[:i], id) || !slices.ContainsFunc(options, func(o cardOption) bool { return o.ID == id }) {
			return false
		}
	}
	return true
}

// taskPush writes taskcard_click.
func taskPush(m Message, task string, agentID int64, answer CardAnswer) (p event.Push, err error) {
	var c struct {
		taskCardContent
		Replaced string `json:"replace_name"`
	}
	if err := json.Unmarshal(m.Body, &c); err != nil {
		return p, fmt.Errorf("card %d: %w", m.No, err)
	}
	switch {
	case c.Replaced != "":
		return p, errReplaced
	case !slices.ContainsFunc(c.Buttons, func(b taskButton) bool { return b.Key == answer.Key }):
		return p, errUnknownKey
	}
	return taskClick(answer.Key, task, agentID), nil
}

func isCard(msgtype string) bool {
	return msgtype == "template_card" || strings.HasSuffix(msgtype, "taskcard")
}
