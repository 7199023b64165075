package customergroup

import (
	"encoding/json"
	"time"

	"qiwei/internal/store"
)

func selectWaysWhere(tx *store.Tx, where string, args ...any) (out []Way, err error) {
	err = tx.Each(`SELECT no, config_id, app, scene, remark, auto_create, room_name, room_number, made, chats, state, mark_source, created_at FROM customer_join_way WHERE `+where, args,
		func(rows *store.Rows) error {
			var w Way
			var auto, mark, at int64
			var chats string
			err := rows.Scan(&w.No, &w.ConfigID, &w.App, &w.Scene, &w.Remark, &auto, &w.RoomName, &w.RoomNumber, &w.Made, &chats, &w.State, &mark, &at)
			if err == nil {
				err = json.Unmarshal([]byte(chats), &w.Chats)
			}
			w.AutoCreate, w.MarkSource, w.CreatedAt = auto == 1, mark == 1, time.Unix(at, 0).UTC()
			out = append(out, w)
			return err
		})
	return out, err
}

func selectWay(tx *store.Tx, corpID, configID string) (w Way, found bool, err error) {
	list, err := selectWaysWhere(tx, `corpid = ? AND config_id = ?`, corpID, configID)
	if err != nil || len(list) == 0 {
		return w, false, err
	}
	w = list[0]
	err = tx.Each(`SELECT chat FROM customer_join_way_made WHERE corpid = ? AND way = ? ORDER BY chat`, []any{corpID, w.No}, func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		w.New = append(w.New, no)
		return err
	})
	return w, true, err
}

func chatList(list []int64) string {
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // numbers
	}
	return string(text)
}

func insertWay(tx *store.Tx, corpID string, w Way) error {
	_, err := tx.Insert(`INSERT INTO customer_join_way (corpid, config_id, app, scene, remark, auto_create, room_name, room_number, made, chats, state, mark_source, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)`,
		corpID, w.ConfigID, w.App, w.Scene, w.Remark, flag(w.AutoCreate), w.RoomName, w.RoomNumber, chatList(w.Chats), w.State, flag(w.MarkSource), w.CreatedAt.Unix())
	return err
}

func updateWay(tx *store.Tx, corpID string, w Way) error {
	_, err := tx.Exec(`UPDATE customer_join_way SET scene = ?, remark = ?, auto_create = ?, room_name = ?, room_number = ?, chats = ?, state = ?, mark_source = ? WHERE corpid = ? AND no = ?`,
		w.Scene, w.Remark, flag(w.AutoCreate), w.RoomName, w.RoomNumber, chatList(w.Chats), w.State, flag(w.MarkSource), corpID, w.No)
	return err
}

func deleteWay(tx *store.Tx, corpID string, no int64) error {
	_, err := tx.Exec(`DELETE FROM customer_join_way WHERE corpid = ? AND no = ?`, corpID, no)
	return err
}

func addMade(tx *store.Tx, corpID string, way, group int64) error {
	if _, err := tx.Exec(`INSERT INTO customer_join_way_made (way, chat, corpid) VALUES (?, ?, ?)`, way, group, corpID); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE customer_join_way SET made = made + 1 WHERE corpid = ? AND no = ?`, corpID, way)
	return err
}
