package licence

import (
	"fmt"
	"slices"
	"strings"

	"qiwei/internal/store"
)

const codeColumns = `no, provider, corpid, order_no, code, type, days, state, member, created_at, bind_by, active_at, expire_at, moved_at, idle, merged_to, merged_from, shared_from`

func selectCodes(tx *store.Tx, where string, args ...any) (list []Code, err error) {
	err = tx.Each(`SELECT `+codeColumns+` FROM licence_code WHERE `+where, args, func(rows *store.Rows) error {
		var c Code
		var created, by, active, expire, moved, idle int64
		err := rows.Scan(&c.No, &c.Provider, &c.Corp, &c.Order, &c.Text, &c.Type, &c.Days, &c.State, &c.Member, &created, &by, &active, &expire, &moved, &idle,
			&c.MergedTo, &c.MergedFrom, &c.SharedFrom)
		c.CreatedAt, c.BindBy, c.ActiveAt, c.ExpireAt, c.MovedAt, c.Idle = milli(created), milli(by), milli(active), milli(expire), milli(moved), idle == 1
		list = append(list, c)
		return err
	})
	return list, err
}

func insertCodes(tx *store.Tx, codes []Code) error {
	var args []any
	for _, c := range codes {
		args = append(args, c.Provider, c.Corp, c.Order, c.Text, int64(c.Type), c.Days, c.CreatedAt.UnixMilli(), c.BindBy.UnixMilli())
	}
	row := `(?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, '', '', '')`
	if _, err := tx.Exec(`INSERT INTO licence_code (provider, corpid, order_no, code, type, days, created_at, bind_by, state, member, active_at, expire_at, moved_at, idle, merged_to, merged_from, shared_from)
		VALUES `+strings.Repeat(row+", ", len(codes)-1)+row, args...); err != nil {
		return fmt.Errorf("insert activation codes: %w", err)
	}
	return nil
}

// accountOf returns the member's account of the type, also one that has expired.
func accountOf(tx *store.Tx, provider int64, corpID string, member int64, t Type) (c Code, found bool, err error) {
	list, err := selectCodes(tx, `provider = ? AND corpid = ? AND member = ? AND type = ? AND state = 0`, provider, corpID, member, int64(t))
	if err != nil || len(list) == 0 {
		return c, false, err
	}
	return list[0], true, nil
}

// freeCodes returns unused codes of the type, those first that must be bound soonest.
func freeCodes(tx *store.Tx, provider int64, corpID string, t Type, n int) ([]Code, error) {
	return selectCodes(tx, `provider = ? AND corpid = ? AND type = ? AND member = 0 AND state = 0 AND bind_by > ? ORDER BY bind_by, no LIMIT ?`,
		provider, corpID, int64(t), tx.Now().UnixMilli(), n)
}

// accountsAtOnce is how many members are asked about in a statement.
const accountsAtOnce = 500

// accountsOf returns the accounts of members, also those that have expired.
func accountsOf(tx *store.Tx, provider int64, corpID string, members []int64) (map[int64][]Code, error) {
	out := map[int64][]Code{}
	for some := range slices.Chunk(members, accountsAtOnce) {
		list, err := selectCodes(tx, `provider = ? AND corpid = ? AND state = 0 AND member IN (`+store.Marks(len(some))+`)`, store.Args([]any{provider, corpID}, some)...)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			out[c.Member] = append(out[c.Member], c)
		}
	}
	return out, nil
}
