package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"qiwei/internal/store"
)

// Checkpoint is one hash of a chain, noted elsewhere.
type Checkpoint struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"` // hexadecimal
}

// Verdict is what a walk along a chain has found.
type Verdict struct {
	Checkpoint          // the end of the chain, to be noted elsewhere
	Records    int64    `json:"records"`
	Erased     int64    `json:"erased"` // of these, with what they held
	Faults     []string `json:"faults,omitempty"`
	Versions   []int64  `json:"publickey_vers"`
}

// faultsNamed is how many faults a verdict names: one change makes all that follow wrong.
const faultsNamed = 20

// walkedAtOnce is how many records one transaction reads.
const walkedAtOnce = 2000

// Verify walks along the corp's chain and compares it with checkpoints. It holds no transaction for long, so
// that records can be appended meanwhile.
func (s *Service) Verify(ctx context.Context, corpID string, noted []Checkpoint) (v Verdict, err error) {
	var a archived
	var end Checkpoint
	w := walk{Verdict: Verdict{Versions: []int64{}}, hash: firstHash(corpID), noted: map[int64]string{}}
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
		var found bool
		if a, found, err = s.archive(tx, corpID); err != nil || !found {
			return firstOf(err, ErrOff.With("the archive was never set up"))
		}
		var hash []byte
		_, err = tx.Get(`SELECT seq, hash FROM archive_chain WHERE archive = ? AND corpid = ?`, []any{a.no, corpID}, &end.Seq, &hash)
		end.Hash = hex.EncodeToString(hash)
		return err
	})
	if err != nil {
		return v, err
	}
	for _, c := range noted {
		w.noted[c.Seq] = c.Hash
	}
	for more := true; more; {
		err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
			records, err := selectRecords(tx, `archive = ? AND corpid = ? AND seq > ? ORDER BY seq LIMIT ?`, a.no, corpID, w.Seq, int64(walkedAtOnce))
			if err != nil {
				return err
			}
			more = len(records) == walkedAtOnce
			if slices.ContainsFunc(records, func(r Record) bool { return r.Erased != 0 && w.erased[r.Seq].no == 0 }) {
				if w.erased, err = s.erasures(tx, corpID); err != nil {
					return err
				}
			}
			return w.step(tx, a, records, end.Seq)
		})
		if err != nil {
			return v, err
		}
	}
	return w.end(end), nil
}

// walk is how far a verification has come.
type walk struct {
	Verdict
	hash  []byte
	at    []byte // the hash at the chain's end as it was when the walk began
	noted map[int64]string
	// erased are the records of which a signed report says that they were erased.
	erased map[int64]erasedAs
}

func (w *walk) fault(format string, args ...any) {
	if len(w.Faults) < faultsNamed {
		w.Faults = append(w.Faults, fmt.Sprintf(format, args...))
	}
}

func (w *walk) step(tx *store.Tx, a archived, records []Record, end int64) error {
	plain, err := plainOf(tx, a, records)
	if err != nil {
		return err
	}
	for _, r := range records {
		if r.Seq != w.Seq+1 {
			w.fault("seq %d to %d are missing", w.Seq+1, r.Seq-1)
		}
		w.Records++
		switch {
		case r.Erased != 0:
			w.Erased++
			if as := w.erased[r.Seq]; as.no != r.Erased || as.digest != hex.EncodeToString(r.Digest) {
				w.fault("seq %d was erased, and no signed report says so", r.Seq)
			}
		case !bytes.Equal(r.digest(), r.Digest):
			w.fault("seq %d was changed", r.Seq)
		}
		if text, kept := plain[r.Seq]; kept {
			if sum := sha256.Sum256([]byte(text)); !bytes.Equal(sum[:], r.PlainSum) {
				w.fault("seq %d: its plaintext was changed", r.Seq)
			}
		} else if len(r.PlainSum) > 0 && r.Erased == 0 {
			w.fault("seq %d: its plaintext is missing", r.Seq)
		}
		if w.hash = nextHash(w.hash, r.Seq, r.Digest); !bytes.Equal(w.hash, r.Hash) {
			w.fault("seq %d: the chain is broken", r.Seq)
			w.hash = r.Hash // so that the next fault is another one
		}
		if want, ok := w.noted[r.Seq]; ok && want != hex.EncodeToString(w.hash) {
			w.fault("seq %d is another one than was noted", r.Seq)
		}
		if r.Seq == end {
			w.at = w.hash
		}
		if !slices.Contains(w.Versions, r.Version) {
			w.Versions = append(w.Versions, r.Version)
		}
		delete(w.noted, r.Seq)
		w.Seq = r.Seq
	}
	return nil
}

// end compares what was walked with the chain's end, as it was when the walk began.
func (w *walk) end(end Checkpoint) Verdict {
	for seq := range w.noted {
		w.fault("seq %d was noted and is missing", seq)
	}
	if w.Seq < end.Seq {
		w.fault("seq %d to %d are missing", w.Seq+1, end.Seq)
	} else if end.Seq > 0 && end.Hash != hex.EncodeToString(w.at) {
		w.fault("the chain ends with another hash than was kept")
	}
	w.Hash = hex.EncodeToString(w.hash)
	return w.Verdict
}

// plainOf returns the plaintext that is kept of records.
func plainOf(tx *store.Tx, a archived, records []Record) (map[int64]string, error) {
	out := map[int64]string{}
	if len(records) == 0 {
		return out, nil
	}
	return out, tx.Each(`SELECT seq, plain FROM archive_plain WHERE archive = ? AND corpid = ? AND seq BETWEEN ? AND ?`,
		[]any{a.no, a.corpID, records[0].Seq, records[len(records)-1].Seq}, func(rows *store.Rows) error {
			var seq int64
			var text string
			err := rows.Scan(&seq, &text)
			out[seq] = text
			return err
		})
}
