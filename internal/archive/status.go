package archive

import "qiwei/internal/store"

// Status is what there is of an archive.
type Status struct {
	Settings
	Keys    []Key  `json:"keys"`
	Records int64  `json:"records"` // seq of the newest
	Hash    string `json:"hash"`    // of the newest
	Pending int64  `json:"pending"` // messages that are to be sealed
	// Pulls are the archives from which records were taken in.
	Pulls []Pulled `json:"pulls"`
}

// Status returns what there is of the corp's archive.
func (s *Service) Status(tx *store.Tx, corpID string) (st Status, err error) {
	if st.Settings, err = s.Settings(tx, corpID); err != nil {
		return st, err
	}
	if st.Keys, err = s.Keys(tx, corpID); err != nil {
		return st, err
	}
	if st.Keys == nil {
		st.Keys = []Key{}
	}
	hash := firstHash(corpID)
	if _, err := tx.Get(`SELECT seq, hash FROM archive_chain WHERE corpid = ?`, []any{corpID}, &st.Records, &hash); err != nil {
		return st, err
	}
	st.Hash = hexOf(hash)
	if st.Pulls, err = s.Pulls(tx, corpID); err != nil {
		return st, err
	}
	st.Pending, err = tx.Count(`SELECT count(*) FROM archive_pending WHERE corpid = ?`, corpID)
	return st, err
}
