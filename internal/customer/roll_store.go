package customer

import (
	"encoding/json"
	"strings"
	"time"

	"qiwei/internal/store"
)

// rolledColumns are those of a contact and those of a relation.
var rolledColumns = `c.` + strings.ReplaceAll(contactColumns, `, `, `, c.`) + `, f.` + strings.ReplaceAll(followColumns, `, `, `, f.`)

// selectRolled returns relations with their customers, the newest first. The last argument is how many. Of a
// condition that leaves few, the database is kept from going through all relations of the corp in their order.
func selectRolled(tx *store.Tx, where string, narrow bool, args ...any) (out []Rolled, err error) {
	order := `f.no`
	if narrow {
		order = `+f.no`
	}
	err = tx.Each(`SELECT `+rolledColumns+` FROM customer_follow f CROSS JOIN customer c WHERE c.no = f.customer AND `+where+` ORDER BY `+order+` DESC LIMIT ?`, args, func(rows *store.Rows) error {
		var r Rolled
		var profile, mobiles, tags string
		var created, chatted, blocked int64
		if err := rows.Scan(&r.Contact.No, &r.Contact.Kind, &r.Name, &r.Avatar, &r.Gender, &r.UnionID, &r.Position, &r.CorpName, &r.FullName, &profile,
			&r.Follow.No, &r.Customer, &r.Follow.Kind, &r.Member, &r.Standing, &created, &r.Remark, &r.Description, &r.Company, &mobiles, &r.Picture, &tags,
			&r.AddWay, &r.Oper, &r.State, &r.Channel, &r.Source, &chatted, &r.Handing, &blocked); err != nil {
			return err
		}
		r.CreatedAt, r.Blocked = time.UnixMilli(created).UTC(), blocked != 0
		if chatted > 0 {
			r.ChattedAt = time.UnixMilli(chatted).UTC()
		}
		if err := json.Unmarshal([]byte(profile), &r.Profile); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(mobiles), &r.Mobiles); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(tags), &r.Tags)
		out = append(out, r)
		return err
	})
	return out, err
}

// addFunnel adds what has come of the relations of some members, or of all if there are none.
func addFunnel(tx *store.Tx, corpID string, members []int64, from, to time.Time, into map[int64]Funnel) error {
	where, args := `corpid = ? AND created_at >= ? AND created_at < ?`, []any{corpID, from.UnixMilli(), to.UnixMilli()}
	if members != nil {
		where, args = where+` AND member IN (`+store.Marks(len(members))+`)`, store.Args(args, members)
	}
	count := func(condition string) string {
		return `, CAST(coalesce(sum(CASE WHEN ` + condition + ` THEN 1 ELSE 0 END), 0) AS BIGINT)`
	}
	return tx.Each(`SELECT add_way, count(*)`+count(`standing <> 2`)+count(`standing <> 2 AND chatted_at > 0`)+count(`standing = 1 AND chatted_at > 0`)+`
		FROM customer_follow WHERE `+where+` GROUP BY add_way`, args, func(rows *store.Rows) error {
		var way int64
		var n Funnel
		err := rows.Scan(&way, &n.Came, &n.Friends, &n.Talked, &n.Kept)
		all := into[way]
		into[way] = Funnel{all.Came + n.Came, all.Friends + n.Friends, all.Talked + n.Talked, all.Kept + n.Kept}
		return err
	})
}
