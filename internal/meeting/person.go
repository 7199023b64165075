package meeting

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Who names somebody who comes to a meeting: a member, a customer, or by a name a WeChat user whom nobody knows.
type Who struct {
	UserID   id.UserID     `json:"userid,omitempty"`
	External id.ExternalID `json:"external_userid,omitempty"`
	Name     string        `json:"name,omitempty"`
}

// key is under what a person is looked up. No userid begins with the sign before a name.
func (w Who) key() string {
	switch {
	case w.UserID != "":
		return w.UserID.Key()
	case w.External != "":
		return string(w.External)
	}
	return "~" + w.Name
}

// Person is somebody who has come to a meeting or has enrolled for it.
type Person struct {
	No int64
	Who
	Nickname  string
	OpenID    string // tmp_openid
	Temporary string // tmp_external_userid, of those who are no members
	Cohost    bool
	Banned    bool // was removed and may not come back
	Passed    bool // was let in from the waiting room
}

// maxName is how many characters of a name a meeting shows.
const maxName = 20

// person returns somebody's row in a meeting, a new one for those who have none. It answers 60111 and 84061 for people
// who are unknown.
func (s *Service) person(ctx context.Context, tx *store.Tx, m Meeting, w Who) (Person, error) {
	given := 0
	for _, text := range []string{string(w.UserID), string(w.External), w.Name} {
		if text != "" {
			given++
		}
	}
	if given != 1 {
		return Person{}, wire.ErrEmpty.With("one of userid, external_userid and name expected")
	}
	switch {
	case w.UserID != "":
		who, err := s.deps.Directory.Member(ctx, tx, access.System(m.CorpID), w.UserID)
		if err != nil {
			return Person{}, err
		}
		w.UserID = who.UserID
	case w.External != "":
		if _, err := s.deps.Customers.Contact(tx, m.CorpID, w.External); err != nil {
			return Person{}, err
		}
	case len([]rune(w.Name)) > maxName:
		return Person{}, errParameter.With("name: at most %d characters expected", maxName)
	}
	known, err := selectPersons(tx, `meeting = ? AND who = ?`, m.No, w.key())
	if err != nil || len(known) > 0 {
		return append(known, Person{})[0], err
	}
	p := Person{Who: w, OpenID: "ms" + id.Letters(30)}
	if w.UserID == "" {
		p.Temporary = "wo" + id.Letters(30)
	}
	p.No, err = tx.Insert(`INSERT INTO meeting_person (corpid, meeting, who, userid, external, name, tmp_openid, temporary) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		m.CorpID, m.No, w.key(), string(w.UserID), string(w.External), w.Name, p.OpenID, p.Temporary)
	return p, err
}

func selectPersons(tx *store.Tx, where string, args ...any) (list []Person, err error) {
	err = tx.Each(`SELECT no, userid, external, name, nickname, tmp_openid, temporary, cohost, banned, passed FROM meeting_person WHERE `+where, args, func(rows *store.Rows) error {
		var p Person
		err := rows.Scan(&p.No, &p.UserID, &p.External, &p.Name, &p.Nickname, &p.OpenID, &p.Temporary, &p.Cohost, &p.Banned, &p.Passed)
		list = append(list, p)
		return err
	})
	return list, err
}

func updatePerson(tx *store.Tx, corpID string, p Person) error {
	_, err := tx.Exec(`UPDATE meeting_person SET nickname = ?, cohost = ?, banned = ?, passed = ? WHERE no = ? AND corpid = ?`,
		p.Nickname, flag(p.Cohost), flag(p.Banned), flag(p.Passed), p.No, corpID)
	return err
}

// persons returns all people of a meeting by their numbers.
func persons(tx *store.Tx, m Meeting) (map[int64]Person, error) {
	list, err := selectPersons(tx, `meeting = ?`, m.No)
	out := make(map[int64]Person, len(list))
	for _, p := range list {
		out[p.No] = p
	}
	return out, err
}

// Role is what somebody is in a meeting (doc 98157).
type Role int64

// The roles.
const (
	plain       Role = 0
	leader      Role = 2
	adminLeader Role = 3
	outsider    Role = 4
	cohost      Role = 6
)

// role returns what a person is in a meeting. Its administrator leads it.
func (m Meeting) role(p Person) Role {
	switch {
	case p.UserID != "" && m.Admin.Equal(p.UserID):
		return adminLeader
	case p.UserID != "" && m.hosts(p.UserID):
		return leader
	case p.Cohost:
		return cohost
	case p.UserID == "":
		return outsider
	}
	return plain
}

// leads reports whether a person may lead the meeting.
func (m Meeting) leads(p Person) bool {
	r := m.role(p)
	return r == leader || r == adminLeader || r == cohost
}

// Outsider returns the customer behind a tmp_external_userid of a meeting that the application has made (doc 98729).
func (s *Service) Outsider(tx *store.Tx, by access.Caller, temporary string) (external id.ExternalID, found bool, err error) {
	found, err = tx.Get(`SELECT p.external FROM meeting_person p JOIN meeting m ON m.no = p.meeting WHERE p.corpid = ? AND p.temporary = ? AND p.temporary <> '' AND p.external <> '' AND m.app = ?`,
		[]any{by.CorpID, temporary, by.App}, &external)
	return external, found, err
}
