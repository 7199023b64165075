package archive

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"qiwei/internal/chat"
	"qiwei/internal/message"
)

// saidBody has the fields of all objects that applications, robots and members say (doc 90236, 91770, 90239,
// 100719). Each type uses a few.
type saidBody struct {
	Content     string  `json:"content"`
	MediaID     string  `json:"media_id"`
	Title       string  `json:"title"`
	Description string  `json:"description"`
	URL         string  `json:"url"`
	Picture     string  `json:"picurl"`
	AppID       string  `json:"appid"`
	Latitude    float64 `json:"latitude"`
	Longitude   float64 `json:"longitude"`
	Scale       int64   `json:"scale"`
	Label       string  `json:"label"`
	Articles    []struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		Digest      string `json:"digest"`
		Content     string `json:"content"`
		URL         string `json:"url"`
		Source      string `json:"content_source_url"`
		Picture     string `json:"picurl"`
	} `json:"articles"`
	Items []struct {
		MsgType string `json:"msgtype"`
		Content string `json:"content"`
		MediaID string `json:"media_id"`
	} `json:"msg_item"`
	Facts []struct{ Key, Value string } `json:"content_item"`
}

// bodyOf translates what was said into a type of the archive. A card has no type there, and is a text of its
// words; an article written in the platform's editor becomes one of a list of news.
func bodyOf(m message.Said) (msgtype string, body chat.Body, err error) {
	var b saidBody
	if err := json.Unmarshal([]byte(m.Body), &b); err != nil {
		return "", nil, fmt.Errorf("%s of type %s: %w", m.Ref, m.Type, err)
	}
	switch m.Type {
	case "image", "voice", "video", "file":
		body = fileBody(m, m.Type, b.MediaID)
		if body == nil {
			return "text", &chat.Text{Content: "[" + m.Type + "]"}, nil // its file has expired
		}
		return m.Type, body, nil
	case "textcard", "link":
		return "link", &chat.Link{Title: b.Title, Description: b.Description, URL: b.URL, ImageURL: b.Picture}, nil
	case "location":
		return m.Type, &chat.Location{Longitude: b.Longitude, Latitude: b.Latitude, Address: b.Label, Title: b.Label, Zoom: b.Scale}, nil
	case "news", "mpnews":
		news := &chat.News{}
		for _, a := range b.Articles {
			news.Items = append(news.Items, chat.Article{Title: a.Title, Description: firstText(a.Description, a.Digest, a.Content), URL: firstText(a.URL, a.Source), Picture: a.Picture})
		}
		return "news", news, nil
	case "miniprogram_notice":
		lines := []string{b.Description}
		for _, f := range b.Facts {
			lines = append(lines, f.Key+"："+f.Value)
		}
		return "weapp", &chat.Program{Title: b.Title, Description: joined(lines), Username: b.AppID + "@app", DisplayName: b.Title}, nil
	case "markdown", "markdown_v2":
		return "markdown", &chat.Markdown{Content: b.Content}, nil
	case "text":
		return "text", &chat.Text{Content: b.Content}, nil
	case "mixed", "stream":
		return mixedBody(m, b)
	}
	return "text", &chat.Text{Content: cardWords(m.Body)}, nil
}

// mixedBody is several things in one message, or an answer in parts when it is complete, with its pictures.
func mixedBody(m message.Said, b saidBody) (string, chat.Body, error) {
	if m.Type == "stream" && len(m.Pictures) == 0 {
		return "markdown", &chat.Markdown{Content: b.Content}, nil
	}
	out := &chat.Mixed{}
	if b.Content != "" {
		out.Items = append(out.Items, chat.Part{Type: "text", Content: &chat.Text{Content: b.Content}})
	}
	for _, it := range b.Items {
		if it.MediaID == "" {
			out.Items = append(out.Items, chat.Part{Type: "text", Content: &chat.Text{Content: it.Content}})
		} else if body := fileBody(m, "image", it.MediaID); body != nil {
			out.Items = append(out.Items, chat.Part{Type: "image", Content: body})
		}
	}
	for _, content := range m.Pictures {
		out.Items = append(out.Items, chat.Part{Type: "image", Content: &chat.Image{File: inline(content)}})
	}
	return "mixed", out, nil
}

// fileBody returns a file as the archive has it; nil where its content is no longer there. A robot's voice is
// words that were recognised.
func fileBody(m message.Said, msgtype, mediaID string) chat.Body {
	var f chat.File
	if kept, ok := m.Files[mediaID]; ok && mediaID != "" {
		f = chat.File{Blob: kept.Key, Name: kept.Name, Size: kept.Size}
	} else if len(m.Pictures) > 0 {
		f = inline(m.Pictures[0])
	} else {
		return nil
	}
	switch msgtype {
	case "image":
		return &chat.Image{File: f}
	case "voice":
		return &chat.Voice{File: f}
	case "video":
		return &chat.Video{File: f}
	}
	return &chat.Attached{File: f}
}

// inline is a file that came within a message. The digest stands for where its content is.
func inline(content []byte) chat.File {
	sum, md := sha256.Sum256(content), md5.Sum(content)
	name := "picture.jpg"
	if http.DetectContentType(content) == "image/png" {
		name = "picture.png"
	}
	return chat.File{Blob: "inline " + hex.EncodeToString(sum[:]), Name: name, Size: int64(len(content)), MD5: hex.EncodeToString(md[:]), Content: content}
}

func firstText(list ...string) string {
	for _, t := range list {
		if t != "" {
			return t
		}
	}
	return ""
}

func joined(lines []string) string {
	var out []string
	for _, l := range lines {
		if l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

// cardWords returns the words on a card, a line each.
func cardWords(body string) string {
	var v any
	if json.Unmarshal([]byte(body), &v) != nil {
		return ""
	}
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			if key, ok := v["keyname"].(string); ok {
				value, _ := v["value"].(string)
				out = append(out, key+"："+value)
				return
			}
			for _, name := range []string{"title", "desc", "description", "quote_text", "sub_title_text", "text"} {
				if text, ok := v[name].(string); ok && text != "" {
					out = append(out, text)
				}
			}
			for _, name := range []string{"source", "main_title", "emphasis_content", "quote_area", "image_text_area", "vertical_content_list", "horizontal_content_list",
				"button_selection", "button_list", "checkbox", "select_list", "option_list", "submit_button", "jump_list", "btn"} {
				walk(v[name])
			}
		}
	}
	walk(v)
	return strings.Join(out, "\n")
}
