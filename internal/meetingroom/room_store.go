package meetingroom

import (
	"encoding/json"
	"strconv"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// degrees reports whether text is an angle of at most so many degrees.
func degrees(text string, most float64) bool {
	n, err := strconv.ParseFloat(text, 64)
	return err == nil && n >= -most && n <= most
}

func selectRooms(tx *store.Tx, where string, args ...any) (list []Room, err error) {
	err = tx.Each(`SELECT no, corpid, room_id, body FROM meeting_room WHERE `+where, args, func(rows *store.Rows) error {
		var r Room
		var body string
		if err := rows.Scan(&r.No, &r.CorpID, &r.ID, &body); err != nil {
			return err
		}
		list = append(list, r)
		return json.Unmarshal([]byte(body), &list[len(list)-1])
	})
	return list, err
}

func insertRoom(tx *store.Tx, r Room) (int64, error) {
	if _, err := tx.Exec(`INSERT INTO meeting_room_count (corpid, last) VALUES (?, 1) ON CONFLICT (corpid) DO UPDATE SET last = meeting_room_count.last + 1`, r.CorpID); err != nil {
		return 0, err
	}
	last, err := tx.Count(`SELECT last FROM meeting_room_count WHERE corpid = ?`, r.CorpID)
	if err != nil {
		return 0, err
	}
	body, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	_, err = tx.Insert(`INSERT INTO meeting_room (corpid, room_id, body, city, building, floor) VALUES (?, ?, ?, ?, ?, ?)`, r.CorpID, last, string(body), r.City, r.Building, r.Floor)
	return last, err
}

func updateRoom(tx *store.Tx, r Room) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE meeting_room SET body = ?, city = ?, building = ?, floor = ? WHERE no = ? AND corpid = ?`, string(body), r.City, r.Building, r.Floor, r.No, r.CorpID)
	return err
}

// lockRoom makes other transactions that book the room wait for this one.
func lockRoom(tx *store.Tx, r Room) error {
	_, err := tx.Only(store.Row{Table: "meeting_room", Key: r.CorpID + " " + strconv.FormatInt(r.ID, 10)}).Exec(
		`UPDATE meeting_room SET booked = booked + 1 WHERE no = ? AND corpid = ?`, r.No, r.CorpID)
	return err
}

// renameMember writes the new userid everywhere.
func renameMember(tx *store.Tx, corpID string, old, renamed id.UserID) error {
	for _, table := range []string{"meeting_booking", "meeting_series"} {
		if _, err := tx.Exec(`UPDATE `+table+` SET booker = ? WHERE corpid = ? AND lower(booker) = ?`, string(renamed), corpID, old.Key()); err != nil {
			return err
		}
	}
	list, err := selectRooms(tx, `corpid = ? AND lower(body) `+store.Like, corpID, store.Pattern("", `"`+old.Key()+`"`, ""))
	if err != nil {
		return err
	}
	for _, r := range list {
		for i, u := range r.Users {
			if u.Equal(old) {
				r.Users[i] = renamed
			}
		}
		if err := updateRoom(tx, r); err != nil {
			return err
		}
	}
	return nil
}
