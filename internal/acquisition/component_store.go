package acquisition

import (
	"encoding/json"
	"errors"
	"fmt"

	"qiwei/internal/customer"
	"qiwei/internal/store"
)

func selectAuthorisation(tx *store.Tx, app int64) (a Authorisation, err error) {
	var apps, links string
	found, err := tx.Get(`SELECT payer, price, mode, apps, links FROM acquisition_component WHERE app = ?`, []any{app}, &a.Payer, &a.Price, &a.Source, &apps, &links)
	if err != nil || !found {
		return a, err
	}
	return a, errors.Join(json.Unmarshal([]byte(apps), &a.Apps), json.Unmarshal([]byte(links), &a.Links))
}

func putAuthorisation(tx *store.Tx, corpID string, app int64, a Authorisation) error {
	_, err := tx.Exec(`INSERT INTO acquisition_component (app, corpid, payer, price, mode, apps, links) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (app) DO UPDATE SET payer = excluded.payer, price = excluded.price, mode = excluded.mode, apps = excluded.apps, links = excluded.links`,
		app, corpID, a.Payer, a.Price, a.Source, numbers(a.Apps), numbers(a.Links))
	if err != nil {
		err = fmt.Errorf("put acquisition component: %w", err)
	}
	return err
}

// componentNumbers returns our numbers of the applications for which a corp has chosen something.
func componentNumbers(tx *store.Tx, corpID string) (out []int64, err error) {
	err = tx.Each(`SELECT app FROM acquisition_component WHERE corpid = ? ORDER BY app`, []any{corpID}, func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		out = append(out, no)
		return err
	})
	return out, err
}

func countComponentDay(tx *store.Tx, app, link, clicks, added int64) error {
	_, err := tx.Exec(`INSERT INTO acquisition_component_day (app, link, day, clicks, added) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (app, link, day) DO UPDATE SET clicks = acquisition_component_day.clicks + excluded.clicks, added = acquisition_component_day.added + excluded.added`,
		app, link, customer.DayOf(tx.Now()).Unix(), clicks, added)
	return err
}
