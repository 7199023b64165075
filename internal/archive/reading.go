package archive

import (
	"context"

	"qiwei/internal/store"
)

// Read is somebody's reading.
type Read struct {
	No      int64  `json:"no"`
	At      int64  `json:"time"`             // Unix milliseconds
	App     int64  `json:"app,omitempty"`    // our number of the application, of a program's
	UserID  string `json:"userid,omitempty"` // of a person's
	Address string `json:"address"`
	What    string `json:"what"`
	Asked   string `json:"asked"`
}

// readDaysUsual is how long it is kept who has read what, where the enterprise says nothing.
const readDaysUsual = 3 * 365

// maxNoted is how many bytes of a question are written down.
const maxNoted = 2000

// Note writes a reading down, before it happens.
func (s *Service) Note(tx *store.Tx, by Reader, what, asked string) error {
	if _, err := s.kept(tx, by.CorpID); err != nil {
		return err
	}
	_, err := tx.Insert(`INSERT INTO archive_read (corpid, at, app, userid, address, what, asked) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		by.CorpID, tx.Now().UnixMilli(), by.App, string(by.UserID), by.Address, what, asked[:min(len(asked), maxNoted)])
	return err
}

// ReadsAsked chooses readings. What is zero chooses all.
type ReadsAsked struct {
	Before int64  // number
	UserID string // who has read
	What   string
	Limit  int64
}

// Reads returns readings, the newest first. next is the number to ask on before; 0 at the end.
func (s *Service) Reads(tx *store.Tx, corpID string, q ReadsAsked) (out []Read, next int64, err error) {
	where, args := `corpid = ?`, []any{corpID}
	and := func(condition string, value any) {
		where += ` AND ` + condition
		args = append(args, value)
	}
	if q.Before > 0 {
		and(`no < ?`, q.Before)
	}
	if q.UserID != "" {
		and(`userid = ?`, q.UserID)
	}
	if q.What != "" {
		and(`what = ?`, q.What)
	}
	out = []Read{}
	err = tx.Each(`SELECT no, at, app, userid, address, what, asked FROM archive_read WHERE `+where+` ORDER BY no DESC LIMIT ?`, append(args, q.Limit), func(rows *store.Rows) error {
		var r Read
		err := rows.Scan(&r.No, &r.At, &r.App, &r.UserID, &r.Address, &r.What, &r.Asked)
		out = append(out, r)
		return err
	})
	if int64(len(out)) == q.Limit {
		next = out[len(out)-1].No
	}
	return out, next, err
}

// forgottenAtOnce is how many readings one transaction forgets.
const forgottenAtOnce = 5000

// forgetReads removes the readings that are older than the enterprise keeps them.
func (s *Service) forgetReads(ctx context.Context) error {
	var corps []string
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT corpid FROM archive_corp`, nil, func(rows *store.Rows) error {
			var corpID string
			err := rows.Scan(&corpID)
			corps = append(corps, corpID)
			return err
		})
	}); err != nil {
		return err
	}
	for _, corpID := range corps {
		if s.deps.For != nil && !s.deps.For(corpID) {
			continue
		}
		for n := int64(forgottenAtOnce); n == forgottenAtOnce; {
			if err := s.deps.Store.Write(ctx, func(tx *store.Tx) (err error) {
				st, err := s.Settings(tx, corpID)
				if err != nil {
					return err
				}
				n, err = tx.Exec(`DELETE FROM archive_read WHERE corpid = ? AND no IN (SELECT no FROM archive_read WHERE corpid = ? AND at < ? ORDER BY no LIMIT ?)`,
					corpID, corpID, tx.Now().AddDate(0, 0, -int(st.readDays())).UnixMilli(), int64(forgottenAtOnce))
				return err
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (st Settings) readDays() int64 {
	if st.ReadDays == 0 {
		return readDaysUsual
	}
	return st.ReadDays
}
