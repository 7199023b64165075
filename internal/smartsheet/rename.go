package smartsheet

import (
	"encoding/json"
	"slices"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// renameInCells writes a member's new userid into the cells that hold members.
func renameInCells(tx *store.Tx, corpID string, old, renamed id.UserID) error {
	type found struct {
		no, sheet int64
		body      string
	}
	var list []found
	if err := tx.Each(`SELECT no, sheet, body FROM smart_record WHERE corpid = ? AND lower(body) `+store.Like, []any{corpID, store.Pattern("", `"user_id":"`+old.Key()+`"`, "")}, func(rows *store.Rows) error {
		var f found
		err := rows.Scan(&f.no, &f.sheet, &f.body)
		list = append(list, f)
		return err
	}); err != nil {
		return err
	}
	users := map[int64]map[string]bool{} // of each sheet, the fields that hold members
	for _, f := range list {
		if users[f.sheet] == nil {
			fields, err := fieldsOf(tx, Sheet{No: f.sheet})
			if err != nil {
				return err
			}
			users[f.sheet] = map[string]bool{}
			for _, x := range fields {
				users[f.sheet][x.ID] = x.Type == User
			}
		}
		cells, err := load[map[string]json.RawMessage](json.RawMessage(f.body))
		if err != nil {
			return err
		}
		for fieldID, raw := range cells {
			if !users[f.sheet][fieldID] {
				continue
			}
			people, err := load[[]userCell](raw)
			if err != nil {
				return err
			}
			for i, p := range people {
				if p.UserID.Equal(old) {
					people[i].UserID = renamed
				}
			}
			if cells[fieldID], err = json.Marshal(people); err != nil {
				return err
			}
		}
		body, err := json.Marshal(cells)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE smart_record SET body = ? WHERE corpid = ? AND no = ?`, string(body), corpID, f.no); err != nil {
			return err
		}
	}
	return nil
}

// renameInRules writes a member's new userid into the rules that name the member.
func renameInRules(tx *store.Tx, corpID string, old, renamed id.UserID) error {
	lists := map[int64][]id.UserID{}
	if err := tx.Each(`SELECT no, users FROM smart_rule WHERE corpid = ? AND lower(users) `+store.Like, []any{corpID, store.Pattern("", `"`+old.Key()+`"`, "")}, func(rows *store.Rows) error {
		var no int64
		var users string
		if err := rows.Scan(&no, &users); err != nil {
			return err
		}
		list, err := load[[]id.UserID](json.RawMessage(users))
		lists[no] = list
		return err
	}); err != nil {
		return err
	}
	for no, list := range lists {
		if i := slices.IndexFunc(list, old.Equal); i >= 0 {
			list[i] = renamed
		}
		users, err := json.Marshal(list)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE smart_rule SET users = ? WHERE corpid = ? AND no = ?`, string(users), corpID, no); err != nil {
			return err
		}
	}
	return nil
}
