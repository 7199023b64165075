package customer

import (
	"encoding/json"
	"fmt"
	"time"

	"qiwei/internal/media"
	"qiwei/internal/store"
)

const contactColumns = `no, kind, name, avatar, gender, unionid, position, corp_name, full_name, profile`

func scanContact(rows *store.Rows) (c Contact, err error) {
	var profile string
	if err := rows.Scan(&c.No, &c.Kind, &c.Name, &c.Avatar, &c.Gender, &c.UnionID, &c.Position, &c.CorpName, &c.FullName, &profile); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(profile), &c.Profile)
}

func selectContactsWhere(tx *store.Tx, where string, args ...any) (out []Contact, err error) {
	err = tx.Each(`SELECT `+contactColumns+` FROM customer WHERE `+where, args, func(rows *store.Rows) error {
		c, err := scanContact(rows)
		out = append(out, c)
		return err
	})
	return out, err
}

func selectContact(tx *store.Tx, corpID string, no int64) (c Contact, found bool, err error) {
	list, err := selectContactsWhere(tx, `corpid = ? AND no = ?`, corpID, no)
	if err != nil || len(list) == 0 {
		return c, false, err
	}
	return list[0], true, nil
}

// selectContacts returns the customers of the followers, by number.
func selectContacts(tx *store.Tx, corpID string, of []Follower) (map[int64]Contact, error) {
	var numbers []int64
	for _, f := range of {
		numbers = append(numbers, f.Customer)
	}
	list, err := selectContactsWhere(tx, `corpid = ? AND no IN (`+store.Marks(len(numbers))+`)`, store.Args([]any{corpID}, numbers)...)
	out := make(map[int64]Contact, len(list))
	for _, c := range list {
		out[c.No] = c
	}
	return out, err
}

func insertContact(tx *store.Tx, corpID string, c Contact) (int64, error) {
	profile, err := json.Marshal(c.Profile)
	if err != nil {
		return 0, err
	}
	no, err := tx.Insert(`INSERT INTO customer (corpid, kind, name, avatar, gender, unionid, position, corp_name, full_name, profile, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		corpID, c.Kind, c.Name, c.Avatar, c.Gender, c.UnionID, c.Position, c.CorpName, c.FullName, string(profile), tx.Now().UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("insert customer: %w", err)
	}
	return no, nil
}

// noList is an empty list in JSON, as most relations have.
const noList = "[]"

const followColumns = `no, customer, kind, member, standing, created_at, remark, description, company, mobiles, picture, tags, add_way, oper, state, channel, source, chatted_at, handing, blocked`

func scanFollow(rows *store.Rows) (f Follow, err error) {
	var created, chatted, blocked int64
	var mobiles, tags string
	if err := rows.Scan(&f.No, &f.Customer, &f.Kind, &f.Member, &f.Standing, &created, &f.Remark, &f.Description, &f.Company, &mobiles, &f.Picture, &tags,
		&f.AddWay, &f.Oper, &f.State, &f.Channel, &f.Source, &chatted, &f.Handing, &blocked); err != nil {
		return f, err
	}
	f.CreatedAt, f.Blocked = time.UnixMilli(created).UTC(), blocked != 0
	if chatted > 0 {
		f.ChattedAt = time.UnixMilli(chatted).UTC()
	}
	if mobiles != noList {
		if err := json.Unmarshal([]byte(mobiles), &f.Mobiles); err != nil {
			return f, err
		}
	}
	if tags == noList {
		return f, nil
	}
	return f, json.Unmarshal([]byte(tags), &f.Tags)
}

func selectFollowsWhere(tx *store.Tx, where string, args ...any) (out []Follow, err error) {
	err = tx.Each(`SELECT `+followColumns+` FROM customer_follow WHERE `+where, args, func(rows *store.Rows) error {
		f, err := scanFollow(rows)
		out = append(out, f)
		return err
	})
	return out, err
}

func selectFollow(tx *store.Tx, corpID string, customer, member int64) (f Follow, found bool, err error) {
	list, err := selectFollowsWhere(tx, `corpid = ? AND customer = ? AND member = ?`, corpID, customer, member)
	if err != nil || len(list) == 0 {
		return f, false, err
	}
	return list[0], true, nil
}

// selectFollowers returns what lies between a customer and the members behind a number, in their order.
func selectFollowers(tx *store.Tx, corpID string, customer, after int64, limit int) ([]Follow, error) {
	return selectFollowsWhere(tx, `corpid = ? AND customer = ? AND member > ? ORDER BY member LIMIT ?`, corpID, customer, after, int64(limit))
}

// selectFollows returns what lies between a member and the customers behind a number, in their order. Those
// whom the member has not confirmed are not among them.
func selectFollows(tx *store.Tx, corpID string, member, after, limit int64) ([]Follow, error) {
	return selectFollowsWhere(tx, `corpid = ? AND member = ? AND no > ? AND standing <> ? ORDER BY no LIMIT ?`, corpID, member, after, int64(Half), limit)
}

// eachCustomer calls fn with the kind and the number of each customer of a member.
func eachCustomer(tx *store.Tx, corpID string, member int64, fn func(kind, no int64)) error {
	return tx.Each(`SELECT kind, customer FROM customer_follow WHERE corpid = ? AND member = ? AND standing <> ? ORDER BY no`, []any{corpID, member, int64(Half)},
		func(rows *store.Rows) error {
			var kind, no int64
			err := rows.Scan(&kind, &no)
			fn(kind, no)
			return err
		})
}

func insertFollow(tx *store.Tx, corpID string, f Follow) (int64, error) {
	no, err := tx.Insert(`INSERT INTO customer_follow (corpid, customer, kind, member, standing, created_at, remark, description, company, mobiles, picture, tags, add_way, oper, state, channel, source, chatted_at, handing)
		VALUES (?, ?, ?, ?, ?, ?, '', '', '', '[]', '', '[]', ?, ?, ?, ?, ?, 0, 0)`,
		corpID, f.Customer, f.Kind, f.Member, int64(f.Standing), f.CreatedAt.UnixMilli(), f.AddWay, f.Oper, f.State, f.Channel, f.Source)
	if err != nil {
		return 0, fmt.Errorf("insert follow: %w", err)
	}
	return no, nil
}

// note writes what has changed of a note. A picture is kept beyond its media_id.
func (s *Service) note(tx *store.Tx, corpID string, f Follow, u NoteUpdate) error {
	n := u.apply(f.Note, f.Kind)
	if u.PictureID != nil {
		old := n.Picture
		if n.Picture = ""; *u.PictureID != "" {
			file, err := s.deps.Media.Sendable(tx, corpID, media.General, *u.PictureID, media.Image)
			if err != nil {
				return err
			}
			if n.Picture, err = s.deps.Media.Keep(tx, file); err != nil {
				return err
			}
		}
		if old != "" {
			if err := s.deps.Media.Release(tx, old); err != nil {
				return err
			}
		}
	}
	if n.Mobiles == nil {
		n.Mobiles = []string{}
	}
	mobiles, err := json.Marshal(n.Mobiles)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE customer_follow SET remark = ?, description = ?, company = ?, mobiles = ?, picture = ? WHERE corpid = ? AND no = ?`,
		n.Remark, n.Description, n.Company, string(mobiles), n.Picture, corpID, f.No)
	return err
}
