package wedoc

import (
	"context"
	"strings"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// SmartPage is a smart document (智能文档): pages of Markdown or plain text. Robots make them for members by their
// tools; the server API of documents does not know them, and its number is ours (unverified).
const SmartPage Kind = 11

// Page is a page of a smart document.
type Page struct {
	Title    string `json:"title"`
	Markdown bool   `json:"markdown"` // else plain text
	Content  string `json:"content"`
}

// Limits of smart documents.
const (
	maxPages    = 100      // unverified
	maxPageText = 10 << 20 // bytes, as WeCom's client says
	untitled    = "无标题智能文档"
)

// CreatePages makes a smart document, which the member who makes it manages.
func (s *Service) CreatePages(ctx context.Context, tx *store.Tx, by access.Caller, title string, pages []Page) (Document, error) {
	if len(pages) < 1 || len(pages) > maxPages {
		return Document{}, errParameter.With("pages: 1 to %d expected", maxPages)
	}
	if strings.TrimSpace(title) == "" {
		title = untitled
	}
	for i, p := range pages {
		if len(p.Content) > maxPageText {
			return Document{}, errParameter.With("pages[%d].page_content: at most %d bytes expected", i, maxPageText)
		}
		if utf8.RuneCountInString(p.Title) > maxName {
			return Document{}, errParameter.With("pages[%d].page_title: at most %d characters expected", i, maxName)
		}
	}
	now := tx.Now().Unix()
	d := Document{CorpID: by.CorpID, DocID: "dc" + id.Letters(30), Kind: SmartPage, App: by.App, Name: shorten(title, false), Created: now, Modified: now, Version: 1, Rules: newRules()}
	var err error
	if d.No, err = insertDocument(tx, d); err != nil {
		return d, err
	}
	for i, p := range pages {
		markdown := 0
		if p.Markdown {
			markdown = 1
		}
		if _, err := tx.Exec(`INSERT INTO wedoc_page (corpid, doc, place, title, markdown, body) VALUES (?, ?, ?, ?, ?, ?)`, d.CorpID, d.No, i, p.Title, markdown, p.Content); err != nil {
			return d, err
		}
	}
	return d, putMember(tx, d, Member{UserID: by.UserID, Right: Manage})
}

// pages returns the pages of a smart document.
func pages(tx *store.Tx, d Document) (list []Page, err error) {
	err = tx.Each(`SELECT title, markdown, body FROM wedoc_page WHERE doc = ? ORDER BY place`, []any{d.No}, func(rows *store.Rows) error {
		var p Page
		err := rows.Scan(&p.Title, &p.Markdown, &p.Content)
		list = append(list, p)
		return err
	})
	return list, err
}

// pagesMarkdown returns the pages one after the other, each below its title.
func pagesMarkdown(tx *store.Tx, d Document) (string, error) {
	list, err := pages(tx, d)
	var out strings.Builder
	for _, p := range list {
		if p.Title != "" {
			out.WriteString("# " + p.Title + "\n\n")
		}
		out.WriteString(strings.TrimRight(p.Content, "\n") + "\n\n")
	}
	return strings.TrimSuffix(out.String(), "\n"), err
}
