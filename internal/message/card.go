package message

import (
	"qiwei/internal/callback"
	"qiwei/internal/id"
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
	ReplaceText     string           `json:"replace_text,omitempty"` // for updates only
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
		Type    int64     `json:"type,omitempty"`
		KeyName string    `json:"keyname"`
		Value   string    `json:"value,omitempty"`
		URL     string    `json:"url,omitempty"`
		MediaID string    `json:"media_id,omitempty"`
		UserID  id.UserID `json:"userid,omitempty"`
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

// interactive reports whether members can answer the card in its body; notices only have the menu in their
// corner.
func (c *Card) interactive() bool {
	return c.Type == buttonInteraction || c.Type == voteInteraction || c.Type == multipleInteraction
}

// answerable reports whether the application is told what members do with the card, and may update it.
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

// texts returns the texts in which ids are translated.
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
