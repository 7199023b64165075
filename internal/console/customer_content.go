package console

import (
	"strings"

	"qiwei/internal/customer"
)

// contentForm is what an admin writes to customers: a text, and a picture or a link beside it.
type contentForm struct {
	Text    string        `json:"text"`
	MediaID string        `json:"media_id"` // of a picture
	Link    *customerLink `json:"link"`
}

type customerLink struct {
	Title       string `json:"title"`
	URL         string `json:"url"`
	Description string `json:"desc"`
}

func (f contentForm) empty() bool {
	return strings.TrimSpace(f.Text) == "" && f.MediaID == "" && f.Link == nil
}

var errNothingToSay = problem{422, "", "请填写文字，或添加图片、链接", "Write a text, or add a picture or a link.", "text"}

func (f contentForm) content() (c customer.Content, err error) {
	if f.empty() {
		return c, errNothingToSay
	}
	if strings.TrimSpace(f.Text) != "" {
		c.Text = &customer.Text{Content: f.Text}
	}
	if f.MediaID != "" {
		c.Attachments = append(c.Attachments, customer.Attachment{Type: "image", Image: &customer.Image{MediaID: f.MediaID}})
	}
	if f.Link != nil {
		c.Attachments = append(c.Attachments, customer.Attachment{Type: "link", Link: &customer.Link{Title: f.Link.Title, URL: f.Link.URL, Description: f.Link.Description}})
	}
	return c, nil
}

// contentLine is what was written, as the pages show it.
type contentLine struct {
	Text  string     `json:"text"`
	Parts []partLine `json:"parts"`
}

// partLine is a picture, a link, a mini program, a video or a file beside a text.
type partLine struct {
	Type    string `json:"type"`
	Title   string `json:"title,omitempty"`
	URL     string `json:"url,omitempty"`
	MediaID string `json:"media_id,omitempty"` // of a picture
}

func lineOfContent(c customer.Content) contentLine {
	out := contentLine{Parts: []partLine{}}
	if c.Text != nil {
		out.Text = c.Text.Content
	}
	for _, a := range c.Attachments {
		p := partLine{Type: a.Type}
		switch {
		case a.Image != nil:
			p.MediaID, p.URL = a.Image.MediaID, a.Image.URL
		case a.Link != nil:
			p.Title, p.URL = a.Link.Title, a.Link.URL
		case a.Program != nil:
			p.Title = a.Program.Title
		}
		out.Parts = append(out.Parts, p)
	}
	return out
}

// headOf is the beginning of a text, for the audit log.
func headOf(text string) string {
	const most = 40
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
