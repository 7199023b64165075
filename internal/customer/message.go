package customer

import (
	"fmt"
	"net/url"
	"time"

	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Content is a message to a customer (doc 92137).
type Content struct {
	Text        *Text        `json:"text,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
}

// Text is its text.
type Text struct {
	Content string `json:"content"`
}

// Attachment is a picture, a link, a mini program, a video or a file.
type Attachment struct {
	Type    string   `json:"msgtype"`
	Image   *Image   `json:"image,omitempty"`
	Link    *Link    `json:"link,omitempty"`
	Program *Program `json:"miniprogram,omitempty"`
	Video   *File    `json:"video,omitempty"`
	File    *File    `json:"file,omitempty"`
}

type (
	// Image is a picture by one of the two; the media_id goes before the address.
	Image struct {
		MediaID string `json:"media_id,omitempty"`
		URL     string `json:"pic_url,omitempty"`
	}
	// Link is a card that opens a page.
	Link struct {
		Title       string `json:"title"`
		Picture     string `json:"picurl,omitempty"`
		Description string `json:"desc,omitempty"`
		URL         string `json:"url"`
	}
	// Program is a card that opens a mini program.
	Program struct {
		Title     string `json:"title"`
		PictureID string `json:"pic_media_id"`
		AppID     string `json:"appid"`
		Page      string `json:"page"`
	}
	// File is an uploaded file.
	File struct {
		MediaID string `json:"media_id"`
	}
)

// Limits of messages; bytes where nothing else is said (doc 92137, 92135).
const (
	maxText         = 4000
	maxAttachments  = 9 // pieces
	maxLinkTitle    = 128
	maxLinkText     = 512
	maxLinkURL      = 2048
	maxProgramTitle = 64
)

func tooLong(name, text string, most int) error {
	if len(text) > most {
		return wire.ErrParameter.With("%s: at most %d bytes, %d given", name, most, len(text))
	}
	return nil
}

func (s *Service) checkContent(tx *store.Tx, corpID string, c Content) error {
	if (c.Text == nil || c.Text.Content == "") && len(c.Attachments) == 0 {
		return wire.ErrParameter.With("text and attachments: one of them expected")
	}
	if c.Text != nil {
		if err := tooLong("text.content", c.Text.Content, maxText); err != nil {
			return err
		}
	}
	if len(c.Attachments) > maxAttachments {
		return ErrAttachments.With("at most %d, %d given", maxAttachments, len(c.Attachments))
	}
	for i, a := range c.Attachments {
		if err := s.checkAttachment(tx, corpID, a); err != nil {
			return fmt.Errorf("attachments[%d]: %w", i, err)
		}
	}
	return nil
}

// checkAttachment looks for the object that msgtype names.
func (s *Service) checkAttachment(tx *store.Tx, corpID string, a Attachment) error {
	file := func(mediaID string, kind media.Kind) error {
		_, err := s.deps.Media.Sendable(tx, corpID, media.General, mediaID, kind)
		return err
	}
	switch {
	case a.Type == "image" && a.Image != nil:
		if a.Image.MediaID == "" && isWeb(a.Image.URL) {
			return nil
		}
		return file(a.Image.MediaID, media.Image)
	case a.Type == "video" && a.Video != nil:
		return file(a.Video.MediaID, media.Video)
	case a.Type == "file" && a.File != nil:
		return file(a.File.MediaID, media.Other)
	case a.Type == "link" && a.Link != nil:
		return a.Link.valid()
	case a.Type == "miniprogram" && a.Program != nil:
		if err := a.Program.valid(); err != nil {
			return err
		}
		return file(a.Program.PictureID, media.Image)
	}
	return ErrAttachmentWrong.With("msgtype %q and the object of its name expected", a.Type)
}

func (l Link) valid() error {
	if l.Title == "" || !isWeb(l.URL) {
		return wire.ErrParameter.With("link: a title, and a url with its scheme expected")
	}
	for _, t := range []struct {
		name, text string
		most       int
	}{{"link.title", l.Title, maxLinkTitle}, {"link.desc", l.Description, maxLinkText}, {"link.url", l.URL, maxLinkURL}, {"link.picurl", l.Picture, maxLinkURL}} {
		if err := tooLong(t.name, t.text, t.most); err != nil {
			return err
		}
	}
	return nil
}

func (p Program) valid() error {
	if p.Title == "" || p.AppID == "" || p.Page == "" {
		return wire.ErrParameter.With("miniprogram: title, appid and page expected")
	}
	return tooLong("miniprogram.title", p.Title, maxProgramTitle)
}

func isWeb(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// Author is who says something.
type Author string

// The authors.
const (
	ByCustomer Author = "customer"
	ByMember   Author = "member"
	AsWelcome  Author = "welcome"  // an application, on behalf of the member
	AsTransfer Author = "transfer" // the platform, once the customer was handed over
	AsMass     Author = "mass"     // the member, to many customers or in many groups at once
)

// Message is what was said between a member and a customer.
type Message struct {
	Member int64
	Author Author
	Words
	At time.Time

	no   int64
	kept []Kept
}

// say stores a message, with which the two have begun to chat.
func (s *Service) say(tx *store.Tx, corpID string, f Follow, author Author, w Words) error {
	text, err := s.Store(tx, corpID, w)
	if err != nil {
		return err
	}
	if f.ChattedAt.IsZero() {
		n, err := tx.Exec(`UPDATE customer_follow SET chatted_at = ? WHERE corpid = ? AND no = ? AND chatted_at = 0`, tx.Now().UnixMilli(), corpID, f.No)
		if err == nil && n == 0 && author == AsWelcome {
			err = ErrChatting
		}
		if err != nil {
			return err
		}
	}
	if _, err = tx.Exec(`INSERT INTO customer_message (corpid, customer, member, author, content, at) VALUES (?, ?, ?, ?, ?, ?)`,
		corpID, f.Customer, f.Member, string(author), text, tx.Now().UnixMilli()); err != nil {
		return err
	}
	if err := countTalk(tx, corpID, f, author); err != nil {
		return err
	}
	return s.tellArchive(tx, corpID, f, author, w)
}

// Messages returns what was said with a customer, at most limit messages, the newest last.
func (s *Service) Messages(tx *store.Tx, corpID string, customer int64, limit int64) ([]Message, error) {
	return selectSaid(tx, corpID, `customer = ?`, []any{customer}, limit)
}

// selectSaid returns the newest messages of a condition, the newest last.
func selectSaid(tx *store.Tx, corpID, where string, args []any, limit int64) (out []Message, err error) {
	err = tx.Each(`SELECT m.no, m.member, m.author, coalesce(c.content, m.content), m.at FROM
		(SELECT no, member, author, content, shared, at FROM customer_message WHERE corpid = ? AND `+where+` ORDER BY no DESC LIMIT ?) m
		LEFT JOIN customer_content c ON c.no = m.shared AND c.corpid = ? ORDER BY m.no`,
		append(append([]any{corpID}, args...), limit, corpID), func(rows *store.Rows) error {
			var m Message
			var text string
			var at int64
			if err := rows.Scan(&m.no, &m.Member, &m.Author, &text, &at); err != nil {
				return err
			}
			m.At = time.UnixMilli(at).UTC()
			m.Words, m.kept, err = ReadWords(text)
			out = append(out, m)
			return err
		})
	return out, err
}
