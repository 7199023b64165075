package message

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of what a message says (doc 90313).
var (
	ErrType        = wire.Code(40008, "invalid message type")
	ErrNewsSafe    = wire.Code(40074, "news message not support safe")
	ErrTitle       = wire.Code(41016, "title missing")
	ErrDescription = wire.Code(41033, "description missing")
	ErrEmpty       = wire.Code(44004, "empty content")
	ErrSize        = wire.Code(45002, "content size out of limit")
	ErrArticles    = wire.Code(45008, "article size out of limit")
	ErrAuthor      = wire.Code(45032, "author size out of limit")
	ErrScheme      = wire.Code(45034, "url scheme missing")
	ErrNoAppID     = wire.Code(90200, "miniprogram appid missing")
	ErrItems       = wire.Code(90201, "content_item out of limit")
	ErrItemKey     = wire.Code(90202, "invalid content_item key size")
	ErrItemValue   = wire.Code(90203, "invalid content_item value size")
	ErrPage        = wire.Code(90204, "invalid miniprogram page")
	ErrThirdParty  = wire.Code(60206, "only third-party standalone agent allowed")
	ErrNotBound    = wire.Code(90208, "miniprogram appid not match")
)

// Limits of content (doc 90236), in bytes unless their name says otherwise.
const (
	maxText        = 2048
	maxTitle       = 128
	maxDescription = 512
	maxURL         = 2048
	maxAuthor      = 64
	maxArticle     = 666 << 10
	maxArticles    = 8
	maxPagePath    = 128
	maxPage        = 1024
	maxItems       = 10
	maxItemKey     = 10 // characters
	maxItemValue   = 30 // characters
	maxButtonText  = 4  // characters of btntxt
)

// content holds the object of each msgtype. A request has only that of its type.
type content struct {
	Text        *chatText        `json:"text"`
	Image       *mediaContent    `json:"image"`
	Voice       *mediaContent    `json:"voice"`
	File        *mediaContent    `json:"file"`
	Video       *videoContent    `json:"video"`
	TextCard    *textCardContent `json:"textcard"`
	News        *newsContent     `json:"news"`
	MPNews      *mpnewsContent   `json:"mpnews"`
	Markdown    *textContent     `json:"markdown"`
	MiniProgram *noticeContent   `json:"miniprogram_notice"`
	Card        *Card            `json:"template_card"`
	TaskCard    *taskCardContent `json:"interactive_taskcard"`
	OldTaskCard *taskCardContent `json:"taskcard"` // the older name
}

type (
	textContent struct {
		Content string `json:"content"`
	}
	// chatText may also mention members of the chat: userids, or @all. Userids that are not in the chat are
	// ignored (unverified, doc 90248).
	chatText struct {
		Content string   `json:"content"`
		Users   []string `json:"mentioned_list,omitempty"`
	}
	mediaContent struct {
		MediaID string `json:"media_id"`
	}
	videoContent struct {
		MediaID     string `json:"media_id"`
		Title       string `json:"title,omitempty"`
		Description string `json:"description,omitempty"`
	}
	textCardContent struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		URL         string `json:"url"`
		ButtonText  string `json:"btntxt"`
	}
	newsContent struct {
		Articles []newsArticle `json:"articles"`
	}
	newsArticle struct {
		Title       string `json:"title"`
		Description string `json:"description,omitempty"`
		URL         string `json:"url,omitempty"`
		Picture     string `json:"picurl,omitempty"`
		AppID       string `json:"appid,omitempty"`
		PagePath    string `json:"pagepath,omitempty"`
	}
	mpnewsContent struct {
		Articles []mpnewsArticle `json:"articles"`
	}
	mpnewsArticle struct {
		Title     string `json:"title"`
		Thumb     string `json:"thumb_media_id"`
		Author    string `json:"author,omitempty"`
		SourceURL string `json:"content_source_url,omitempty"`
		Content   string `json:"content"`
		Digest    string `json:"digest,omitempty"`
	}
	noticeContent struct {
		AppID         string       `json:"appid"`
		Page          string       `json:"page,omitempty"`
		Title         string       `json:"title"`
		Description   string       `json:"description,omitempty"`
		EmphasisFirst bool         `json:"emphasis_first_item,omitempty"`
		Items         []noticeItem `json:"content_item,omitempty"`
	}
	noticeItem struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
)

// sender says who sends the content to check: an application to its members, an application to a chat, or a
// robot. They may send different things.
type sender struct {
	s    *Service
	tx   *store.Tx
	by   access.Caller
	corp corp.Corp
	chat bool // in an application chat (doc 90248)
	safe int64
	// scene is what files must have been uploaded for; General if it is empty.
	scene media.Scene
	files []attached // that the content names
	// repeats allows a card's keys and ids to occur twice. Page 90241 does not forbid that in a reply, and
	// its samples do it; page 90236 forbids it in a message.
	repeats bool
}

// checked is content that has passed the checks.
type checked struct {
	body       any    // the object of the msgtype
	taskID     string // of a card that members answer
	answerable bool   // needs a callback
	updatable  bool   // has a response_code
	files      []attached
	translate  []*string
}

// check returns the content of the msgtype, shortened to the platform's lengths.
func (f *sender) check(msgtype string, c content) (out checked, err error) {
	switch msgtype {
	case "text":
		out.body, out.translate, err = f.text(c.Text)
	case "image":
		out.body, err = f.media(c.Image, media.Image)
	case "voice":
		out.body, err = f.media(c.Voice, media.Voice)
	case "file":
		out.body, err = f.media(c.File, media.Other)
	case "video":
		out.body, err = f.video(c.Video)
	case "textcard":
		out.body, out.translate, err = f.textCard(c.TextCard)
	case "news":
		out.body, out.translate, err = f.news(c.News)
	case "mpnews":
		out.body, out.translate, err = f.mpnews(c.MPNews)
	case "markdown":
		out.body, err = f.markdown(c.Markdown)
	default:
		if f.chat {
			return out, ErrType.With("msgtype %q: text, image, voice, video, file, textcard, news, mpnews or markdown expected", msgtype)
		}
		return f.checkOwn(msgtype, c)
	}
	return out, err
}

// checkOwn checks the types that only an application's own conversation may have.
func (f *sender) checkOwn(msgtype string, c content) (out checked, err error) {
	switch msgtype {
	case "miniprogram_notice":
		out.body, out.translate, err = f.notice(c.MiniProgram)
	case "template_card":
		return f.card(c.Card)
	case "interactive_taskcard":
		return f.taskCard(c.TaskCard)
	case "taskcard":
		return f.taskCard(c.OldTaskCard)
	case "template_msg":
		if f.by.Kind != access.ThirdParty {
			return out, ErrThirdParty
		}
		err = wire.ErrForbidden.With("not built in qiwei: template_msg, whose templates are registered with the platform")
	case "":
		err = ErrType.With("msgtype is missing")
	default:
		err = ErrType.With("msgtype %q: an application cannot send this type", msgtype)
	}
	return out, err
}

func (f *sender) text(t *chatText) (any, []*string, error) {
	if t == nil || t.Content == "" {
		return nil, nil, ErrEmpty
	}
	if !f.chat {
		t.Users = nil
	}
	t.Content = cut(t.Content, maxText)
	return t, []*string{&t.Content}, nil
}

func (f *sender) markdown(t *textContent) (any, error) {
	if t == nil || t.Content == "" {
		return nil, ErrEmpty
	}
	if err := within("markdown.content", t.Content, maxText); err != nil {
		return nil, err
	}
	return t, nil
}

func (f *sender) media(m *mediaContent, kind media.Kind) (any, error) {
	if m == nil {
		return nil, media.ErrMediaIDMissing.With("%s.media_id", kind)
	}
	return m, f.file(m.MediaID, kind)
}

func (f *sender) video(v *videoContent) (any, error) {
	if v == nil {
		return nil, media.ErrMediaIDMissing.With("video.media_id")
	}
	v.Title, v.Description = cut(v.Title, maxTitle), cut(v.Description, maxDescription)
	return v, f.file(v.MediaID, media.Video)
}

// textCard has its limits in characters; in a chat they are bytes (doc 90248).
func (f *sender) textCard(t *textCardContent) (any, []*string, error) {
	switch {
	case t == nil || t.Title == "":
		return nil, nil, ErrTitle.With("textcard.title")
	case t.Description == "":
		return nil, nil, ErrDescription
	}
	shorten := cutCharacters
	if f.chat {
		shorten = cut
	}
	t.Title, t.Description, t.ButtonText = shorten(t.Title, maxTitle), shorten(t.Description, maxDescription), cutCharacters(t.ButtonText, maxButtonText)
	if t.ButtonText == "" {
		t.ButtonText = "详情"
	}
	return t, []*string{&t.Title, &t.Description}, link("textcard.url", t.URL)
}

func (f *sender) news(n *newsContent) (any, []*string, error) {
	if f.safe != 0 {
		return nil, nil, ErrNewsSafe
	}
	if n == nil || len(n.Articles) == 0 || len(n.Articles) > maxArticles {
		return nil, nil, ErrArticles.With("news.articles: 1 to %d expected", maxArticles)
	}
	var texts []*string
	for i := range n.Articles {
		a := &n.Articles[i]
		if a.Title == "" {
			return nil, nil, ErrTitle.With("news.articles[%d].title", i)
		}
		a.Title, a.Description = cut(a.Title, maxTitle), cut(a.Description, maxDescription)
		if err := f.newsTarget(a); err != nil {
			return nil, nil, err
		}
		if a.Picture != "" {
			if err := link("picurl", a.Picture); err != nil {
				return nil, nil, err
			}
		}
		texts = append(texts, &a.Title, &a.Description)
	}
	return n, texts, nil
}

// newsTarget checks where an article leads: to a page of a mini-program, which takes precedence and is not
// for chats, or to an address.
func (f *sender) newsTarget(a *newsArticle) error {
	if f.chat {
		a.AppID, a.PagePath = "", ""
	}
	if a.AppID == "" && a.PagePath == "" {
		return link("news.articles.url", a.URL)
	}
	if a.AppID == "" || a.PagePath == "" {
		return wire.ErrParameter.With("news.articles: appid and pagepath belong together")
	}
	if len(a.PagePath) > maxPagePath {
		return tooLong("news.articles.pagepath", maxPagePath)
	}
	return f.miniProgram(a.AppID)
}

func (f *sender) mpnews(n *mpnewsContent) (any, []*string, error) {
	if n == nil || len(n.Articles) == 0 || len(n.Articles) > maxArticles {
		return nil, nil, ErrArticles.With("mpnews.articles: 1 to %d expected", maxArticles)
	}
	var texts []*string
	for i := range n.Articles {
		a := &n.Articles[i]
		switch {
		case a.Title == "":
			return nil, nil, ErrTitle.With("mpnews.articles[%d].title", i)
		case a.Content == "":
			return nil, nil, ErrEmpty.With("mpnews.articles[%d].content", i)
		case len(a.Content) > maxArticle:
			return nil, nil, ErrSize.With("mpnews.articles[%d].content has %d bytes, at most %d", i, len(a.Content), maxArticle)
		case len(a.Author) > maxAuthor:
			return nil, nil, ErrAuthor.With("%d bytes, at most %d", len(a.Author), maxAuthor)
		}
		a.Title, a.Digest = cut(a.Title, maxTitle), cut(a.Digest, maxDescription)
		if err := f.file(a.Thumb, media.Image); err != nil {
			return nil, nil, err
		}
		texts = append(texts, &a.Title, &a.Digest, &a.Content)
	}
	return n, texts, nil
}

// notice is a notice of a mini-program. Title and description have 4 to 12
// Chinese characters; the code for others is unverified.
func (f *sender) notice(n *noticeContent) (any, []*string, error) {
	if n == nil || n.AppID == "" {
		return nil, nil, ErrNoAppID
	}
	if err := f.miniProgram(n.AppID); err != nil {
		return nil, nil, err
	}
	if n.Title == "" {
		return nil, nil, ErrTitle.With("miniprogram_notice.title")
	}
	for _, t := range []struct{ name, text string }{{"title", n.Title}, {"description", n.Description}} {
		if k := utf8.RuneCountInString(t.text); t.text != "" && (k < 4 || k > 12) {
			return nil, nil, wire.ErrParameter.With("miniprogram_notice.%s has %d characters, 4 to 12 expected", t.name, k)
		}
	}
	if len(n.Page) > maxPage || strings.Contains(n.Page, "://") {
		return nil, nil, ErrPage.With("a path within the mini-program of at most %d bytes expected", maxPage)
	}
	if len(n.Items) > maxItems {
		return nil, nil, ErrItems.With("%d, at most %d", len(n.Items), maxItems)
	}
	texts := []*string{&n.Title, &n.Description}
	kept := n.Items[:0]
	for _, it := range n.Items {
		k, v := utf8.RuneCountInString(it.Key), utf8.RuneCountInString(it.Value)
		switch {
		case k == 0 && v == 0:
			continue
		case k < 1 || k > maxItemKey:
			return nil, nil, ErrItemKey
		case v < 1 || v > maxItemValue:
			return nil, nil, ErrItemValue
		}
		kept = append(kept, it)
	}
	n.Items = kept
	for i := range n.Items {
		texts = append(texts, &n.Items[i].Value)
	}
	return n, texts, nil
}

// miniProgram checks that the mini-program is one of the corp's. Among the codes about mini-programs, the
// help of 90208 mentions sending a message (doc 90313).
func (f *sender) miniProgram(appID string) error {
	for _, known := range f.corp.MiniPrograms {
		if known == appID {
			return nil
		}
	}
	return ErrNotBound.With("%q is not one of the corp's mini programs", appID)
}

// link checks a required address.
func link(field, url string) error {
	switch {
	case len(url) > maxURL:
		return tooLong(field, maxURL)
	case !hasScheme(url):
		return ErrScheme.With("%s: an address with http:// or https:// expected", field)
	}
	return nil
}

// hasScheme reports whether the address begins with a scheme. Which ones the platform accepts besides http
// and https is not documented.
func hasScheme(url string) bool {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok || scheme == "" || rest == "" {
		return false
	}
	return strings.Trim(strings.ToLower(scheme), "abcdefghijklmnopqrstuvwxyz0123456789+-.") == ""
}

// within refuses a text that is too long and is not shortened.
func within(field, text string, most int) error {
	if len(text) > most {
		return tooLong(field, most)
	}
	return nil
}

// tooLong uses words that have been seen in answers of the platform.
func tooLong(field string, most int) error {
	e := wire.ErrParameter
	e.Text = fmt.Sprintf("%s exceed max length %d. %s", field, most, e.Text)
	return e
}

// cut shortens text to at most n bytes without splitting a character.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// cutCharacters shortens text to at most n characters.
func cutCharacters(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for i := range text {
		if n--; n < 0 {
			return text[:i]
		}
	}
	return text
}
