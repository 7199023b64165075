package customer

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/chat"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// ErrNotAgreed is answered for a welcome to a customer who has not agreed to being archived (doc 90313).
var ErrNotAgreed = wire.Code(41053, "customer has not agreed to chat archiving")

// askedAboutArchive reports whether the customer is still to agree to being archived, before the member may
// welcome them.
func (s *Service) askedAboutArchive(tx *store.Tx, corpID string, f Follow) (bool, error) {
	if s.deps.Archive == nil {
		return false, nil
	}
	return s.deps.Archive.Asks(tx, corpID, f.Member, s.ExternalID(f.Kind, f.Customer))
}

// tellArchive tells of what a member and a customer have said.
func (s *Service) tellArchive(tx *store.Tx, corpID string, f Follow, author Author, w Words) error {
	return s.tellArchiveOf(tx, corpID, f.Member, author, w, []Follow{f})
}

// tellArchiveOf tells of what a member and each of some customers have said, one message for each thing in it.
func (s *Service) tellArchiveOf(tx *store.Tx, corpID string, of int64, author Author, w Words, with []Follow) error {
	covers, err := s.Archives(tx, corpID, of)
	if err != nil || !covers {
		return err
	}
	users, err := s.deps.Directory.NumberedMembers(tx, corpID, []int64{of})
	if err != nil || users[of] == "" {
		return err
	}
	said, err := s.Archived(tx, corpID, w)
	if err != nil {
		return err
	}
	member := chat.Person{ID: id.Person(users[of]), Member: of}
	for _, f := range with {
		client := chat.Person{ID: id.Person(s.ExternalID(f.Kind, f.Customer)), Outside: true}
		for _, one := range said {
			m := chat.Message{CorpID: corpID, MsgID: chat.NewMsgID(tx.Now(), true), At: tx.Now(), From: member, To: []chat.Person{client}, Type: one.Type, Body: one.Body}
			if author == ByCustomer {
				m.From, m.To = client, []chat.Person{member}
			}
			if err := s.deps.Chats.Tell(tx.Context(), tx, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// Archives reports whether anybody hears of what a member says to customers; of member 0, of what any member does.
func (s *Service) Archives(tx *store.Tx, corpID string, member int64) (bool, error) {
	if s.deps.Archive == nil {
		return false, nil
	}
	return s.deps.Archive.Covers(tx, corpID, member)
}

// Said is a part of a message as the archive has it: each is a message of its own there.
type Said struct {
	Type string
	Body chat.Body
}

// Archived returns words as the archive has them. What it does not know is left out: a picture that is elsewhere,
// and a file that has expired since the message was made.
func (s *Service) Archived(tx *store.Tx, corpID string, w Words) (out []Said, err error) {
	if w.Text != nil && w.Text.Content != "" {
		out = append(out, Said{"text", &chat.Text{Content: w.Text.Content}})
	}
	if msgtype, b, err := s.archivedWords(tx, corpID, w); err != nil {
		return nil, err
	} else if b != nil {
		out = append(out, Said{msgtype, b})
	}
	for _, a := range w.Attachments {
		b, err := s.archived(tx, corpID, a)
		if Refused(err) || err == nil && b == nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		msgtype := a.Type
		if msgtype == "miniprogram" {
			msgtype = "weapp"
		}
		out = append(out, Said{msgtype, b})
	}
	return out, nil
}

// archived returns an attachment as the archive has it; nil for a picture that is elsewhere. Their digests are
// not known, as the archive's page allows.
func (s *Service) archived(tx *store.Tx, corpID string, a Attachment) (chat.Body, error) {
	file := func(mediaID string, kind media.Kind) (chat.File, error) {
		f, err := s.deps.Media.Sendable(tx, corpID, media.General, mediaID, kind)
		return chat.File{Blob: f.Key, Name: f.Name, Size: f.Size}, err
	}
	switch {
	case a.Link != nil:
		return &chat.Link{Title: a.Link.Title, Description: a.Link.Description, URL: a.Link.URL, ImageURL: a.Link.Picture}, nil
	case a.Program != nil:
		return &chat.Program{Title: a.Program.Title, Username: a.Program.AppID + "@app", DisplayName: a.Program.Title}, nil
	case a.Image != nil && a.Image.MediaID != "":
		f, err := file(a.Image.MediaID, media.Image)
		return &chat.Image{File: f}, err
	case a.Video != nil:
		f, err := file(a.Video.MediaID, media.Video)
		return &chat.Video{File: f}, err
	case a.File != nil:
		f, err := file(a.File.MediaID, media.Other)
		return &chat.Attached{File: f}, err
	}
	return nil, nil
}

// Refused reports whether an error is an answer of the API, and no failure.
func Refused(err error) bool { return errors.As(err, new(wire.Error)) }

// Acquainted reports, of customers of the corp, which of them the member knows. Those of nobody are left out.
func (s *Service) Acquainted(tx *store.Tx, corpID string, member int64, externals []id.ExternalID) (map[id.ExternalID]bool, error) {
	out := map[id.ExternalID]bool{}
	for _, e := range externals {
		c, err := s.contact(tx, corpID, e)
		if Refused(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		_, known, err := selectFollow(tx, corpID, c.No, member)
		if err != nil {
			return nil, err
		}
		out[e] = known
	}
	return out, nil
}

// Approved tells applications that a customer has agreed to be archived in the conversation with a member. If
// the two have not chatted, each is given a code for a welcome (doc 92005).
func (s *Service) Approved(ctx context.Context, tx *store.Tx, corpID string, user id.UserID, external id.ExternalID) error {
	by := access.System(corpID)
	c, f, err := s.relation(ctx, tx, by, user, external)
	if err != nil {
		return err
	}
	e := ContactEvent{Change: archiveApproved, Kind: c.Kind, Customer: c.No, Member: f.Member, UserID: user, s: s}
	if c.Kind == WeChat && f.ChattedAt.IsZero() {
		e.Follow = f.No
	}
	return s.kinds.contact[archiveApproved].Record(ctx, tx, by, e)
}

// Called returns what customers of the corp are called. Those that there are not are left out.
func (s *Service) Called(tx *store.Tx, corpID string, externals []id.ExternalID) (map[id.ExternalID]string, error) {
	out := map[id.ExternalID]string{}
	for _, e := range externals {
		c, err := s.contact(tx, corpID, e)
		if Refused(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[e] = c.Name
	}
	return out, nil
}
