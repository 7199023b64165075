package approval

import (
	"encoding/json"
	"fmt"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

func insertOpen(tx *store.Tx, o *Open) error {
	body, err := json.Marshal(o.OpenBody)
	if err == nil {
		o.No, err = tx.Insert(`INSERT INTO approval_open (corpid, app, third_no, body, version) VALUES (?, ?, ?, ?, 1)`, o.CorpID, o.App, o.ThirdNo, string(body))
	}
	o.version = 1
	return err
}

func updateOpen(tx *store.Tx, o *Open) error {
	body, err := json.Marshal(o.OpenBody)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE approval_open SET body = ?, version = version + 1 WHERE corpid = ? AND no = ? AND version = ?`, string(body), o.CorpID, o.No, o.version)
	if err == nil && n == 0 {
		err = store.ErrConflict
	}
	o.version++
	return err
}

func selectOpens(tx *store.Tx, where string, args ...any) (out []*Open, err error) {
	err = tx.Each(`SELECT no, corpid, app, third_no, body, version FROM approval_open WHERE `+where, args, func(rows *store.Rows) error {
		o, body := &Open{}, ""
		if err := rows.Scan(&o.No, &o.CorpID, &o.App, &o.ThirdNo, &body, &o.version); err != nil {
			return err
		}
		out = append(out, o)
		if err := json.Unmarshal([]byte(body), &o.OpenBody); err != nil {
			return fmt.Errorf("approval %d of an application: %w", o.No, err)
		}
		return nil
	})
	return out, err
}

func selectOpen(tx *store.Tx, corpID string, app int64, thirdNo string) (*Open, bool, error) {
	list, err := selectOpens(tx, `corpid = ? AND app = ? AND third_no = ?`, corpID, app, thirdNo)
	if err != nil || len(list) == 0 {
		return nil, false, err
	}
	return list[0], true, nil
}

// renameInOpen replaces a userid in the approvals and processes of applications.
func (s *Service) renameInOpen(tx *store.Tx, corpID string, old, renamed id.UserID) error {
	named := store.Pattern("", `"`+old.Key()+`"`, "")
	list, err := selectOpens(tx, `corpid = ? AND lower(body) `+store.Like+` ORDER BY no`, corpID, named)
	if err != nil {
		return err
	}
	for _, o := range list {
		c := &Case{Body: Body{Creator: o.Creator, Nodes: o.Nodes}}
		c.eachUser(func(u *id.UserID) {
			if u.Equal(old) {
				*u = renamed
			}
		})
		o.Creator = c.Creator
		if err := updateOpen(tx, o); err != nil {
			return err
		}
	}
	templates := map[string]string{} // body by id
	if err := tx.Each(`SELECT template_id, body FROM approval_open_template WHERE corpid = ? AND lower(body) `+store.Like, []any{corpID, named}, func(r *store.Rows) error {
		var templateID, body string
		err := r.Scan(&templateID, &body)
		templates[templateID] = body
		return err
	}); err != nil {
		return err
	}
	for templateID, was := range templates {
		var t OpenTemplate
		if err := json.Unmarshal([]byte(was), &t); err != nil {
			return err
		}
		(&Flow{Nodes: t.Nodes}).rename(old, renamed)
		body, err := json.Marshal(t)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE approval_open_template SET body = ? WHERE corpid = ? AND template_id = ?`, string(body), corpID, templateID); err != nil {
			return err
		}
	}
	return nil
}
