package app

import (
	"encoding/json"
	"fmt"

	"qiwei/internal/store"
)

type workbenchRow struct {
	Template Workbench
	Replaces bool
}

func upsertWorkbench(tx *store.Tx, app int64, row workbenchRow) error {
	text, err := json.Marshal(row.Template)
	if err != nil {
		return err
	}
	replaces := 0
	if row.Replaces {
		replaces = 1
	}
	_, err = tx.Exec(`INSERT INTO app_workbench (app, template, replaces) VALUES (?, ?, ?)
		ON CONFLICT (app) DO UPDATE SET template = excluded.template, replaces = excluded.replaces`, app, string(text), replaces)
	return err
}

func selectWorkbench(tx *store.Tx, app int64) (row workbenchRow, found bool, err error) {
	var text string
	var replaces int64
	found, err = tx.Get(`SELECT template, replaces FROM app_workbench WHERE app = ?`, []any{app}, &text, &replaces)
	if err != nil || !found {
		return row, false, err
	}
	row.Replaces = replaces == 1
	if err := json.Unmarshal([]byte(text), &row.Template); err != nil {
		return row, false, fmt.Errorf("workbench template of application %d: %w", app, err)
	}
	return row, true, nil
}

func upsertWorkbenchData(tx *store.Tx, app, member int64, data Workbench) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO app_workbench_data (app, member, data) VALUES (?, ?, ?)
		ON CONFLICT (app, member) DO UPDATE SET data = excluded.data`, app, member, string(text))
	return err
}

func selectWorkbenchData(tx *store.Tx, app, member int64) (data Workbench, found bool, err error) {
	var text string
	found, err = tx.Get(`SELECT data FROM app_workbench_data WHERE app = ? AND member = ?`, []any{app, member}, &text)
	if err != nil || !found {
		return data, false, err
	}
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		return data, false, fmt.Errorf("workbench data of application %d: %w", app, err)
	}
	return data, true, nil
}

func deleteWorkbenchData(tx *store.Tx, app int64) error {
	_, err := tx.Exec(`DELETE FROM app_workbench_data WHERE app = ?`, app)
	return err
}
