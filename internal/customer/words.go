package customer

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"qiwei/internal/access"
	"qiwei/internal/chat"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Words are what people say to each other: what applications may send, and what a client alone sends.
type Words struct {
	Content
	Voice    *File     `json:"voice,omitempty"`
	Location *Location `json:"location,omitempty"`
	Card     *Card     `json:"card,omitempty"`
}

type (
	// Location is a place.
	Location struct {
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
		Name      string  `json:"name,omitempty"`
		Address   string  `json:"address,omitempty"`
	}
	// Card is a member's name card.
	Card struct {
		UserID id.UserID `json:"userid"`
		Name   string    `json:"name,omitempty"` // the server's
	}
)

// Kept is a file that was said, whose content stays after its media_id has expired.
type Kept struct {
	MediaID string `json:"media_id"`
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	Key     string `json:"key"` // of its content
}

// stored is how words stand in the database.
type stored struct {
	Words
	Kept []Kept `json:"kept,omitempty"`
}

// CheckWords refuses what cannot be said, and completes a card.
func (s *Service) CheckWords(ctx context.Context, tx *store.Tx, corpID string, w *Words) error {
	if w.Voice == nil && w.Location == nil && w.Card == nil {
		return s.checkContent(tx, corpID, w.Content)
	}
	if w.Text != nil || len(w.Attachments) > 0 {
		return wire.ErrParameter.With("voice, location and card stand alone")
	}
	switch {
	case w.Voice != nil:
		_, err := s.deps.Media.Sendable(tx, corpID, media.General, w.Voice.MediaID, media.Voice)
		return err
	case w.Location != nil:
		if l := w.Location; l.Latitude < -90 || l.Latitude > 90 || l.Longitude < -180 || l.Longitude > 180 {
			return wire.ErrParameter.With("location: a latitude of -90 to 90 and a longitude of -180 to 180 expected")
		}
		return nil
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), w.Card.UserID)
	w.Card = &Card{m.UserID, m.Name}
	return err
}

// mediaIDs are those of the files.
func (w Words) mediaIDs() (out []string) {
	for _, a := range w.Attachments {
		switch {
		case a.Image != nil:
			out = append(out, a.Image.MediaID)
		case a.Video != nil:
			out = append(out, a.Video.MediaID)
		case a.File != nil:
			out = append(out, a.File.MediaID)
		case a.Program != nil:
			out = append(out, a.Program.PictureID)
		}
	}
	if w.Voice != nil {
		out = append(out, w.Voice.MediaID)
	}
	return out
}

// Store returns words as they are written into a row, which from then on needs their files. A file whose time is
// over is left out.
func (s *Service) Store(tx *store.Tx, corpID string, w Words) (string, error) {
	row := stored{Words: w}
	for _, mediaID := range w.mediaIDs() {
		if mediaID == "" {
			continue
		}
		f, err := s.deps.Media.File(tx, corpID, mediaID)
		if err == nil {
			_, err = s.deps.Media.Keep(tx, f)
		}
		if errors.Is(err, media.ErrMediaID) {
			continue
		}
		if err != nil {
			return "", err
		}
		row.Kept = append(row.Kept, Kept{mediaID, f.Name, f.Size, f.Key})
	}
	text, err := json.Marshal(row)
	return string(text), err
}

// ReadWords reads what Store has written.
func ReadWords(text string) (Words, []Kept, error) {
	var row stored
	err := json.Unmarshal([]byte(text), &row)
	return row.Words, row.Kept, err
}

// ShownFile is a file of words as a page has it.
type ShownFile struct {
	MediaID string `json:"media_id"`
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	Path    string `json:"path"`
}

// ShowFiles returns the files for a page that reads them below a path.
func ShowFiles(list []Kept, path string) (out []ShownFile) {
	for _, k := range list {
		out = append(out, ShownFile{k.MediaID, k.Name, k.Size, path + "/" + k.MediaID})
	}
	return out
}

// OpenFile returns one of the files as a page may have it, nil if there is none of the media_id.
func (s *Service) OpenFile(ctx context.Context, list []Kept, mediaID string) (*wire.File, error) {
	for _, k := range list {
		if k.MediaID == mediaID {
			return s.deps.Chats.Shows(ctx, k.Key, k.Name, k.Size)
		}
	}
	return nil, nil
}

// Receive stores a file that somebody outside sends, in dev.
func (s *Service) Receive(ctx context.Context, corpID, kind, name string, content io.Reader) (media.File, error) {
	return s.deps.Media.Upload(ctx, access.System(corpID), media.NewFile{Kind: media.Kind(kind), Scene: media.General, Name: name, Length: -1, Content: content})
}

// archivedWords are the words that a client alone sends, as the archive has them; nil for others.
func (s *Service) archivedWords(tx *store.Tx, corpID string, w Words) (msgtype string, b chat.Body, err error) {
	switch {
	case w.Voice != nil:
		f, err := s.deps.Media.Sendable(tx, corpID, media.General, w.Voice.MediaID, media.Voice)
		return "voice", &chat.Voice{File: chat.File{Blob: f.Key, Name: f.Name, Size: f.Size}}, err
	case w.Location != nil:
		l := w.Location
		return "location", &chat.Location{Longitude: l.Longitude, Latitude: l.Latitude, Title: l.Name, Address: l.Address, Zoom: 15}, nil
	case w.Card != nil:
		c, err := s.deps.Corps.Corp(tx, corpID)
		return "card", &chat.Card{CorpName: c.Name, UserID: string(w.Card.UserID)}, err
	}
	return "", nil, nil
}
