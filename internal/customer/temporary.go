package customer

import (
	"time"

	"qiwei/internal/access"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Temporary are the settings of a contact way for one temporary session (临时会话), which only a medical
// enterprise has (doc 92228).
type Temporary struct {
	Life    int64  `json:"life"` // seconds for which its code is good
	Chat    int64  `json:"chat"` // seconds that the session lasts
	UnionID string `json:"unionid,omitempty"`
	// Conclusion is said to the customer when the session ends: a text, a thing, or both. The address of its
	// picture is a path of ours.
	Conclusion Content `json:"conclusion"`
}

// Limits of temporary sessions (doc 92228).
const (
	temporaryLife   = 7 * 24 * time.Hour // of a code, unless something else is said
	temporaryChat   = 24 * time.Hour
	maxTemporary    = 14 * 24 * time.Hour // of either
	maxTemporaryDay = 100_000             // ways that a corp makes in a day
)

var (
	errTemporary     = wire.ErrForbidden.With("temporary sessions are for medical enterprises (qiwei corp set --medical)")
	errTemporaryOver = ErrConfigID.With("the temporary code has been used, or its time is over")
)

// TemporaryUpdate changes a temporary way. What is nil stays.
type TemporaryUpdate struct {
	Life, Chat *int64
	UnionID    *string
	Conclusion *Conclusion
}

// Conclusion is what is said at the end of a session, as an application gives it: of the last three, the first
// that is there counts.
type Conclusion struct {
	Text    *Text    `json:"text,omitempty"`
	Image   *Image   `json:"image,omitempty"`
	Link    *Link    `json:"link,omitempty"`
	Program *Program `json:"miniprogram,omitempty"`
}

// temporary changes the settings of a temporary way, and keeps the files of its conclusion.
func (s *Service) temporary(tx *store.Tx, by access.Caller, t *Temporary, u TemporaryUpdate) error {
	for _, of := range []struct {
		name     string
		given    *int64
		to       *int64
		fallback time.Duration
	}{{"expires_in", u.Life, &t.Life, temporaryLife}, {"chat_expires_in", u.Chat, &t.Chat, temporaryChat}} {
		set(of.to, of.given)
		if *of.to == 0 {
			*of.to = int64(of.fallback / time.Second)
		}
		if most := int64(maxTemporary / time.Second); *of.to < 0 || *of.to > most {
			return wire.ErrParameter.With("%s: at most %d seconds, %d given", of.name, most, *of.to)
		}
	}
	set(&t.UnionID, u.UnionID)
	if u.Conclusion == nil {
		return nil
	}
	if err := s.forgetConclusion(tx, by.CorpID, t.Conclusion); err != nil {
		return err
	}
	content, err := s.keepConclusion(tx, by, *u.Conclusion)
	t.Conclusion = content
	return err
}

// content is the conclusion as a message.
func (c Conclusion) content() (out Content) {
	if c.Text != nil && c.Text.Content != "" {
		out.Text = c.Text
	}
	switch {
	case c.Image != nil:
		out.Attachments = []Attachment{{Type: "image", Image: &Image{MediaID: c.Image.MediaID}}}
	case c.Link != nil:
		out.Attachments = []Attachment{{Type: "link", Link: c.Link}}
	case c.Program != nil:
		out.Attachments = []Attachment{{Type: "miniprogram", Program: c.Program}}
	}
	return out
}

// keepConclusion checks a conclusion and keeps its files, which outlive their media_ids.
func (s *Service) keepConclusion(tx *store.Tx, by access.Caller, c Conclusion) (Content, error) {
	out := c.content()
	if err := s.checkContent(tx, by.CorpID, out); err != nil {
		return out, err
	}
	for _, a := range out.Attachments {
		switch {
		case a.Image != nil:
			path, err := s.deps.Media.KeepPicture(tx, by.CorpID, a.Image.MediaID, false)
			if err != nil {
				return out, err
			}
			*a.Image = Image{URL: path}
		case a.Program != nil:
			file, err := s.deps.Media.Sendable(tx, by.CorpID, media.General, a.Program.PictureID, media.Image)
			if err != nil {
				return out, err
			}
			if file, err = s.deps.Media.Preserve(tx, by, file); err != nil {
				return out, err
			}
			a.Program.PictureID = file.MediaID
		}
	}
	return out, nil
}

// forgetConclusion lets go of the files of a conclusion.
func (s *Service) forgetConclusion(tx *store.Tx, corpID string, c Content) error {
	for _, a := range c.Attachments {
		var err error
		switch {
		case a.Image != nil:
			err = s.deps.Media.ReleasePicture(tx, corpID, a.Image.URL)
		case a.Program != nil:
			err = s.deps.Media.Forget(tx, corpID, a.Program.PictureID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// shownConclusion is a conclusion as it is answered: a picture by its address.
func (s *Service) shownConclusion(c Content) *Conclusion {
	if c.Text == nil && len(c.Attachments) == 0 {
		return nil
	}
	out := &Conclusion{Text: c.Text}
	for _, a := range c.Attachments {
		out.Link, out.Program = a.Link, a.Program
		if a.Image != nil {
			out.Image = &Image{URL: s.deps.BaseURL() + a.Image.URL}
		}
	}
	return out
}

// over says whether the code of a temporary way leads nowhere any more: it is good for a time, and for one
// customer.
func (w Way) over(now time.Time) bool {
	return w.Temporary != nil && (w.Turns > 0 || !now.Before(w.CreatedAt.Add(time.Duration(w.Temporary.Life)*time.Second)))
}

// admit refuses a customer who cannot come by a temporary way.
func (s *Service) admit(tx *store.Tx, corpID string, w Way, a Arrival) error {
	switch {
	case w.Temporary == nil:
		return nil
	case w.over(tx.Now()):
		return errTemporaryOver
	case a.Half:
		return wire.ErrParameter.With("half: a temporary session begins at once")
	case w.Temporary.UnionID == "":
		return nil
	}
	if a.External != "" {
		c, err := s.contact(tx, corpID, a.External)
		if err != nil {
			return err
		}
		a.Contact.UnionID = c.UnionID
	}
	if a.Contact.UnionID != w.Temporary.UnionID {
		return wire.ErrParameter.With("unionid: the temporary code is for somebody else")
	}
	return nil
}

// countTemporary counts a temporary way, of which a corp makes so many in a day.
func countTemporary(tx *store.Tx, corpID string) error {
	if err := addWays(tx, corpID, 0); err != nil {
		return err
	}
	day := dayOf(tx.Now()).Unix()
	if _, err := tx.Exec(`UPDATE customer_size SET temporary = CASE WHEN temporary_day = ? THEN temporary + 1 ELSE 1 END, temporary_day = ? WHERE corpid = ?`, day, day, corpID); err != nil {
		return err
	}
	n, err := tx.Count(`SELECT temporary FROM customer_size WHERE corpid = ?`, corpID)
	if err == nil && n > maxTemporaryDay {
		err = errWayQuota.With("at most %d of temporary sessions a day", maxTemporaryDay)
	}
	return err
}
