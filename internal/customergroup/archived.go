package customergroup

import (
	"qiwei/internal/chat"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Room returns who is in a group, as the archive names them; found is false where there is no such group.
func (s *Service) Room(tx *store.Tx, corpID, roomID string) (people []chat.Person, found bool, err error) {
	g, err := s.Group(tx, corpID, id.ChatID(roomID))
	if customer.Refused(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	in, err := selectPeople(tx, corpID, g.No, "")
	if err != nil {
		return nil, false, err
	}
	people, err = s.archived(tx, corpID, in)
	return people, true, err
}

// archived returns people of a group as the archive names them.
func (s *Service) archived(tx *store.Tx, corpID string, in []Person) (out []chat.Person, err error) {
	var members, outsiders []int64
	for _, p := range in {
		if p.Kind == staff {
			members = append(members, p.No)
		} else {
			outsiders = append(outsiders, p.No)
		}
	}
	users, err := s.deps.Directory.NumberedMembers(tx, corpID, members)
	if err != nil {
		return nil, err
	}
	contacts, err := s.deps.Customers.Contacts(tx, corpID, outsiders)
	for _, p := range in {
		if p.Kind == staff {
			if user := users[p.No]; user != "" {
				out = append(out, chat.Person{ID: id.Person(user), Member: p.No})
			}
		} else if c, known := contacts[p.No]; known {
			out = append(out, chat.Person{ID: id.Person(s.deps.Customers.ExternalID(c.Kind, c.No)), Outside: true})
		}
	}
	return out, err
}

// tellArchive tells of what one of a group has said to the others.
func (s *Service) tellArchive(tx *store.Tx, corpID string, g Group, from Person, w customer.Words) error {
	covers, err := s.deps.Customers.Archives(tx, corpID, 0)
	if err != nil || !covers {
		return err
	}
	in, err := selectPeople(tx, corpID, g.No, `NOT (kind = ? AND person = ?)`, from.Kind, from.No)
	if err != nil {
		return err
	}
	people, err := s.archived(tx, corpID, append([]Person{from}, in...))
	if err != nil || len(people) < 2 {
		return err
	}
	said, err := s.deps.Customers.Archived(tx, corpID, w)
	if err != nil {
		return err
	}
	for _, one := range said {
		if err := s.deps.Chats.Tell(tx.Context(), tx, chat.Message{
			CorpID: corpID, MsgID: chat.NewMsgID(tx.Now(), true), At: tx.Now(), ChatID: string(s.ChatID(g.No)), From: people[0], To: people[1:], Type: one.Type, Body: one.Body,
		}); err != nil {
			return err
		}
	}
	return nil
}
