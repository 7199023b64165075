package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/chat"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
)

// heard takes a message that was said into the archive, if it is covered: the duty to seal it is written in
// the transaction that stores the message.
func (s *Service) heard(ctx context.Context, tx *store.Tx, m chat.Message) error {
	a, found, err := s.archive(tx, m.CorpID)
	if err != nil || !found || !a.Enabled {
		return err
	}
	covered, err := s.covered(tx, a, m)
	if err != nil || !covered {
		return err
	}
	return s.take(tx, a, m, nil)
}

// take writes the duty to seal a message.
func (s *Service) take(tx *store.Tx, a archived, m chat.Message, each *forEach) error {
	files, err := s.keepFiles(tx, a, m)
	if err != nil {
		return err
	}
	return s.write(tx, a, m, files, each)
}

// write writes a row of what is to be sealed.
func (s *Service) write(tx *store.Tx, a archived, m chat.Message, files []keptFile, each *forEach) error {
	ids := fileIDs{}
	for _, f := range files {
		ids[f.blob] = s.fileID(a.corpID, f.no)
	}
	plain, err := plaintext(m, ids)
	if err != nil {
		return fmt.Errorf("plaintext of %s: %w", m.Type, err)
	}
	h := pendingHead{head: headOf(m), External: m.External(), Each: each}
	if r, ok := m.Body.(*chat.Revoke); ok {
		h.Revokes = r.Before
	}
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if _, err := tx.Insert(`INSERT INTO archive_pending (archive, corpid, head, plain) VALUES (?, ?, ?, ?)`, a.no, a.corpID, string(text), string(plain)); err != nil {
		return fmt.Errorf("insert what is to be sealed: %w", err)
	}
	s.seals.Queued(tx, a.no, 1)
	return nil
}

// pendingHead is what the record says in the clear.
type pendingHead struct {
	head
	External bool   `json:"external,omitempty"`
	Revokes  string `json:"revokes,omitempty"` // msgid
	// Each is there if the row stands for a record for each of many.
	Each *forEach `json:"each,omitempty"`
	// Shared are the files of a record that others name too. It is found out when they are told apart.
	Shared []int64 `json:"-"`
}

// covered reports whether a message belongs into the archive (doc 91361): among members, if one of them is
// archived; with somebody outside, if a member has an edition for that and the other side has agreed; a
// recorded voice call, if a member has the edition for calls.
func (s *Service) covered(tx *store.Tx, a archived, m chat.Message) (bool, error) {
	from := Office
	switch m.Body.(type) {
	case *chat.VoiceCall, *chat.SharedDocument:
		from = Enterprise
	default:
		if m.External() {
			from = WithClients
		}
	}
	members := membersOf(m)
	for e := from; e <= Enterprise; e++ {
		within, err := s.within(tx, a, e, members)
		if err != nil {
			return false, err
		}
		if !within {
			continue
		}
		if !m.External() {
			return true, nil
		}
		return s.agreed(tx, m)
	}
	return false, nil
}

// within reports whether one of the members has the edition.
func (s *Service) within(tx *store.Tx, a archived, e Edition, members []int64) (bool, error) {
	r := a.Editions[e]
	switch {
	case r.Empty() || len(members) == 0:
		return false, nil
	case r.All():
		return true, nil
	}
	found, err := s.deps.Directory.Within(tx, a.corpID, r, members)
	return len(found) > 0, err
}

// keptFile is a file of a message that the archive keeps.
type keptFile struct {
	no   int64
	blob string
}

// keepFiles keeps the content of a message's files for the archive.
func (s *Service) keepFiles(tx *store.Tx, a archived, m chat.Message) (out []keptFile, err error) {
	for _, f := range chat.Files(m.Body) {
		if slices.ContainsFunc(out, func(k keptFile) bool { return k.blob == f.Blob }) {
			continue
		}
		blob := f.Blob
		if f.Content != nil {
			blob = ""
		} else if _, err := s.deps.Media.Keep(tx, media.File{Key: f.Blob}); err != nil {
			return nil, err
		}
		no, err := tx.Insert(`INSERT INTO archive_file (corpid, msgid, blob, size, name, kept_at, erased) VALUES (?, ?, ?, ?, ?, ?, 0)`,
			m.CorpID, m.MsgID, blob, f.Size, f.Name, tx.Now().UnixMilli())
		if err != nil {
			return nil, fmt.Errorf("insert file: %w", err)
		}
		if f.Content != nil {
			if _, err := tx.Exec(`INSERT INTO archive_picture (file, corpid, content) VALUES (?, ?, ?)`, no, m.CorpID, f.Content); err != nil {
				return nil, err
			}
		}
		out = append(out, keptFile{no, f.Blob})
	}
	return out, nil
}

// Permitted returns the userids of the members who have the edition, of all editions if it is 0. Doc 91614.
func (s *Service) Permitted(tx *store.Tx, corpID string, e Edition) ([]id.UserID, error) {
	a, err := s.opened(tx, corpID)
	if err != nil {
		return nil, err
	}
	var r access.Range
	for edition, of := range a.Editions {
		if e == 0 || e == edition {
			r.Departments = append(r.Departments, of.Departments...)
			r.Members = append(r.Members, of.Members...)
			r.Tags = append(r.Tags, of.Tags...)
		}
	}
	if r.Empty() {
		return []id.UserID{}, nil
	}
	last, err := s.deps.Directory.LastMember(tx, corpID)
	if err != nil {
		return nil, err
	}
	numbers, err := s.deps.Directory.Audience(tx, corpID, r, 0, last, int(last))
	if err != nil {
		return nil, err
	}
	names, err := s.deps.Directory.NumberedMembers(tx, corpID, numbers)
	out := make([]id.UserID, 0, len(numbers))
	for _, no := range numbers {
		if u := names[no]; u != "" {
			out = append(out, u)
		}
	}
	return out, err
}

// membersOf returns our numbers of the members in a conversation.
func membersOf(m chat.Message) (out []int64) {
	for _, p := range append([]chat.Person{m.From}, m.To...) {
		if p.Member != 0 {
			out = append(out, p.Member)
		}
	}
	return out
}
