package archive

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/chat"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// What applications and robots say, and what members say to them. WeCom's page knows robots alone (doc 91774);
// an application has an id of the same form here, and get_robot_info answers its name (unverified). In a
// conversation of two there is one receiver, as the page says, so a message to many members is a record for
// each. The records are told apart when they are sealed: the sender does not wait for that.

// Hears reports whether the corp archives.
func (s *Service) Hears(tx *store.Tx, corpID string) (bool, error) {
	a, found, err := s.archive(tx, corpID)
	return found && a.Enabled, err
}

// Heard takes into the archive what was said, as far as it is covered.
func (s *Service) Heard(ctx context.Context, tx *store.Tx, said message.Said) error {
	a, found, err := s.archive(tx, said.CorpID)
	if err != nil || !found || !a.Enabled {
		return err
	}
	by, err := s.speaker(tx, said.CorpID, said.By)
	if err != nil {
		return err
	}
	m := chat.Message{CorpID: said.CorpID, At: said.At, ChatID: said.ChatID, From: chat.Person{ID: by}}
	ref := said.Ref
	if said.Recalled {
		m.At, m.Type, m.Body = tx.Now(), "revoke", &chat.Revoke{Before: s.refID(a, said.Ref, 0, said.At)}
		ref += recalledRef
	} else if m.Type, m.Body, err = bodyOf(said); err != nil {
		return err
	}
	if said.Sender == 0 && said.ChatID == "" {
		return s.takeForEach(tx, a, m, said)
	}
	numbers := said.Members
	if said.Sender != 0 {
		numbers = append([]int64{said.Sender}, numbers...)
	}
	people, err := s.people(tx, said.CorpID, numbers)
	if err != nil {
		return err
	}
	m.To = people
	if said.Sender != 0 {
		if len(people) == 0 {
			return nil
		}
		m.From, m.To = people[0], people[1:]
		if said.ChatID == "" {
			m.To = []chat.Person{{ID: by}}
		}
	}
	m.MsgID = s.refID(a, ref, 0, m.At)
	covered, err := s.covered(tx, a, m)
	if err != nil || !covered {
		return err
	}
	return s.take(tx, a, m, nil)
}

// recalledRef follows the reference of a message that was taken back.
const recalledRef = " recalled"

// eachAtOnce is how many receivers one row of what is to be sealed names.
const eachAtOnce = 200

// takeForEach writes the duty to seal a message for each of its receivers who is archived.
func (s *Service) takeForEach(tx *store.Tx, a archived, m chat.Message, said message.Said) error {
	covered, err := s.coveredMembers(tx, a, said.Members)
	if err != nil || len(covered) == 0 {
		return err
	}
	people, err := s.people(tx, a.corpID, covered)
	if err != nil {
		return err
	}
	each := &forEach{Ref: said.Ref, Sent: said.At.UnixMilli()}
	files, err := s.keepFiles(tx, a, m)
	if err != nil {
		return err
	}
	for _, f := range files {
		each.Files = append(each.Files, f.no)
	}
	for some := range slices.Chunk(people, eachAtOnce) {
		each.Receivers = nil
		for _, p := range some {
			each.Receivers = append(each.Receivers, receiver{p.Member, p.ID})
		}
		if err := s.write(tx, a, m, files, each); err != nil {
			return err
		}
	}
	return nil
}

// forEach is a message that has a record for each receiver.
type forEach struct {
	Ref       string     `json:"ref"`
	Sent      int64      `json:"sent"` // Unix milliseconds, of a message that is taken back too
	Receivers []receiver `json:"to"`
	Files     []int64    `json:"files,omitempty"` // our numbers
}

type receiver struct {
	Member int64     `json:"n"`
	ID     id.Person `json:"u"`
}

// coveredMembers returns those who have an edition.
func (s *Service) coveredMembers(tx *store.Tx, a archived, members []int64) ([]int64, error) {
	have := map[int64]bool{}
	for e := Office; e <= Enterprise; e++ {
		r := a.Editions[e]
		switch {
		case r.Empty() || len(members) == 0:
			continue
		case r.All():
			return members, nil
		}
		found, err := s.deps.Directory.Within(tx, a.corpID, r, members)
		if err != nil {
			return nil, err
		}
		for _, no := range found {
			have[no] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(members), func(no int64) bool { return !have[no] }), nil
}

// people names members by their numbers, in their order. Those who have left are left out.
func (s *Service) people(tx *store.Tx, corpID string, numbers []int64) (out []chat.Person, err error) {
	names, err := s.deps.Directory.NumberedMembers(tx, corpID, numbers)
	for _, no := range numbers {
		if u := names[no]; u != "" {
			out = append(out, chat.Person{ID: id.Person(u), Member: no})
		}
	}
	return out, err
}

// apart returns the head and the plaintext of each record that a row stands for.
func (s *Service) apart(a archived, h pendingHead, plain string) (heads []pendingHead, plains []string, err error) {
	if h.Each == nil {
		return []pendingHead{h}, []string{plain}, nil
	}
	before, err := written(h.head)
	if err != nil {
		return nil, nil, err
	}
	rest := plain[len(before)-1:]
	for _, to := range h.Each.Receivers {
		one := h
		one.To, one.Each = []id.Person{to.ID}, nil
		one.Shared = h.Each.Files
		ref := h.Each.Ref
		if h.Action == "recall" {
			one.Revokes = s.refID(a, ref, to.Member, time.UnixMilli(h.Each.Sent))
			object, err := written(&chat.Revoke{Before: one.Revokes})
			if err != nil {
				return nil, nil, err
			}
			rest = `,"revoke":` + string(object) + "}"
			ref += recalledRef
		}
		one.MsgID = s.refID(a, ref, to.Member, time.UnixMilli(h.At))
		begin, err := written(one.head)
		if err != nil {
			return nil, nil, err
		}
		heads, plains = append(heads, one), append(plains, string(begin[:len(begin)-1])+rest)
	}
	return heads, plains, nil
}

// refID returns the msgid of a message of another room, for a receiver. It is the same each time, so that what
// is taken back is named.
func (s *Service) refID(a archived, ref string, member int64, at time.Time) string {
	sum := s.deps.Box.MAC(seal.ArchiveMessage, fmt.Sprint(a.corpID, " ", ref, " ", member))
	return strconv.FormatUint(binary.BigEndian.Uint64(sum), 10) + "_" + strconv.FormatInt(at.UnixMilli(), 10)
}

// speaker returns the id of an application or a robot in records, and notes whose it is.
func (s *Service) speaker(tx *store.Tx, corpID string, by message.Speaker) (id.Person, error) {
	sum := s.deps.Box.MAC(seal.ArchiveMessage, fmt.Sprint(corpID, " speaker ", by.Kind, " ", by.No))
	robot := id.Person("wb" + strings.ToLower(base32.StdEncoding.EncodeToString(sum))[:30])
	var name string
	found, err := tx.Get(`SELECT name FROM archive_speaker WHERE corpid = ? AND robot_id = ?`, []any{corpID, string(robot)}, &name)
	if err != nil || found && name == by.Name {
		return robot, err
	}
	_, err = tx.Exec(`INSERT INTO archive_speaker (corpid, robot_id, kind, no, name) VALUES (?, ?, ?, ?, ?) ON CONFLICT (corpid, robot_id) DO UPDATE SET name = excluded.name`,
		corpID, string(robot), by.Kind, by.No, by.Name)
	return robot, err
}

// robotInfo returns who an id of a robot or an application is; found is false if it is none.
func (s *Service) robotInfo(tx *store.Tx, corpID, robot string) (info robotInfo, found bool, err error) {
	r, found, err := s.deps.Chats.Robot(tx, corpID, id.Person(robot))
	if err != nil || found {
		return robotInfo{string(r.ID), r.Name, r.Creator}, found, err
	}
	found, err = tx.Get(`SELECT robot_id, name FROM archive_speaker WHERE corpid = ? AND robot_id = ?`, []any{corpID, robot}, &info.RobotID, &info.Name)
	return info, found, err
}
