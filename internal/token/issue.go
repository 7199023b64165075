package token

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"time"

	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// Issue is the token of a row of a table: of a provider, a suite, a model of devices or a device. Like an access
// token it is not stored but made again, from the row's number, the round that is good, and the time of issue.
type Issue struct {
	No, Round int64
	At        int64 // Unix seconds, 0 where none was issued
}

// Text returns the token.
func (i Issue) Text(box *seal.Box, p seal.Purpose) string {
	var plain [24]byte
	for n, v := range []int64{i.No, i.Round, i.At} {
		binary.BigEndian.PutUint64(plain[8*n:], uint64(v))
	}
	return base64.RawURLEncoding.EncodeToString(box.SealSame(p, "", plain[:]))
}

// ParseIssue reads a token. It may be of another round than the row's, or have expired.
func ParseIssue(box *seal.Box, p seal.Purpose, text string) (i Issue, ok bool) {
	plain, err := box.OpenText(p, "", text)
	if err != nil || len(plain) != 24 {
		return i, false
	}
	n := func(at int) int64 { return int64(binary.BigEndian.Uint64(plain[at:])) }
	return Issue{n(0), n(8), n(16)}, true
}

// Alive reports whether the token has not expired.
func (i Issue) Alive(now time.Time) bool { return i.At > 0 && i.left(now) > 0 && i.At <= now.Unix() }

func (i Issue) left(now time.Time) int64 { return i.At + int64(Life/time.Second) - now.Unix() }

// Living returns the row's token and the seconds that it has left, and issues one where there is none or it has
// expired. Where two servers do so at once, one of them writes. A call that finds a living token does not wait
// for those that write. Table is the row's, which has a column token_issued_at, and round its column for the
// round.
func Living(ctx context.Context, st *store.Store, box *seal.Box, p seal.Purpose, table, round string, i Issue) (text string, left int64, err error) {
	if !i.Alive(st.Now()) {
		err = st.Write(ctx, func(tx *store.Tx) error {
			now := tx.Now().Unix()
			if _, err := tx.Exec(`UPDATE `+table+` SET token_issued_at = ? WHERE no = ? AND (token_issued_at <= ? OR token_issued_at > ?)`,
				now, i.No, now-int64(Life/time.Second), now); err != nil {
				return err
			}
			_, err := tx.Get(`SELECT `+round+`, token_issued_at FROM `+table+` WHERE no = ?`, []any{i.No}, &i.Round, &i.At)
			return err
		})
	}
	return i.Text(box, p), i.left(st.Now()), err
}
