package message

import (
	"strings"

	"qiwei/internal/media"
	"qiwei/internal/wire"
)

// validCard checks a card of any type. As an update it needs no task_id, and its
// submit button is optional (doc 94888).
func (f *sender) validCard(c *Card, update bool) error {
	if c == nil {
		return ErrCardType.With("template_card is missing")
	}
	if err := c.dropForeign(); err != nil {
		return err
	}
	for _, check := range []func() error{
		c.validTitle, c.validMenu, c.validTargets, c.validImages,
		func() error { return f.validHorizontal(c.Horizontal) },
		func() error { return c.validButtons(f.repeats) },
		func() error { return c.validChoices(update, f.repeats) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// dropForeign removes what the card's type does not have: the platform ignores it.
func (c *Card) dropForeign() error {
	notice := c.Type == textNotice || c.Type == newsNotice
	switch {
	case !notice && !c.interactive():
		return ErrCardType.With("%q", c.Type)
	case c.Type == voteInteraction || c.Type == multipleInteraction:
		c.Menu, c.Quote, c.SubTitle, c.Horizontal, c.Action = nil, nil, "", nil, nil
	case c.Type == newsNotice:
		c.SubTitle = ""
	}
	if c.Type != textNotice {
		c.Emphasis = nil
	}
	if c.Type != newsNotice {
		c.ImageText, c.Image, c.Vertical = nil, nil, nil
	}
	if !notice {
		c.Jumps = nil
	}
	if c.Type != buttonInteraction {
		c.ButtonSelection, c.Buttons = nil, nil
	}
	if c.Type != voteInteraction {
		c.Checkbox = nil
	}
	if c.Type != multipleInteraction {
		c.Selects = nil
	}
	if c.Type != voteInteraction && c.Type != multipleInteraction {
		c.Submit = nil
	}
	return nil
}

func (c *Card) validTitle() error {
	titled := c.Main != nil && c.Main.Title != ""
	switch {
	case c.Type == textNotice && !titled && c.SubTitle == "":
		return wire.ErrEmpty.With("template_card: main_title.title or sub_title_text expected")
	case c.Type != textNotice && !titled:
		return wire.ErrEmpty.With("template_card.main_title.title")
	}
	return nil
}

func (c *Card) validMenu() error {
	if c.Menu == nil {
		return nil
	}
	if n := len(c.Menu.Actions); n < 1 || n > maxMenu {
		return wire.ErrParameter.With("template_card.action_menu.action_list: 1 to %d expected", maxMenu)
	}
	seen := map[string]bool{}
	for _, a := range c.Menu.Actions {
		switch {
		case a.Text == "":
			return wire.ErrEmpty.With("template_card.action_menu.action_list.text")
		case a.Key == "" || len(a.Key) > maxKey:
			return wire.ErrParameter.With("template_card.action_menu.action_list.key: 1 to %d bytes expected", maxKey)
		case seen[a.Key]:
			return ErrMenuKey.With("%q", a.Key)
		}
		seen[a.Key] = true
	}
	return nil
}

// target checks where a part of the card leads: type 1 to an address, 2 to a
// mini-program.
func target(kind int64, url, appID string) error {
	switch {
	case kind == 1 && !hasScheme(url):
		return ErrCardURL
	case kind == 2 && appID == "":
		return ErrCardAppID
	}
	return nil
}

func (c *Card) validTargets() error {
	if c.Quote != nil {
		if err := target(c.Quote.Type, c.Quote.URL, c.Quote.AppID); err != nil {
			return err
		}
	}
	if len(c.Jumps) > maxJumps {
		return ErrJumps.With("%d, at most %d", len(c.Jumps), maxJumps)
	}
	for _, j := range c.Jumps {
		if j.Title == "" {
			return ErrCardTitle.With("jump_list.title")
		}
		if err := target(j.Type, j.URL, j.AppID); err != nil {
			return err
		}
	}
	if notice := !c.interactive(); notice && (c.Action == nil || c.Action.Type != 1 && c.Action.Type != 2) {
		return ErrCardAction.With("type 1 or 2 expected")
	}
	if c.Action == nil {
		return nil
	}
	if c.Action.Type < 0 || c.Action.Type > 2 {
		return ErrCardAction.With("type %d", c.Action.Type)
	}
	return target(c.Action.Type, c.Action.URL, c.Action.AppID)
}

// validImages checks the pictures and the vertical list of a news_notice.
func (c *Card) validImages() error {
	if c.Type != newsNotice {
		return nil
	}
	if c.Image == nil && c.ImageText == nil {
		return ErrCardImage.With("card_image or image_text_area expected")
	}
	if c.Image != nil && !hasScheme(c.Image.URL) {
		return ErrCardImage
	}
	if c.Image != nil && c.Image.AspectRatio != nil && (*c.Image.AspectRatio < 1.3 || *c.Image.AspectRatio > 2.25) {
		standard := 1.3
		c.Image.AspectRatio = &standard
	}
	if t := c.ImageText; t != nil {
		if !hasScheme(t.Image) {
			return ErrCardImage.With("image_text_area.image_url")
		}
		if err := target(t.Type, t.URL, t.AppID); err != nil {
			return err
		}
	}
	if len(c.Vertical) > maxVertical {
		return ErrVertical.With("%d, at most %d", len(c.Vertical), maxVertical)
	}
	for _, v := range c.Vertical {
		if v.Title == "" {
			return ErrCardTitle.With("vertical_content_list.title")
		}
	}
	return nil
}

func (f *sender) validHorizontal(list []cardHorizontal) error {
	if len(list) > maxHorizontal {
		return ErrHorizontal.With("%d, at most %d", len(list), maxHorizontal)
	}
	for _, h := range list {
		switch {
		case h.KeyName == "":
			return ErrKeyName
		case h.Type == 1 && !hasScheme(h.URL):
			return ErrCardURL.With("horizontal_content_list.url")
		case h.Type == 2 && h.MediaID == "":
			return ErrCardMedia
		case h.Type == 3 && h.UserID == "":
			return ErrCardUser
		}
		if h.Type == 2 {
			if err := f.file(h.MediaID, media.Other); err != nil {
				return err
			}
		}
		if h.Type == 3 {
			found, err := f.s.deps.Directory.Named(f.tx, f.by, []string{string(h.UserID)})
			if err != nil {
				return err
			}
			if len(found) == 0 {
				return ErrCardUser.With("%q", h.UserID)
			}
		}
	}
	return nil
}

func (c *Card) validButtons(repeats bool) error {
	if c.Type != buttonInteraction {
		return nil
	}
	if n := len(c.Buttons); n < 1 || n > maxButtons {
		return ErrCardButton.With("button_list: 1 to %d expected", maxButtons)
	}
	seen := map[string]bool{}
	for i := range c.Buttons {
		b := &c.Buttons[i]
		if b.Style < 1 || b.Style > 4 {
			b.Style = 1
		}
		switch {
		case b.Text == "":
			return ErrCardButton
		case b.Type == 1 && !hasScheme(b.URL):
			return ErrCardURL.With("button_list.url")
		case b.Type != 1 && (b.Key == "" || len(b.Key) > maxKey || seen[b.Key] && !repeats):
			return ErrCardKey.With("%q", cut(b.Key, 64))
		}
		if b.Type != 1 {
			seen[b.Key] = true
		}
	}
	if c.ButtonSelection == nil {
		return nil
	}
	return c.ButtonSelection.valid(repeats)
}

// valid checks a selector. If its selected_id is none of the options, the first option is selected.
func (q *cardSelect) valid(repeats bool) error {
	if q.QuestionKey == "" || len(q.QuestionKey) > maxKey {
		return ErrQuestion
	}
	if err := validOptions(q.Options, maxOptions, repeats); err != nil {
		return err
	}
	for _, o := range q.Options {
		if o.ID == q.SelectedID {
			return nil
		}
	}
	q.SelectedID = q.Options[0].ID
	return nil
}

func validOptions(list []cardOption, most int, repeats bool) error {
	if len(list) < 1 || len(list) > most {
		return ErrOptions.With("%d, 1 to %d expected", len(list), most)
	}
	seen := map[string]bool{}
	for _, o := range list {
		switch {
		case o.ID == "" || len(o.ID) > maxOptionID || seen[o.ID] && !repeats:
			return ErrOptionID.With("%q", cut(o.ID, 64))
		case o.Text == "":
			return ErrOptionText
		}
		seen[o.ID] = true
	}
	return nil
}

// validChoices checks the body of a vote and of a multiple choice.
func (c *Card) validChoices(update, repeats bool) error {
	switch c.Type {
	case voteInteraction:
		if c.Checkbox == nil || c.Checkbox.QuestionKey == "" || len(c.Checkbox.QuestionKey) > maxKey {
			return ErrQuestion.With("checkbox.question_key")
		}
		if c.Checkbox.Mode != 1 {
			c.Checkbox.Mode = 0
		}
		if err := validOptions(c.Checkbox.Options, maxChoices, repeats); err != nil {
			return err
		}
	case multipleInteraction:
		if n := len(c.Selects); n < 1 || n > maxSelects {
			return ErrSelects.With("%d, 1 to %d expected", n, maxSelects)
		}
		seen := map[string]bool{}
		for i := range c.Selects {
			q := &c.Selects[i]
			if err := q.valid(repeats); err != nil {
				return err
			}
			if seen[q.QuestionKey] && !repeats {
				return ErrQuestion.With("%q is given twice", cut(q.QuestionKey, 64))
			}
			seen[q.QuestionKey] = true
		}
	default:
		return nil
	}
	if c.Submit == nil && update {
		return nil
	}
	return c.Submit.valid()
}

func (b *cardSubmit) valid() error {
	if b == nil || b.Key == "" || len(b.Key) > maxKey {
		return ErrSubmitKey.With("1 to %d bytes expected", maxKey)
	}
	if b.Text == "" {
		b.Text = "提交"
	}
	return nil
}

// validTaskID checks the form. The store checks that the id is new.
func validTaskID(task string) error {
	if len(task) < 1 || len(task) > maxTaskID || !plainKey(task) {
		return ErrTaskID.With("1 to %d letters, digits, _, - and @ expected", maxTaskID)
	}
	return nil
}

// plainKey reports whether text consists of letters, digits, _, - and @ only.
func plainKey(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '-' || r == '@')
	}) < 0
}
