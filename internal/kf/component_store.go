package kf

import (
	"encoding/json"

	"qiwei/internal/store"
)

func selectGiven(tx *store.Tx, app int64) (numbers []int64, err error) {
	var text string
	found, err := tx.Get(`SELECT accounts FROM kf_component WHERE app = ?`, []any{app}, &text)
	if err != nil || !found {
		return nil, err
	}
	return numbers, json.Unmarshal([]byte(text), &numbers)
}

func putGiven(tx *store.Tx, corpID string, app int64, numbers []int64) error {
	text, err := json.Marshal(numbers)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO kf_component (app, corpid, accounts) VALUES (?, ?, ?) ON CONFLICT (app) DO UPDATE SET accounts = excluded.accounts`, app, corpID, string(text))
	return err
}
