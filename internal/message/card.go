package message

import (
	"strings"

	"qiwei/internal/callback"
	"qiwei/internal/media"
	"qiwei/internal/wire"
)

// Errors of template cards (doc 90313).
var (
	ErrTaskID       = wire.Code(42014, "invalid task_id")
	ErrButtonKey    = wire.Code(42018, "invalid button key")
	ErrNoButtonKey  = wire.Code(42019, "button key missing")
	ErrNoButtonName = wire.Code(42020, "button name missing")
	ErrKeyName      = wire.Code(42027, "template_card.horizontal_content_list.keyname missing")
	ErrCardURL      = wire.Code(42028, "template_card url missing")
	ErrCardMedia    = wire.Code(42029, "template_card media_id missing")
	ErrCardAppID    = wire.Code(42030, "template_card appid missing")
	ErrCardType     = wire.Code(42031, "invalid template_card.card_type")
	ErrCardTitle    = wire.Code(42033, "template_card title missing")
	ErrHorizontal   = wire.Code(42035, "invalid template_card.horizontal_content_list size")
	ErrVertical     = wire.Code(42036, "invalid template_card.vertical_content_list size")
	ErrOptions      = wire.Code(42037, "invalid template_card.option_list size")
	ErrCardButton   = wire.Code(42038, "invalid template_card.button_list.text")
	ErrCardKey      = wire.Code(42039, "invalid template_card.button_list.key")
	ErrOptionID     = wire.Code(42040, "invalid template_card.option_list.id")
	ErrOptionText   = wire.Code(42041, "invalid template_card.option_list.text")
	ErrJumps        = wire.Code(42042, "invalid template_card.jump_list size")
	ErrQuestion     = wire.Code(42043, "invalid template_card.question_key")
	ErrCardImage    = wire.Code(42044, "invalid template_card.card_image.url")
	ErrCardAction   = wire.Code(42045, "invalid template_card.card_action")
	ErrSubmitKey    = wire.Code(42046, "invalid template_card.submit_button.key")
	ErrSelects      = wire.Code(42047, "invalid template_card.select_list size")
	ErrCardUser     = wire.Code(42050, "invalid template_card.horizontal_content_list.userid")
	ErrMenuKey      = wire.Code(42051, "template_card.action_menu.action_list.key existed")
	ErrCallback     = callback.ErrNoCallback
)

// Limits of cards (doc 90236). What the page suggests for display is not enforced.
const (
	maxTaskID     = 128
	maxKey        = 1024
	maxOptionID   = 128
	maxMenu       = 3
	maxHorizontal = 6
	maxVertical   = 4
	maxJumps      = 3
	maxButtons    = 6
	maxOptions    = 10
	maxChoices    = 20 // options of a checkbox
	maxSelects    = 3
)

// The types of cards.
const (
	textNotice          = "text_notice"
	newsNotice          = "news_notice"
	buttonInteraction   = "button_interaction"
	voteInteraction     = "vote_interaction"
	multipleInteraction = "multiple_interaction"
)

// Card is a template card (模板卡片), of any of the five types.
type Card struct {
	Type            string           `json:"card_type"`
	Source          *cardSource      `json:"source"`
	Menu            *cardMenu        `json:"action_menu"`
	Main            *cardTitle       `json:"main_title"`
	Quote           *cardQuote       `json:"quote_area"`
	Emphasis        *cardTitle       `json:"emphasis_content"`
	SubTitle        string           `json:"sub_title_text,omitempty"`
	ImageText       *cardImageText   `json:"image_text_area"`
	Image           *cardImage       `json:"card_image"`
	Vertical        []cardTitle      `json:"vertical_content_list,omitempty"`
	Horizontal      []cardHorizontal `json:"horizontal_content_list,omitempty"`
	Jumps           []cardJump       `json:"jump_list,omitempty"`
	Action          *cardJump        `json:"card_action"`
	TaskID          string           `json:"task_id,omitempty"`
	ButtonSelection *cardSelect      `json:"button_selection"`
	Buttons         []cardButton     `json:"button_list,omitempty"`
	Checkbox        *cardCheckbox    `json:"checkbox"`
	Selects         []cardSelect     `json:"select_list,omitempty"`
	Submit          *cardSubmit      `json:"submit_button"`
	ReplaceText     string           `json:"replace_text,omitempty"` // of updates
}

type (
	cardSource struct {
		IconURL   string `json:"icon_url,omitempty"`
		Desc      string `json:"desc,omitempty"`
		DescColor int64  `json:"desc_color,omitempty"`
	}
	cardMenu struct {
		Desc    string       `json:"desc,omitempty"`
		Actions []cardAction `json:"action_list"`
	}
	cardAction struct {
		Text string `json:"text"`
		Key  string `json:"key"`
	}
	cardTitle struct {
		Title string `json:"title,omitempty"`
		Desc  string `json:"desc,omitempty"`
	}
	cardQuote struct {
		Type     int64  `json:"type,omitempty"`
		URL      string `json:"url,omitempty"`
		AppID    string `json:"appid,omitempty"`
		PagePath string `json:"pagepath,omitempty"`
		Title    string `json:"title,omitempty"`
		Text     string `json:"quote_text,omitempty"`
	}
	cardImageText struct {
		Type     int64  `json:"type,omitempty"`
		URL      string `json:"url,omitempty"`
		AppID    string `json:"appid,omitempty"`
		PagePath string `json:"pagepath,omitempty"`
		Title    string `json:"title,omitempty"`
		Desc     string `json:"desc,omitempty"`
		Image    string `json:"image_url"`
	}
	cardImage struct {
		URL         string   `json:"url"`
		AspectRatio *float64 `json:"aspect_ratio"`
	}
	cardHorizontal struct {
		Type    int64  `json:"type,omitempty"`
		KeyName string `json:"keyname"`
		Value   string `json:"value,omitempty"`
		URL     string `json:"url,omitempty"`
		MediaID string `json:"media_id,omitempty"`
		UserID  string `json:"userid,omitempty"`
	}
	cardJump struct {
		Type     int64  `json:"type,omitempty"`
		Title    string `json:"title,omitempty"`
		URL      string `json:"url,omitempty"`
		AppID    string `json:"appid,omitempty"`
		PagePath string `json:"pagepath,omitempty"`
		Question string `json:"question,omitempty"` // of type 3, in an intelligent robot's card
	}
	cardOption struct {
		ID      string `json:"id"`
		Text    string `json:"text"`
		Checked bool   `json:"is_checked,omitempty"`
	}
	cardSelect struct {
		QuestionKey string       `json:"question_key"`
		Title       string       `json:"title,omitempty"`
		SelectedID  string       `json:"selected_id,omitempty"`
		Disable     bool         `json:"disable,omitempty"`
		Options     []cardOption `json:"option_list"`
	}
	cardCheckbox struct {
		QuestionKey string       `json:"question_key"`
		Mode        int64        `json:"mode"`
		Disable     bool         `json:"disable,omitempty"`
		Options     []cardOption `json:"option_list"`
	}
	cardButton struct {
		Type  int64  `json:"type,omitempty"`
		Text  string `json:"text"`
		Style int64  `json:"style"`
		Key   string `json:"key,omitempty"`
		URL   string `json:"url,omitempty"`
	}
	cardSubmit struct {
		Text string `json:"text"`
		Key  string `json:"key"`
	}
)

// interactive reports whether members answer the card by its body; notices only
// have the menu in their corner.
func (c *Card) interactive() bool {
	return c.Type == buttonInteraction || c.Type == voteInteraction || c.Type == multipleInteraction
}

// answerable reports whether the application hears of what members do with the
// card, and may update it.
func (c *Card) answerable() bool { return c.interactive() || c.Menu != nil }

// card checks a card that is to be sent.
func (f *sender) card(c *Card) (checked, error) {
	if err := f.validCard(c, false); err != nil {
		return checked{}, err
	}
	c.ReplaceText = ""
	if c.answerable() {
		if err := validTaskID(c.TaskID); err != nil {
			return checked{}, err
		}
	}
	out := checked{body: c, answerable: c.answerable(), updatable: c.answerable(), translate: c.texts()}
	if out.answerable {
		out.taskID = c.TaskID
	}
	return out, nil
}

// texts are what id translation looks into.
func (c *Card) texts() []*string {
	out := []*string{&c.SubTitle}
	if c.Source != nil {
		out = append(out, &c.Source.Desc)
	}
	if c.Main != nil {
		out = append(out, &c.Main.Title, &c.Main.Desc)
	}
	for i := range c.Horizontal {
		out = append(out, &c.Horizontal[i].Value)
	}
	return out
}

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
			found, err := f.s.deps.Directory.Named(f.tx, f.by, []string{h.UserID})
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

// valid checks a selector. Where its selected_id is none of the options, the
// first is selected.
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
				return ErrQuestion.With("%q stands twice", cut(q.QuestionKey, 64))
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

// validTaskID checks the form; that it is new is for the store to say.
func validTaskID(task string) error {
	if len(task) < 1 || len(task) > maxTaskID || !plainKey(task) {
		return ErrTaskID.With("1 to %d letters, digits, _, - and @ expected", maxTaskID)
	}
	return nil
}

// plainKey reports whether text has nothing but letters, digits, _, - and @.
func plainKey(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '-' || r == '@')
	}) < 0
}

// taskCardContent is a task card (任务卡片), which the pages no longer have but
// old clients still send.
type taskCardContent struct {
	Title       string       `json:"title"`
	Description string       `json:"description,omitempty"`
	URL         string       `json:"url,omitempty"`
	TaskID      string       `json:"task_id"`
	Buttons     []taskButton `json:"btn"`
}

type taskButton struct {
	Key         string `json:"key"`
	Name        string `json:"name"`
	ReplaceName string `json:"replace_name,omitempty"`
	Color       string `json:"color,omitempty"`
	Bold        bool   `json:"is_bold,omitempty"`
}

const (
	maxTaskButtons = 2
	maxTaskKey     = 128
	maxTaskName    = 18
)

func (f *sender) taskCard(t *taskCardContent) (out checked, err error) {
	if t == nil || t.Title == "" {
		return out, ErrTitle.With("interactive_taskcard.title")
	}
	t.Title, t.Description = cut(t.Title, maxTitle), cut(t.Description, maxDescription)
	if err := validTaskID(t.TaskID); err != nil {
		return out, err
	}
	if t.URL != "" {
		if err := link("interactive_taskcard.url", t.URL); err != nil {
			return out, err
		}
	}
	if n := len(t.Buttons); n < 1 || n > maxTaskButtons {
		return out, wire.ErrParameter.With("interactive_taskcard.btn: 1 to %d expected", maxTaskButtons)
	}
	for i := range t.Buttons {
		b := &t.Buttons[i]
		switch {
		case b.Key == "":
			return out, ErrNoButtonKey
		case len(b.Key) > maxTaskKey || !plainKey(b.Key):
			return out, ErrButtonKey
		case b.Name == "":
			return out, ErrNoButtonName
		}
		b.Name, b.ReplaceName = cut(b.Name, maxTaskName), cut(b.ReplaceName, maxTaskName)
		if b.Color != "red" {
			b.Color = "blue"
		}
	}
	return checked{body: t, taskID: t.TaskID, answerable: true, translate: []*string{&t.Title, &t.Description}}, nil
}
