package app

import (
	"encoding/json"
	"fmt"

	"qiwei/internal/store"
)

func upsertMenu(tx *store.Tx, app int64, menu []Button) error {
	text, err := json.Marshal(menu)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO app_menu (app, buttons) VALUES (?, ?) ON CONFLICT (app) DO UPDATE SET buttons = excluded.buttons`, app, string(text))
	return err
}

func selectMenu(tx *store.Tx, app int64) (menu []Button, found bool, err error) {
	var text string
	found, err = tx.Get(`SELECT buttons FROM app_menu WHERE app = ?`, []any{app}, &text)
	if err != nil || !found {
		return nil, false, err
	}
	if err := json.Unmarshal([]byte(text), &menu); err != nil {
		return nil, false, fmt.Errorf("menu of application %d: %w", app, err)
	}
	return menu, true, nil
}

func deleteMenu(tx *store.Tx, app int64) error {
	_, err := tx.Exec(`DELETE FROM app_menu WHERE app = ?`, app)
	return err
}
