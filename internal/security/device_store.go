package security

import (
	"encoding/json"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// deviceBody is what a row has as JSON.
type deviceBody struct {
	Hardware
	LastLogin  int64     `json:"last_login,omitempty"`
	ConfirmAt  int64     `json:"confirm_at,omitempty"`
	ConfirmBy  id.UserID `json:"confirm_by,omitempty"`
	ApprovedBy id.UserID `json:"approved_by,omitempty"`
}

func (d Device) body() (string, error) {
	text, err := json.Marshal(deviceBody{d.Hardware, d.LastLogin, d.ConfirmAt, d.ConfirmBy, d.ApprovedBy})
	return string(text), err
}

// selectDevices returns devices. where may order and limit them.
func selectDevices(tx *store.Tx, where string, args ...any) (list []Device, err error) {
	err = tx.Each(`SELECT no, code, status, source, last_user, body FROM security_device WHERE `+where, args, func(rows *store.Rows) error {
		var d Device
		var text string
		if err := rows.Scan(&d.No, &d.Code, &d.Status, &d.Source, &d.LastUser, &text); err != nil {
			return err
		}
		var body deviceBody
		err := json.Unmarshal([]byte(text), &body)
		d.Hardware, d.LastLogin, d.ConfirmAt, d.ConfirmBy, d.ApprovedBy = body.Hardware, body.LastLogin, body.ConfirmAt, body.ConfirmBy, body.ApprovedBy
		list = append(list, d)
		return err
	})
	return list, err
}

// findDevice returns the device that has one of the marks.
func findDevice(tx *store.Tx, corpID string, marks []string) (Device, bool, error) {
	list, err := selectDevices(tx, `corpid = ? AND no IN (SELECT device FROM security_mark WHERE corpid = ? AND mark IN (`+store.Marks(len(marks))+`)) ORDER BY no LIMIT 1`,
		store.Args([]any{corpID, corpID}, marks)...)
	if err != nil || len(list) == 0 {
		return Device{}, false, err
	}
	return list[0], true, nil
}

func insertDevice(tx *store.Tx, corpID string, d Device) (Device, error) {
	body, err := d.body()
	if err != nil {
		return d, err
	}
	d.No, err = tx.Insert(`INSERT INTO security_device (corpid, code, status, source, last_user, last_key, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		corpID, d.Code, int64(d.Status), d.Source, string(d.LastUser), d.LastUser.Key(), body)
	for _, mark := range d.marks() {
		if err != nil {
			break
		}
		_, err = tx.Exec(`INSERT INTO security_mark (corpid, mark, device) VALUES (?, ?, ?)`, corpID, mark, d.No)
	}
	return d, err
}

func updateDevice(tx *store.Tx, corpID string, d Device) error {
	body, err := d.body()
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE security_device SET status = ?, source = ?, last_user = ?, last_key = ?, body = ? WHERE no = ? AND corpid = ?`,
		int64(d.Status), d.Source, string(d.LastUser), d.LastUser.Key(), body, d.No, corpID)
	return err
}

// renameInDevices replaces the old userid by the new one everywhere.
func renameInDevices(tx *store.Tx, corpID string, old, renamed id.UserID) error {
	list, err := selectDevices(tx, `corpid = ? AND (last_key = ? OR lower(body) `+store.Like+`)`, corpID, old.Key(), store.Pattern("", `_by":"`+old.Key()+`"`, ""))
	if err != nil {
		return err
	}
	for _, d := range list {
		for _, u := range []*id.UserID{&d.LastUser, &d.ConfirmBy, &d.ApprovedBy} {
			if u.Equal(old) {
				*u = renamed
			}
		}
		if err := updateDevice(tx, corpID, d); err != nil {
			return err
		}
	}
	return nil
}

// AnyDevice reports whether the corp knows a device.
func (s *Service) AnyDevice(tx *store.Tx, corpID string) (bool, error) {
	var one int64
	return tx.Get(`SELECT 1 FROM security_device WHERE corpid = ? LIMIT 1`, []any{corpID}, &one)
}
