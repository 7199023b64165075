package wedoc

import (
	"encoding/json"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

const formColumns = `no, corpid, formid, app, created, modified, body`

func scanForm(rows *store.Rows) (f Form, err error) {
	var body string
	if err = rows.Scan(&f.No, &f.CorpID, &f.FormID, &f.App, &f.Created, &f.Modified, &body); err != nil {
		return f, err
	}
	return f, json.Unmarshal([]byte(body), &f.Body)
}

func selectForm(tx *store.Tx, corpID, formID string) (f Form, found bool, err error) {
	err = tx.Each(`SELECT `+formColumns+` FROM wedoc_form WHERE corpid = ? AND formid = ?`, []any{corpID, formID}, func(rows *store.Rows) error {
		found = true
		f, err = scanForm(rows)
		return err
	})
	return f, found, err
}

func insertForm(tx *store.Tx, f *Form) error {
	body, err := json.Marshal(f.Body)
	if err != nil {
		return err
	}
	f.No, err = tx.Insert(`INSERT INTO wedoc_form (corpid, formid, app, created, modified, body) VALUES (?, ?, ?, ?, ?, ?)`,
		f.CorpID, f.FormID, f.App, f.Created, f.Modified, string(body))
	return err
}

func updateForm(tx *store.Tx, f Form) error {
	body, err := json.Marshal(f.Body)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE wedoc_form SET modified = ?, body = ? WHERE corpid = ? AND no = ?`, tx.Now().Unix(), string(body), f.CorpID, f.No)
	return err
}

// renameInForms writes the new userid of a member into the settings of forms.
func (s *Service) renameInForms(tx *store.Tx, corpID string, old, renamed id.UserID) error {
	var list []Form
	if err := tx.Each(`SELECT `+formColumns+` FROM wedoc_form WHERE corpid = ? AND lower(body) `+store.Like, []any{corpID, store.Pattern("", `"`+old.Key()+`"`, "")}, func(rows *store.Rows) error {
		f, err := scanForm(rows)
		list = append(list, f)
		return err
	}); err != nil {
		return err
	}
	for _, f := range list {
		for _, users := range [][]id.UserID{f.Body.Setting.Range.Users, f.Body.Setting.Managers.Users} {
			for i, u := range users {
				if u.Equal(old) {
					users[i] = renamed
				}
			}
		}
		if err := updateForm(tx, f); err != nil {
			return err
		}
	}
	return nil
}
