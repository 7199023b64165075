package sensitive

import (
	"encoding/json"
	"slices"
	"time"

	"qiwei/internal/store"
)

// manyArgs is how many members are written in one statement.
const manyArgs = 300

func selectRules(tx *store.Tx, where string, args ...any) (out []Rule, err error) {
	err = tx.Each(`SELECT no, app, name, words, semantics, kind, departments, created_at, deleted_at FROM sensitive_rule WHERE `+where, args, func(rows *store.Rows) error {
		var r Rule
		var words, semantics, departments string
		var at, ended int64
		if err := rows.Scan(&r.No, &r.App, &r.Name, &words, &semantics, &r.Kind, &departments, &at, &ended); err != nil {
			return err
		}
		r.CreatedAt, r.Deleted = time.Unix(at, 0).UTC(), ended != 0
		for into, text := range map[any]string{&r.Words: words, &r.Semantics: semantics, &r.Departments: departments} {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				return err
			}
		}
		out = append(out, r)
		return nil
	})
	return out, err
}

// texts returns the lists of a rule as its row has them.
func (r Rule) texts() (words, semantics, departments string, err error) {
	out := [3]string{}
	for i, list := range []any{r.Words, append([]int64{}, r.Semantics...), append([]int64{}, r.Departments...)} {
		text, err := json.Marshal(list)
		if err != nil {
			return "", "", "", err
		}
		out[i] = string(text)
	}
	return out[0], out[1], out[2], nil
}

func insertRule(tx *store.Tx, corpID string, r Rule) (int64, error) {
	words, semantics, departments, err := r.texts()
	if err != nil {
		return 0, err
	}
	return tx.Insert(`INSERT INTO sensitive_rule (corpid, app, name, words, semantics, kind, departments, created_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`,
		corpID, r.App, r.Name, words, semantics, r.Kind, departments, r.CreatedAt.Unix())
}

func updateRule(tx *store.Tx, corpID string, r Rule) error {
	words, semantics, departments, err := r.texts()
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE sensitive_rule SET name = ?, words = ?, semantics = ?, kind = ?, departments = ? WHERE corpid = ? AND no = ?`, r.Name, words, semantics, r.Kind, departments, corpID, r.No)
	return err
}

func selectMembers(tx *store.Tx, corpID string, rule int64) (out []int64, err error) {
	err = tx.Each(`SELECT member FROM sensitive_rule_member WHERE corpid = ? AND rule = ? ORDER BY member`, []any{corpID, rule}, func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		out = append(out, no)
		return err
	})
	return out, err
}

func addMembers(tx *store.Tx, corpID string, rule int64, members []int64) error {
	for _, no := range members {
		if _, err := tx.Exec(`INSERT INTO sensitive_rule_member (rule, member, corpid) VALUES (?, ?, ?) ON CONFLICT (rule, member) DO NOTHING`, rule, no, corpID); err != nil {
			return err
		}
	}
	return nil
}

func removeMembers(tx *store.Tx, corpID string, rule int64, members []int64) error {
	for some := range slices.Chunk(members, manyArgs) {
		if _, err := tx.Exec(`DELETE FROM sensitive_rule_member WHERE corpid = ? AND rule = ? AND member IN (`+store.Marks(len(some))+`)`, store.Args([]any{corpID, rule}, some)...); err != nil {
			return err
		}
	}
	return nil
}
