package archive

import (
	"fmt"
	"strings"

	"qiwei/internal/store"
)

// Append appends records that look like sealed ones, and moves the chain's end.
func (s *Service) Append(tx *store.Tx, corpID string, from, count int) error {
	a, _, err := s.archive(tx, corpID)
	if err != nil {
		return err
	}
	key, msg := strings.Repeat("k", 344), strings.Repeat("m", 400)
	list := make([]Record, count)
	hash := firstHash(corpID)
	for i := range list {
		r := Record{
			Seq: int64(from + i + 1), MsgID: fmt.Sprint(from+i, "_1700000000000"), At: tx.Now(), KeptAt: tx.Now(), Action: "send", Type: "text", From: "zhangsan", Peer: "lisi",
			Version: 1, Key: key, Msg: msg, PlainSum: []byte{},
		}
		r.Digest = r.digest()
		hash = nextHash(hash, r.Seq, r.Digest)
		r.Hash = hash
		list[i] = r
	}
	if err := insertRecords(tx, a, list); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE archive_chain SET seq = ?, hash = ? WHERE archive = ? AND corpid = ?`, int64(from+count), hash, a.no, corpID)
	return err
}
