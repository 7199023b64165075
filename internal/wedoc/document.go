package wedoc

import (
	"context"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Kind says what a document holds. The numbers are WeCom's (doc 97460).
type Kind int64

// The kinds of document.
const (
	Text        Kind = 3
	Spreadsheet Kind = 4
	SmartSheet  Kind = 10
)

// path is the first part of the kind's addresses.
func (k Kind) path() string {
	return map[Kind]string{Text: "doc", Spreadsheet: "sheet", SmartSheet: "smartsheet", SmartPage: "smartpage"}[k]
}

// Document is a document of an application.
type Document struct {
	No       int64
	CorpID   string
	DocID    string
	Kind     Kind
	App      int64 // our number of the application that made it; 0 for one that a member has made
	Name     string
	Created  int64 // Unix seconds
	Modified int64
	Version  int64 // raised by each change of a text
	Rules    Rules
}

// Limits of documents.
const (
	maxName   = 255 // letters, of which a Chinese character of a new name counts two (doc 97736)
	maxAdmins = 3   // doc 97781
)

// shorten cuts a name to what is kept of it. Wide counts characters beyond ASCII twice, as a call says that
// changes a name; the one that makes a document says nothing of it (doc 97460).
func shorten(name string, wide bool) string {
	n := 0
	for i, r := range name {
		n++
		if wide && r > 0x7f {
			n++
		}
		if n > maxName {
			return name[:i]
		}
	}
	return name
}

// NewDocument is what a document is made of.
type NewDocument struct {
	Kind   Kind
	Name   string
	Admins []id.UserID
}

// Create makes a document of the caller's. Doc 97460.
func (s *Service) Create(ctx context.Context, tx *store.Tx, by access.Caller, n NewDocument) (Document, error) {
	switch {
	case n.Kind != Text && n.Kind != Spreadsheet && n.Kind != SmartSheet:
		return Document{}, ErrKind.With("doc_type: 3, 4 or 10 expected")
	case strings.TrimSpace(n.Name) == "":
		return Document{}, ErrName.With("doc_name: a name expected")
	case len(n.Admins) > maxAdmins:
		return Document{}, ErrTooMany.With("admin_users: at most %d members expected", maxAdmins)
	}
	admins, err := s.members(tx, by, "admin_users", n.Admins)
	if err != nil {
		return Document{}, err
	}
	now := tx.Now().Unix()
	d := Document{
		CorpID: by.CorpID, DocID: "dc" + id.Letters(30), Kind: n.Kind, App: by.App, Name: shorten(n.Name, false),
		Created: now, Modified: now, Version: 1, Rules: newRules(),
	}
	if d.No, err = insertDocument(tx, d); err != nil {
		return d, err
	}
	for _, u := range admins {
		if err := putMember(tx, d, Member{UserID: u, Right: Manage}); err != nil {
			return d, err
		}
	}
	switch n.Kind {
	case Text:
		err = putContent(tx, d, newContent())
	case Spreadsheet:
		_, err = s.addSheet(tx, d, Sheet{Title: firstSheet, Rows: firstRows, Columns: firstColumns})
	}
	if err == nil && s.made != nil {
		err = s.made(ctx, tx, d)
	}
	return d, err
}

// members returns the userids as the directory spells them. An unknown one is refused.
func (s *Service) members(tx *store.Tx, by access.Caller, field string, users []id.UserID) ([]id.UserID, error) {
	if by.Kind == access.Member {
		by = access.System(by.CorpID) // members choose among all
	}
	known, err := s.deps.Directory.Named(tx, by, id.Texts(users))
	out := make([]id.UserID, 0, len(users))
	for i, u := range users {
		m, ok := known[u.Key()]
		if err == nil && !ok {
			err = errParameter.With("%s[%d]: %q is no enabled member whom the application sees", field, i, u)
		}
		out = append(out, m.UserID)
	}
	return out, err
}

// Own returns a document of the caller's. Other applications' count as unknown: an application sees only what it
// has made (doc 97392). If kinds are given, it is of one of them.
func (s *Service) Own(tx *store.Tx, by access.Caller, docID string, kinds ...Kind) (Document, error) {
	d, found, err := selectDocument(tx, by.CorpID, docID)
	if err != nil {
		return d, err
	}
	if !found || d.App != by.App && by.Kind != access.Program {
		return d, ErrDocID.With("docid: the application has made no document %q", docID)
	}
	if len(kinds) > 0 && !slices.Contains(kinds, d.Kind) {
		return d, ErrDocID.With("docid: %q is of doc_type %d, and the call is for %v", docID, d.Kind, kinds)
	}
	return d, nil
}

// URL is the document's address.
func (s *Service) URL(d Document) string {
	return s.deps.BaseURL() + "/wedoc/" + d.Kind.path() + "/" + d.DocID
}

// Rename gives a document another name. Doc 97736.
func (s *Service) Rename(tx *store.Tx, d Document, name string) error {
	if strings.TrimSpace(name) == "" {
		return ErrName.With("new_name: a name expected")
	}
	d.Name = shorten(name, true)
	return s.Touch(tx, d)
}

// Touch writes a document that has changed.
func (s *Service) Touch(tx *store.Tx, d Document) error {
	d.Modified = tx.Now().Unix()
	return updateDocument(tx, d)
}

// Delete deletes a document with its content. Doc 97735.
func (s *Service) Delete(ctx context.Context, tx *store.Tx, by access.Caller, d Document) error {
	if err := s.tell(ctx, tx, by, deleteDoc, d.App, d.DocID); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM wedoc WHERE corpid = ? AND no = ?`, d.CorpID, d.No)
	return err
}

// Shared returns a document that the member may look into, of one of the kinds if some are given.
func (s *Service) Shared(ctx context.Context, tx *store.Tx, by access.Caller, docID string, kinds ...Kind) (Document, error) {
	d, found, err := selectDocument(tx, by.CorpID, docID)
	if err != nil {
		return d, err
	}
	right := Right(0)
	if found {
		if right, err = s.RightOf(ctx, tx, d, by.UserID); err != nil {
			return d, err
		}
	}
	if right == 0 || len(kinds) > 0 && !slices.Contains(kinds, d.Kind) {
		return d, ErrDocID.With("docid: there is no document %q that %s may see", docID, by.UserID)
	}
	return d, nil
}
